package io.dualtrack.operations.fraud;

import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.SharedResource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * All alerts of one cluster, or of one account or tenant that was alerted about alone.
 *
 * @param alerts the first one first, never empty
 */
public record AlertedCluster(String id, List<AbuseAlert> alerts) {

  private static final Comparator<AbuseAlert> IN_ORDER =
      Comparator.comparing(AbuseAlert::getRaisedAt)
          .thenComparing(AbuseAlert::getAccountCount)
          .thenComparing(AbuseAlert::getAlertId);

  /**
   * An account of a cluster.
   *
   * @param tenant empty where the alerts do not say
   * @param firstSeen when it was first alerted about
   */
  public record Member(String tenant, String account, Instant firstSeen) {}

  public AlertedCluster {
    alerts = alerts.stream().sorted(IN_ORDER).toList();
  }

  /** Alerts by their cluster, the one that was raised last first. */
  public static List<AlertedCluster> of(Collection<AbuseAlert> alerts) {
    Map<String, List<AbuseAlert>> byCluster = new LinkedHashMap<>();
    for (AbuseAlert alert : alerts) {
      byCluster.computeIfAbsent(alert.getClusterId(), id -> new ArrayList<>()).add(alert);
    }
    return byCluster.entrySet().stream()
        .map(entry -> new AlertedCluster(entry.getKey(), entry.getValue()))
        .sorted(
            Comparator.comparing((AlertedCluster each) -> each.latest().getRaisedAt())
                .reversed()
                .thenComparing(AlertedCluster::id))
        .toList();
  }

  /** As it stands now. */
  public AbuseAlert latest() {
    return alerts.get(alerts.size() - 1);
  }

  public Instant firstRaised() {
    return alerts.get(0).getRaisedAt();
  }

  public boolean suppressed() {
    return latest().getSuppressedBy() != null;
  }

  /** Everybody who was ever added, the first one first. */
  public List<Member> members() {
    Map<String, Member> members = new LinkedHashMap<>();
    for (AbuseAlert alert : alerts) {
      List<String> tenants = alert.getTenantsAdded();
      for (int i = 0; i < alert.getAccountsAdded().size(); i++) {
        String tenant = alert.getTenant() == null ? "" : alert.getTenant();
        if (i < tenants.size()) {
          tenant = tenants.get(i);
        }
        String account = alert.getAccountsAdded().get(i);
        members.putIfAbsent(
            tenant + "/" + account, new Member(tenant, account, alert.getRaisedAt()));
      }
    }
    return List.copyOf(members.values());
  }

  /** Things that its accounts share, each with the most accounts that an alert told of. */
  public List<SharedResource> resources() {
    Map<String, SharedResource> resources = new TreeMap<>();
    for (AbuseAlert alert : alerts) {
      for (SharedResource each : alert.getShared()) {
        resources.merge(
            each.getKind() + " " + each.getPseudonym(),
            each,
            (one, two) -> one.getAccounts() >= two.getAccounts() ? one : two);
      }
    }
    return resources.values().stream()
        .sorted(Comparator.comparing(SharedResource::getAccounts).reversed())
        .toList();
  }

  /** Sorted; without those that the alerts do not say. */
  public List<String> tenants() {
    TreeSet<String> tenants = new TreeSet<>();
    members().forEach(member -> tenants.add(member.tenant()));
    if (latest().getTenant() != null) {
      tenants.add(latest().getTenant());
    }
    tenants.remove("");
    return List.copyOf(tenants);
  }

  /** Codes of all evidence there ever was: S1, S4. */
  public List<String> signals() {
    TreeSet<String> signals = new TreeSet<>();
    alerts.forEach(alert -> alert.getEvidence().forEach(each -> signals.add(each.getSignal())));
    return List.copyOf(signals);
  }
}
