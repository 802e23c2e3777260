package io.dualtrack.gateway.console;

import io.dualtrack.operations.fraud.ActionLog;
import io.dualtrack.operations.fraud.AlertedCluster;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AccountAction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Alerts and what was done about them, so many of each and no more: the oldest are left out. */
final class AbuseRecords {

  private static final int MOST_ALERTS = 50_000;
  private static final int MOST_ACTIONS = 200_000;

  private final Map<String, AbuseAlert> alerts = bounded(MOST_ALERTS);
  private final Map<String, AccountAction> actions = bounded(MOST_ACTIONS);
  private List<AlertedCluster> clusters;
  private ActionLog log;

  private static <V> Map<String, V> bounded(int most) {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
        return size() > most;
      }
    };
  }

  synchronized void alert(String key, AbuseAlert alert) {
    clusters = null;
    if (alert == null) {
      alerts.remove(key);
    } else {
      alerts.put(key, alert);
    }
  }

  synchronized void action(String key, AccountAction action) {
    log = null;
    if (action == null) {
      actions.remove(key);
    } else {
      actions.put(key, action);
    }
  }

  /** The one that was raised last first. */
  synchronized List<AlertedCluster> clusters() {
    if (clusters == null) {
      clusters = AlertedCluster.of(alerts.values());
    }
    return clusters;
  }

  synchronized ActionLog actions() {
    if (log == null) {
      log = new ActionLog(actions.values());
    }
    return log;
  }
}
