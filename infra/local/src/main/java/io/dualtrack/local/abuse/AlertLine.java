package io.dualtrack.local.abuse;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.Evidence;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Alerts as lines of JSON. */
public final class AlertFile {

  private static final ObjectMapper JSON = new ObjectMapper();

  private AlertFile() {}

  /** Writes alerts in their order; a file of that name is replaced. */
  public static void write(List<AbuseAlert> alerts, Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (AbuseAlert alert : alerts) {
        out.write(line(alert));
        out.newLine();
      }
    }
  }

  private static String line(AbuseAlert alert) {
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
    return line.toString();
  }
}
