package io.dualtrack.gateway.console;

import static io.dualtrack.gateway.console.Answers.JSON;
import static io.dualtrack.gateway.console.Answers.all;
import static io.dualtrack.gateway.console.Answers.send;
import static io.dualtrack.gateway.console.Answers.texts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.GatewayContext;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.gateway.http.JsonBody;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.operations.fraud.AbuseTopics;
import io.dualtrack.operations.fraud.ActionCommand;
import io.dualtrack.operations.fraud.ActionCommand.Outcome;
import io.dualtrack.operations.fraud.ActionLog;
import io.dualtrack.operations.fraud.AlertedCluster;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.RecommendedAction;
import io.dualtrack.schemas.Tenant;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.ProducerFencedException;

/** Clusters of accounts that were alerted about, and what is done about them. */
final class FraudRoutes {

  private static final long BODY_BYTES = 64L * 1024;
  private static final int USUAL_PAGE = 100;
  private static final int MOST_CLUSTERS = 10_000;
  private static final int MOST_MEMBERS = 2_000;
  private static final int USUAL_PER_MINUTE = 6;
  private static final int MOST_DAYS = 3_650;

  private final GatewayContext context;
  private final AbuseRecords records;
  private final AbuseTopics topics;
  private final TopicTail tail;

  FraudRoutes(GatewayContext context, KafkaAccess kafka, AbuseRecords records, TopicTail tail) {
    this.context = context;
    this.records = records;
    this.topics = new AbuseTopics(kafka, context.registry());
    this.tail = tail;
  }

  void addTo(Routes routes) {
    routes.add(
        HandlerType.GET, "/console/api/clusters", AccessScope.VIEWER, Body.none(), this::list);
    routes.add(
        HandlerType.GET, "/console/api/clusters/{id}", AccessScope.VIEWER, Body.none(), this::show);
    routes.add(
        HandlerType.POST,
        "/console/api/clusters/{id}/actions",
        AccessScope.FRAUD,
        Body.streamed(BODY_BYTES),
        this::act);
  }

  private void list(Call call) {
    Answers.require(call, AccessScope.FRAUD, AccessScope.OPERATOR);
    List<AlertedCluster> clusters = records.clusters();
    Map<String, List<AccountAction>> holding =
        records.actions().inForce(context.clock().instant()).stream()
            .filter(each -> each.getClusterId() != null)
            .collect(Collectors.groupingBy(AccountAction::getClusterId));
    ObjectNode body = JSON.createObjectNode();
    body.set(
        "clusters",
        all(
            clusters.stream().limit(Answers.limit(call, USUAL_PAGE, MOST_CLUSTERS)).toList(),
            cluster -> summary(cluster).put("in_force", inForce(holding.get(cluster.id())))));
    body.put("total", clusters.size());
    body.put("complete", tail.isComplete());
    send(call, body);
  }

  private static String inForce(Collection<AccountAction> actions) {
    return actions == null
        ? ""
        : actions.stream()
            .map(each -> each.getAction().name())
            .distinct()
            .sorted()
            .collect(Collectors.joining(" "));
  }

  private static ObjectNode summary(AlertedCluster cluster) {
    AbuseAlert latest = cluster.latest();
    ObjectNode node = JSON.createObjectNode();
    node.put("id", cluster.id());
    node.put("kind", latest.getKind().name());
    node.put("score", latest.getScore());
    node.put("accounts", latest.getAccountCount());
    node.set("tenants", texts(cluster.tenants()));
    node.set("signals", texts(cluster.signals()));
    node.put("first_raised", cluster.firstRaised().toEpochMilli());
    node.put("last_raised", latest.getRaisedAt().toEpochMilli());
    node.put("recommended", latest.getRecommendedAction().name());
    node.put("suppressed_by", latest.getSuppressedBy());
    return node;
  }

  private AlertedCluster find(Call call) {
    String id = call.http().pathParam("id");
    return records.clusters().stream()
        .filter(each -> each.id().equals(id))
        .findFirst()
        .orElseThrow(() -> ApiError.notFound("There is no such cluster.").toException());
  }

  private void show(Call call) {
    Answers.require(call, AccessScope.FRAUD, AccessScope.OPERATOR);
    AlertedCluster cluster = find(call);
    ActionLog log = records.actions();
    Instant now = context.clock().instant();
    ObjectNode body = summary(cluster);
    List<AlertedCluster.Member> members = cluster.members();
    body.put("member_count", members.size());
    body.set(
        "members",
        all(
            members.stream().limit(MOST_MEMBERS).toList(),
            member ->
                JSON.createObjectNode()
                    .put("tenant", member.tenant())
                    .put("account", member.account())
                    .put("first_seen", member.firstSeen().toEpochMilli())));
    body.set(
        "alerts",
        all(
            cluster.alerts(),
            alert -> {
              ObjectNode node = JSON.createObjectNode();
              node.put("at", alert.getRaisedAt().toEpochMilli());
              node.put("score", alert.getScore());
              node.put("accounts", alert.getAccountCount());
              node.set("added", texts(alert.getAccountsAdded()));
              node.set(
                  "evidence",
                  all(
                      alert.getEvidence(),
                      each ->
                          JSON.createObjectNode()
                              .put("signal", each.getSignal())
                              .put("detail", each.getDetail())));
              return node;
            }));
    body.set(
        "actions",
        all(
            log.ofCluster(cluster.id()),
            action ->
                JSON.createObjectNode()
                    .put("at", action.getAt().toEpochMilli())
                    .put("tenant", action.getTenant())
                    .put("account", action.getAccount())
                    .put("action", action.getAction().name())
                    .put("undoing", action.getUndoes() != null)
                    .put("in_force", log.inForce(action, now))
                    .put("per_minute", action.getRequestsPerMinute())
                    .put("reason", action.getReason())
                    .put("actor", action.getActor())));
    send(call, body);
  }

  /** By the rule that the command line follows, in the name of whose key it is. */
  private void act(Call call) throws IOException {
    ObjectNode body = JsonBody.read(call.bodyBytes());
    boolean undo = body.path("undo").asBoolean(false);
    RecommendedAction action =
        undo && body.path("action").isMissingNode()
            ? null
            : ComplianceRoutes.choice(body, "action", RecommendedAction.class);
    Instant now = context.clock().instant().truncatedTo(ChronoUnit.MILLIS);
    boolean throttles = !undo && action == RecommendedAction.THROTTLE;
    Integer days = undo ? null : number(body, "days", MOST_DAYS);
    Integer perMinute =
        throttles ? number(body, "per_minute", ActionCommand.MOST_PER_MINUTE) : null;
    if (throttles && perMinute == null) {
      perMinute = USUAL_PER_MINUTE;
    }
    AlertedCluster cluster = find(call);
    ActionCommand command =
        new ActionCommand(
            cluster.id(),
            null,
            action,
            perMinute,
            days == null ? null : now.plus(Duration.ofDays(days)),
            ComplianceRoutes.text(body, "reason"),
            call.caller().tenantId() + "/" + call.caller().accountId());
    List<AlertedCluster> clusters = List.of(cluster);
    Collection<Tenant> tenants = context.control().snapshot().tenants().values();
    String id = "act-" + UUID.randomUUID().toString().substring(0, 8);
    Outcome outcome;
    try {
      outcome =
          topics.command(
              log ->
                  undo
                      ? command.undo(clusters, tenants, log, id, now)
                      : command.act(clusters, tenants, log, id, now));
    } catch (ProducerFencedException e) {
      throw ApiError.conflict(
              "another_command", "Another command came in between; look again, and try again.")
          .toException();
    }
    if (outcome instanceof Outcome.Denied denied) {
      throw ApiError.conflict("denied", denied.why()).toException();
    }
    Outcome.Done done = (Outcome.Done) outcome;
    send(
        call,
        JSON.createObjectNode()
            .put("what", done.what())
            .put("accounts", done.actions().size())
            .put("already", done.already())
            .put("unknown", done.unknown()));
  }

  private static Integer number(ObjectNode body, String field, int most) {
    JsonNode value = body.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isInt() || value.intValue() < 1 || value.intValue() > most) {
      throw Answers.wrong(field, "a whole number within 1 and %,d".formatted(most), null);
    }
    return value.intValue();
  }
}
