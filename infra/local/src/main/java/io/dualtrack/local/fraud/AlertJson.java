package io.dualtrack.local.fraud;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.operations.fraud.ActionLog;
import io.dualtrack.operations.fraud.AlertedCluster;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.Evidence;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Alerts, clusters and actions as JSON for scripts. */
public final class AlertJson {

  private static final ObjectMapper JSON = new ObjectMapper();

  private AlertJson() {}

  /** One alert, as `abuse replay` writes it, and what suppressed it. */
  public static ObjectNode alert(AbuseAlert alert) {
    ObjectNode json = JSON.createObjectNode();
    json.put("alert_id", alert.getAlertId());
    head(json, alert);
    alert.getAccountsAdded().forEach(json.putArray("accounts_added")::add);
    alert.getTenantsAdded().forEach(json.putArray("tenants_added")::add);
    return json;
  }

  /** One cluster as it stands. */
  public static ObjectNode cluster(AlertedCluster cluster, ActionLog log, Instant at) {
    ObjectNode json = JSON.createObjectNode();
    head(json, cluster.latest());
    json.put("first_raised_at", cluster.firstRaised().toString());
    json.put("alerts", cluster.alerts().size());
    cluster.tenants().forEach(json.putArray("tenants")::add);
    ObjectNode standing = json.putObject("in_force");
    standing(cluster, log, at).forEach(standing::put);
    return json;
  }

  /**
   * One cluster with everybody in it.
   *
   * @param skip members that are left out
   * @param most members behind them
   */
  public static ObjectNode whole(
      AlertedCluster cluster, ActionLog log, Instant at, int skip, int most) {
    ObjectNode json = cluster(cluster, log, at);
    ArrayNode members = json.putArray("members");
    for (AlertedCluster.Member member :
        cluster.members().stream().skip(skip).limit(most).toList()) {
      members
          .addObject()
          .put("tenant", member.tenant().isEmpty() ? null : member.tenant())
          .put("account", member.account())
          .put("first_seen", member.firstSeen().toString());
    }
    json.put("members_total", cluster.members().size());
    ArrayNode shared = json.putArray("shared");
    cluster
        .resources()
        .forEach(
            each ->
                shared
                    .addObject()
                    .put("kind", each.getKind())
                    .put("pseudonym", each.getPseudonym())
                    .put("accounts", each.getAccounts()));
    ArrayNode timeline = json.putArray("timeline");
    cluster.alerts().forEach(alert -> timeline.add(alert(alert)));
    log.ofCluster(cluster.id()).stream()
        .sorted(Comparator.comparing(AccountAction::getAt))
        .forEach(each -> timeline.add(action(each)));
    return json;
  }

  private static ObjectNode action(AccountAction action) {
    ObjectNode json = JSON.createObjectNode();
    json.put("action_id", action.getActionId());
    json.put("at", action.getAt().toString());
    json.put("action", action.getAction().name().toLowerCase(Locale.ROOT));
    json.put("tenant", action.getTenant());
    json.put("account", action.getAccount());
    json.put("undoes", action.getUndoes());
    json.put("requests_per_minute", action.getRequestsPerMinute());
    json.put("until", action.getUntil() == null ? null : action.getUntil().toString());
    json.put("automatic", action.getAutomatic());
    json.put("actor", action.getActor());
    json.put("reason", action.getReason());
    return json;
  }

  private static void head(ObjectNode json, AbuseAlert alert) {
    json.put("kind", alert.getKind().name().toLowerCase(Locale.ROOT));
    json.put("cluster_id", alert.getClusterId());
    json.put("tenant", alert.getTenant());
    json.put("raised_at", alert.getRaisedAt().toString());
    json.put("score", alert.getScore());
    json.put("account_count", alert.getAccountCount());
    ArrayNode evidence = json.putArray("evidence");
    for (Evidence each : alert.getEvidence()) {
      evidence.addObject().put("signal", each.getSignal()).put("detail", each.getDetail());
    }
    json.put("recommended_action", alert.getRecommendedAction().name().toLowerCase(Locale.ROOT));
    json.put("suppressed_by", alert.getSuppressedBy());
  }

  /** What holds for how many members because of the cluster: review, suspend, throttle. */
  public static Map<String, Integer> standing(AlertedCluster cluster, ActionLog log, Instant at) {
    Map<String, Integer> standing = new TreeMap<>();
    List<AccountAction> done = log.ofCluster(cluster.id());
    for (AccountAction each : done) {
      if (log.inForce(each, at)) {
        standing.merge(each.getAction().name().toLowerCase(Locale.ROOT), 1, Integer::sum);
      }
    }
    return standing;
  }
}
