package io.dualtrack.local.abuse;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.Evidence;
import java.util.Locale;

/** An alert as a line of JSON. */
final class AlertLine {

  private static final ObjectMapper JSON = new ObjectMapper();

  private AlertLine() {}

  static String of(AbuseAlert alert) {
    ObjectNode line = JSON.createObjectNode();
    line.put("alert_id", alert.getAlertId());
    line.put("kind", alert.getKind().name().toLowerCase(Locale.ROOT));
    line.put("cluster_id", alert.getClusterId());
    line.put("tenant", alert.getTenant());
    line.put("raised_at", alert.getRaisedAt().toString());
    line.put("score", alert.getScore());
    ArrayNode added = line.putArray("accounts_added");
    alert.getAccountsAdded().forEach(added::add);
    line.put("account_count", alert.getAccountCount());
    ArrayNode evidence = line.putArray("evidence");
    for (Evidence each : alert.getEvidence()) {
      evidence.addObject().put("signal", each.getSignal()).put("detail", each.getDetail());
    }
    line.put("recommended_action", alert.getRecommendedAction().name().toLowerCase(Locale.ROOT));
    if (alert.getSuppressedBy() != null) {
      line.put("suppressed_by", alert.getSuppressedBy());
    }
    return line.toString();
  }
}
