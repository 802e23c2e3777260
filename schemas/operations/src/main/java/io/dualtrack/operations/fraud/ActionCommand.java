package io.dualtrack.operations.fraud;

import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.RecommendedAction;
import io.dualtrack.schemas.Tenant;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a command makes of an account, or of all accounts of a cluster. Nothing that was done is
 * ever changed: an undoing is a record of its own, so that both are there for an appeal.
 *
 * @param target id of a cluster or of an account
 * @param tenant whose account is meant; null where that is clear
 * @param action what to do, or to undo; null to undo whatever holds
 * @param requestsPerMinute for a throttle; null otherwise
 * @param until null for no end
 * @param actor who commands it
 */
public record ActionCommand(
    String target,
    String tenant,
    RecommendedAction action,
    Integer requestsPerMinute,
    Instant until,
    String reason,
    String actor) {

  /** The highest limit of a throttle, as the topology enforces it. */
  public static final int MOST_PER_MINUTE = 1_000;

  /** What came of a command. */
  public sealed interface Outcome {

    /**
     * @param what the cluster or the account, for people
     * @param actions to be written, never empty
     * @param already of how many accounts the same holds already
     * @param unknown members of which nobody can say whose account they are
     */
    record Done(String what, List<AccountAction> actions, int already, int unknown)
        implements Outcome {}

    /**
     * Nothing changes.
     *
     * @param why and what to do, for people
     */
    record Denied(String why) implements Outcome {}
  }

  private record Holder(String tenant, String account) {}

  /**
   * @param clusterId null where a single account is meant
   */
  private record Target(String what, String clusterId, Set<Holder> holders, int unknown) {}

  /** Does it. */
  public Outcome act(
      Collection<AlertedCluster> clusters,
      Collection<Tenant> tenants,
      ActionLog log,
      String actionId,
      Instant now) {
    Optional<Target> found = find(clusters, tenants, log);
    if (found.isEmpty()) {
      return new Outcome.Denied(notFound(tenants));
    }
    Target target = found.get();
    Set<Holder> same =
        log.inForce(now).stream()
            .filter(each -> each.getAction() == action)
            .filter(each -> Objects.equals(each.getRequestsPerMinute(), requestsPerMinute))
            .filter(each -> Objects.equals(each.getUntil(), until))
            .map(each -> new Holder(each.getTenant(), each.getAccount()))
            .collect(Collectors.toSet());
    List<AccountAction> actions = new ArrayList<>();
    for (Holder holder : target.holders()) {
      if (!same.contains(holder)) {
        actions.add(
            AccountAction.newBuilder()
                .setActionId(actionId)
                .setTenant(holder.tenant())
                .setAccount(holder.account())
                .setClusterId(target.clusterId())
                .setAction(action)
                .setActive(true)
                .setRequestsPerMinute(requestsPerMinute)
                .setUntil(until)
                .setReason(reason)
                .setActor(actor)
                .setAt(now)
                .build());
      }
    }
    if (actions.isEmpty()) {
      return new Outcome.Denied(
          target.holders().isEmpty()
              ? "nobody can say whose accounts those of %s are; name them one by one with --tenant"
                  .formatted(target.what())
              : "that holds for %s already; see `dualtrack abuse show`".formatted(target.what()));
    }
    return new Outcome.Done(
        target.what(), actions, target.holders().size() - actions.size(), target.unknown());
  }

  /**
   * Undoes what holds: of a cluster what was done because of it, and by itself about its members;
   * of an account everything.
   */
  public Outcome undo(
      Collection<AlertedCluster> clusters,
      Collection<Tenant> tenants,
      ActionLog log,
      String actionId,
      Instant now) {
    Optional<Target> found = find(clusters, tenants, log);
    if (found.isEmpty()) {
      return new Outcome.Denied(notFound(tenants));
    }
    Target target = found.get();
    List<AccountAction> undoings = new ArrayList<>();
    for (AccountAction each : log.inForce(now)) {
      boolean ofMember = target.holders().contains(new Holder(each.getTenant(), each.getAccount()));
      // What was done by itself may have been done for a cluster that this one absorbed.
      boolean meant =
          target.clusterId() == null
              ? ofMember
              : target.clusterId().equals(each.getClusterId()) || (each.getAutomatic() && ofMember);
      if (meant && (action == null || action == each.getAction())) {
        undoings.add(
            AccountAction.newBuilder(each)
                // One undoing for each action: of an account several may hold.
                .setActionId(actionId + "-" + each.getActionId())
                .setUndoes(each.getActionId())
                .setClusterId(target.clusterId() == null ? each.getClusterId() : target.clusterId())
                .setActive(false)
                .setAutomatic(false)
                .setReason(reason)
                .setActor(actor)
                .setAt(now)
                .build());
      }
    }
    return undoings.isEmpty()
        ? new Outcome.Denied("nothing of that kind holds for %s".formatted(target.what()))
        : new Outcome.Done(target.what(), undoings, 0, 0);
  }

  private Optional<Target> find(
      Collection<AlertedCluster> clusters, Collection<Tenant> tenants, ActionLog log) {
    Optional<AlertedCluster> cluster =
        tenant == null
            ? clusters.stream().filter(each -> each.id().equals(target)).findFirst()
            : Optional.empty();
    if (cluster.isPresent()) {
      return Optional.of(members(cluster.get(), tenants));
    }
    Set<Holder> holders = new LinkedHashSet<>();
    owners(tenants, target).forEach(owner -> holders.add(new Holder(owner, target)));
    // An account may have left its contract since.
    clusters.forEach(
        each ->
            each.members().stream()
                .filter(member -> member.account().equals(target) && !member.tenant().isEmpty())
                .forEach(member -> holders.add(new Holder(member.tenant(), target))));
    log.all().stream()
        .filter(each -> each.getAccount().equals(target))
        .forEach(each -> holders.add(new Holder(each.getTenant(), target)));
    holders.removeIf(each -> tenant != null && !tenant.equals(each.tenant()));
    if (holders.size() != 1) {
      return Optional.empty();
    }
    Holder holder = holders.iterator().next();
    return Optional.of(
        new Target("account %s of tenant %s".formatted(target, holder.tenant()), null, holders, 0));
  }

  private Target members(AlertedCluster cluster, Collection<Tenant> tenants) {
    Map<String, List<String>> owners = new HashMap<>();
    Set<Holder> holders = new LinkedHashSet<>();
    int unknown = 0;
    for (AlertedCluster.Member member : cluster.members()) {
      if (!member.tenant().isEmpty()) {
        holders.add(new Holder(member.tenant(), member.account()));
        continue;
      }
      List<String> possible =
          owners.computeIfAbsent(member.account(), each -> owners(tenants, each));
      if (possible.size() == 1) {
        holders.add(new Holder(possible.get(0), member.account()));
      } else {
        unknown++;
      }
    }
    return new Target("cluster " + cluster.id(), cluster.id(), holders, unknown);
  }

  private static List<String> owners(Collection<Tenant> tenants, String account) {
    return tenants.stream()
        .filter(each -> each.getAccounts().stream().map(Account::getId).anyMatch(account::equals))
        .map(Tenant::getId)
        .toList();
  }

  private String notFound(Collection<Tenant> tenants) {
    Set<String> owners = new TreeSet<>(owners(tenants, target));
    if (owners.size() > 1 && tenant == null) {
      return "several tenants have an account '%s': %s; name one with --tenant"
          .formatted(target, String.join(", ", owners));
    }
    return tenant == null
        ? "no cluster and no account is called '%s'; `dualtrack alerts` lists the clusters"
            .formatted(target)
        : "tenant '%s' has no account '%s'".formatted(tenant, target);
  }
}
