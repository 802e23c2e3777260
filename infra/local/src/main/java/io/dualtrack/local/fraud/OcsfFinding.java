package io.dualtrack.local.fraud;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.RecommendedAction;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An alert as a Detection Finding of the Open Cybersecurity Schema Framework, which security
 * information systems read as it is.
 *
 * @see <a href="https://schema.ocsf.io/1.3.0/classes/detection_finding">Detection Finding</a>
 */
public final class OcsfFinding {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String SCHEMA = "1.3.0";
  private static final int FINDINGS = 2;
  private static final int DETECTION_FINDING = 2004;
  private static final int CREATE = 1;
  private static final int UPDATE = 2;

  private static final int SUPPRESSED = 3;
  private static final int NEW = 1;
  private static final int BEHAVIOURAL = 2;
  private static final int RESOURCE_UID = 10;

  /** An event may add 25,000 accounts; a reader that needs more of them asks for the cluster. */
  static final int MOST_RESOURCES = 100;

  private static final Map<RecommendedAction, Integer> SEVERITIES =
      Map.of(
          RecommendedAction.REVIEW, 3, RecommendedAction.THROTTLE, 4, RecommendedAction.SUSPEND, 5);
  private static final int INFORMATIONAL = 1;
  private static final List<String> SEVERITY_NAMES =
      List.of("Unknown", "Informational", "Low", "Medium", "High", "Critical");

  private OcsfFinding() {}

  /**
   * One alert.
   *
   * @param first when the first alert of its cluster was raised: that one is the finding's
   *     creation, the others are its updates
   */
  public static ObjectNode of(AbuseAlert alert, Instant first) {
    boolean created = !alert.getRaisedAt().isAfter(first);
    boolean suppressed = alert.getSuppressedBy() != null;
    int activity = created ? CREATE : UPDATE;
    int severity = suppressed ? INFORMATIONAL : SEVERITIES.get(alert.getRecommendedAction());
    ObjectNode finding = JSON.createObjectNode();
    finding.put("activity_id", activity);
    finding.put("activity_name", created ? "Create" : "Update");
    finding.put("category_uid", FINDINGS);
    finding.put("category_name", "Findings");
    finding.put("class_uid", DETECTION_FINDING);
    finding.put("class_name", "Detection Finding");
    finding.put("type_uid", DETECTION_FINDING * 100 + activity);
    finding.put("type_name", "Detection Finding: " + (created ? "Create" : "Update"));
    finding.put("time", alert.getRaisedAt().toEpochMilli());
    finding.put("severity_id", severity);
    finding.put("severity", SEVERITY_NAMES.get(severity));
    finding.put("status_id", suppressed ? SUPPRESSED : NEW);
    finding.put("status", suppressed ? "Suppressed" : "New");
    finding.put("is_alert", !suppressed);
    finding.put("confidence_score", Math.toIntExact(Math.round(100 * alert.getScore())));
    finding.put("message", title(alert));
    metadata(finding.putObject("metadata"), alert);
    info(finding.putObject("finding_info"), alert, first);
    ArrayNode evidences = finding.putArray("evidences");
    for (Evidence each : alert.getEvidence()) {
      evidences
          .addObject()
          .putObject("data")
          .put("signal", each.getSignal())
          .put("detail", each.getDetail());
    }
    resources(finding, alert);
    finding.putObject("remediation").put("desc", remedy(alert));
    ObjectNode unmapped = finding.putObject("unmapped");
    unmapped.put("account_count", alert.getAccountCount());
    unmapped.put("accounts_added", alert.getAccountsAdded().size());
    unmapped.put("suppressed_by", alert.getSuppressedBy());
    return finding;
  }

  private static void metadata(ObjectNode metadata, AbuseAlert alert) {
    metadata.put("version", SCHEMA);
    metadata.put("uid", alert.getAlertId());
    metadata.put("event_code", alert.getKind().name().toLowerCase(Locale.ROOT));
    if (alert.getTenant() != null) {
      metadata.put("tenant_uid", alert.getTenant());
    }
    metadata.putObject("product").put("name", "Dualtrack").put("vendor_name", "Dualtrack");
  }

  private static void info(ObjectNode info, AbuseAlert alert, Instant first) {
    info.put("uid", alert.getClusterId());
    info.put("title", title(alert));
    info.put(
        "desc", "Accounts that seem to copy a model's abilities together, or to resell access.");
    info.put("created_time", first.toEpochMilli());
    info.put("first_seen_time", first.toEpochMilli());
    info.put("modified_time", alert.getRaisedAt().toEpochMilli());
    info.put("last_seen_time", alert.getRaisedAt().toEpochMilli());
    info.putArray("types").add("Model distillation");
    info.putObject("analytic")
        .put("name", "dualtrack abuse")
        .put("type_id", BEHAVIOURAL)
        .put("type", "Behavioral");
  }

  /** Accounts by their pseudonyms, and each as something to search other events for. */
  private static void resources(ObjectNode finding, AbuseAlert alert) {
    ArrayNode resources = finding.putArray("resources");
    ArrayNode observables = finding.putArray("observables");
    int shown = Math.min(MOST_RESOURCES, alert.getAccountsAdded().size());
    for (int i = 0; i < shown; i++) {
      String account = alert.getAccountsAdded().get(i);
      ObjectNode resource = resources.addObject().put("uid", account).put("type", "account");
      if (i < alert.getTenantsAdded().size()) {
        resource.put("namespace", alert.getTenantsAdded().get(i));
      }
      observables
          .addObject()
          .put("name", "resources[%d].uid".formatted(i))
          .put("type_id", RESOURCE_UID)
          .put("type", "Resource UID")
          .put("value", account);
    }
  }

  private static String title(AbuseAlert alert) {
    return switch (alert.getKind()) {
      case CLUSTER -> "%,d accounts act as one".formatted(alert.getAccountCount());
      case ACCOUNT -> "An account is used as by many, or resold";
      case TENANT -> "A tenant's access seems to be passed on";
    };
  }

  private static String remedy(AbuseAlert alert) {
    return alert.getSuppressedBy() == null
        ? "dualtrack abuse act %s --action %s --reason TEXT"
            .formatted(
                alert.getClusterId(), alert.getRecommendedAction().name().toLowerCase(Locale.ROOT))
        : "none: exemption %s".formatted(alert.getSuppressedBy());
  }
}
