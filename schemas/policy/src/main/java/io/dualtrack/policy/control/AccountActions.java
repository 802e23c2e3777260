package io.dualtrack.policy.control;

import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RecommendedAction;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * What was done about single accounts, as it stands now.
 *
 * <p>It is no part of the {@link ControlSnapshot}: one command may be about 25,000 accounts, whose
 * records would each make all other control records old, and every remembered decision with them.
 * An action and its undoing may come in either order, because they are in different partitions.
 */
public final class AccountActions {

  public static final String SUSPENDED = "ACCOUNT_SUSPENDED";
  public static final String THROTTLED = "ACCOUNT_THROTTLED";

  /** The most that a throttle lets through in a minute; more is no throttle. */
  public static final int MOST_PER_MINUTE = 1_000;

  private static final int PARTS_OF_KEY = 3;

  /**
   * A limit on what is answered to an account.
   *
   * @param actionId of the action that set it
   */
  public record Throttle(String actionId, int requestsPerMinute) {

    /** Why a request beyond the limit is refused. */
    public Reason reason() {
      return AccountActions.reason(
          THROTTLED,
          actionId,
          "this account is limited to %d requests a minute".formatted(requestsPerMinute));
    }
  }

  private record Holder(String tenant, String account) {}

  /** Written by the thread of the global tables only. */
  private final Map<Holder, Map<String, AccountAction>> records = new HashMap<>();

  private final Map<Holder, List<AccountAction>> inForce = new ConcurrentHashMap<>();

  /** Of what people undid: the holders, and by cluster the records' keys. */
  private final Set<Holder> leftToPeople = ConcurrentHashMap.newKeySet();

  private final Map<String, Set<String>> undone = new ConcurrentHashMap<>();

  /**
   * @param key action id, tenant and account, with a slash between
   * @param action null where the record is gone
   */
  public synchronized void changed(String key, AccountAction action) {
    String[] parts = key.split("/", PARTS_OF_KEY);
    Holder holder;
    if (action != null) {
      holder = new Holder(action.getTenant(), action.getAccount());
      records.computeIfAbsent(holder, each -> new HashMap<>()).put(key, action);
    } else if (parts.length == PARTS_OF_KEY) {
      holder = new Holder(parts[1], parts[2]);
      records.computeIfAbsent(holder, each -> new HashMap<>()).remove(key);
    } else {
      return;
    }
    followUndoings(key, holder, action);
    List<AccountAction> left = inForce(records.get(holder));
    if (left.isEmpty()) {
      inForce.remove(holder);
    } else {
      inForce.put(holder, left);
    }
  }

  private void followUndoings(String key, Holder holder, AccountAction action) {
    undone.values().forEach(keys -> keys.remove(key));
    if (action != null && action.getUndoes() != null && action.getClusterId() != null) {
      undone.computeIfAbsent(action.getClusterId(), each -> ConcurrentHashMap.newKeySet()).add(key);
    }
    if (records.get(holder).values().stream().anyMatch(each -> each.getUndoes() != null)) {
      leftToPeople.add(holder);
    } else {
      leftToPeople.remove(holder);
    }
  }

  /** Whether something that was done because of a cluster was undone: people look after it. */
  public boolean isLeftToPeople(String clusterId) {
    Set<String> keys = undone.get(clusterId);
    return keys != null && !keys.isEmpty();
  }

  /** Whether something that was done about an account was undone, whatever it was done for. */
  public boolean isLeftToPeople(String tenant, String account) {
    return leftToPeople.contains(new Holder(tenant, account));
  }

  private static List<AccountAction> inForce(Map<String, AccountAction> ofAccount) {
    Set<String> undone =
        ofAccount.values().stream()
            .map(AccountAction::getUndoes)
            .filter(Objects::nonNull)
            .collect(Collectors.toSet());
    return ofAccount.values().stream()
        .filter(AccountAction::getActive)
        .filter(each -> each.getAction() != RecommendedAction.REVIEW)
        .filter(each -> !undone.contains(each.getActionId()))
        .toList();
  }

  /** Why nothing is answered to an account; empty where something may be. */
  public Optional<Reason> suspended(String tenant, String account, Instant at) {
    for (AccountAction action : of(tenant, account)) {
      if (action.getAction() == RecommendedAction.SUSPEND && holds(action, at)) {
        return Optional.of(reason(SUSPENDED, action.getActionId(), "this account is suspended"));
      }
    }
    return Optional.empty();
  }

  /** The lowest limit on an account; empty where there is none. */
  public Optional<Throttle> throttle(String tenant, String account, Instant at) {
    Throttle lowest = null;
    for (AccountAction action : of(tenant, account)) {
      if (action.getAction() == RecommendedAction.THROTTLE && holds(action, at)) {
        int limit = limit(action);
        if (lowest == null || limit < lowest.requestsPerMinute()) {
          lowest = new Throttle(action.getActionId(), limit);
        }
      }
    }
    return Optional.ofNullable(lowest);
  }

  private List<AccountAction> of(String tenant, String account) {
    return inForce.isEmpty()
        ? List.of()
        : inForce.getOrDefault(new Holder(tenant, account), List.of());
  }

  private static boolean holds(AccountAction action, Instant at) {
    return action.getUntil() == null || at.isBefore(action.getUntil());
  }

  /** What names no limit, or none that makes sense, is limited most. */
  private static int limit(AccountAction action) {
    Integer limit = action.getRequestsPerMinute();
    return limit == null || limit < 1 ? 1 : Math.min(limit, MOST_PER_MINUTE);
  }

  /**
   * Without what was written about the account: whoever is suspected is not told how. And without
   * its name, which the audit trail hides.
   */
  static Reason reason(String code, String actionId, String what) {
    return new Reason(
        "action:" + actionId,
        code,
        "%s by action %s; to appeal, name the action to the operator".formatted(what, actionId));
  }
}
