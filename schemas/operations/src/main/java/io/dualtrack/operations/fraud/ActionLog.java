package io.dualtrack.operations.fraud;

import io.dualtrack.schemas.AccountAction;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** What was ever done about accounts, and what of it holds. */
public final class ActionLog {

  private final List<AccountAction> all;
  private final Set<String> undone;

  public ActionLog(Collection<AccountAction> actions) {
    this.all = List.copyOf(actions);
    this.undone =
        actions.stream()
            .filter(each -> each.getUndoes() != null)
            .map(each -> key(each.getUndoes(), each))
            .collect(Collectors.toSet());
  }

  /** An action's key on its topic. */
  public static String key(AccountAction action) {
    return key(action.getActionId(), action);
  }

  private static String key(String actionId, AccountAction of) {
    return String.join("/", actionId, of.getTenant(), of.getAccount());
  }

  public List<AccountAction> all() {
    return all;
  }

  public boolean inForce(AccountAction action, Instant at) {
    return action.getActive()
        && !undone.contains(key(action))
        && (action.getUntil() == null || at.isBefore(action.getUntil()));
  }

  public List<AccountAction> inForce(Instant at) {
    return all.stream().filter(each -> inForce(each, at)).toList();
  }

  /** Those on the members of a cluster that were done because of it, undoings included. */
  public List<AccountAction> ofCluster(String clusterId) {
    return all.stream().filter(each -> Objects.equals(each.getClusterId(), clusterId)).toList();
  }
}
