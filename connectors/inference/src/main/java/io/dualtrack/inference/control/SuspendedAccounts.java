package io.dualtrack.inference.control;

import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.RecommendedAction;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which accounts are suspended now. It changes under the snapshots that have it: one command may be
 * about 25,000 accounts, and a snapshot for each of them would be made for nothing.
 *
 * <p>An action and its undoing may come in either order, because they are in different partitions.
 */
final class SuspendedAccounts {

  private record Holder(String tenant, String account) {}

  /** Suspensions and undoings, by their keys. Lists and maps in it are never changed. */
  private final Map<Holder, Map<String, AccountAction>> records = new ConcurrentHashMap<>();

  /**
   * @param key of the record
   * @return whether it may stop or free a call
   */
  boolean changed(String key, AccountAction action) {
    if (action.getAction() != RecommendedAction.SUSPEND) {
      return false;
    }
    records.merge(
        new Holder(action.getTenant(), action.getAccount()),
        Map.of(key, action),
        (known, added) -> {
          Map<String, AccountAction> both = new ConcurrentHashMap<>(known);
          both.putAll(added);
          return both;
        });
    return true;
  }

  /** A record that is gone. */
  boolean removed(String key) {
    String[] parts = key.split("/", 3);
    if (parts.length < 3) {
      return false;
    }
    Map<String, AccountAction> left =
        records.computeIfPresent(
            new Holder(parts[1], parts[2]),
            (holder, known) -> {
              Map<String, AccountAction> others = new ConcurrentHashMap<>(known);
              others.remove(key);
              return others.isEmpty() ? null : others;
            });
    return left != null;
  }

  /**
   * Why an order of an account must not be called. Its epoch is the order's own: nothing is said
   * against the offering, to which others that wait for the same answer may go.
   */
  Optional<Halt> halt(DispatchOrder order, Instant now) {
    if (records.isEmpty()) {
      return Optional.empty();
    }
    Map<String, AccountAction> known =
        records.getOrDefault(new Holder(order.getTenant(), order.getAccount()), Map.of());
    List<String> undone =
        known.values().stream()
            .map(AccountAction::getUndoes)
            .filter(undoes -> undoes != null)
            .toList();
    return known.values().stream()
        .filter(AccountAction::getActive)
        .filter(action -> !undone.contains(action.getActionId()))
        .filter(action -> action.getUntil() == null || now.isBefore(action.getUntil()))
        .findFirst()
        .map(
            action ->
                new Halt(
                    "the account is suspended by action " + action.getActionId(),
                    order.getSuspensionEpoch()));
  }
}
