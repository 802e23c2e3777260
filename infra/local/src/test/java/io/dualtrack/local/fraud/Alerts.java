package io.dualtrack.local.fraud;

import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.RecommendedAction;
import java.time.Instant;
import java.util.List;

/** Alerts for tests: cluster c1 of tenants acme and globex. */
public final class Alerts {

  public static final Instant START = Instant.parse("2026-11-21T08:00:00Z");

  static {
    AvroSerde.trustRecords();
  }

  private Alerts() {}

  /** The first alert of a cluster. */
  public static AbuseAlert first(String cluster) {
    return AbuseAlert.newBuilder()
        .setAlertId(cluster + "-1")
        .setKind(AlertKind.CLUSTER)
        .setClusterId(cluster)
        .setRaisedAt(START)
        .setScore(0.873)
        .setAccountsAdded(List.of("seat-1", "seat-2"))
        .setTenantsAdded(List.of("acme", "globex"))
        .setAccountCount(2)
        .setEvidence(
            List.of(
                new Evidence("S1", "2 accounts sent one skeleton"),
                new Evidence("S4", "2 accounts share one means of payment, 3f9c")))
        .setRecommendedAction(RecommendedAction.SUSPEND)
        .build();
  }

  /** Its growth by one account, an hour later. */
  public static AbuseAlert second(String cluster) {
    return AbuseAlert.newBuilder(first(cluster))
        .setAlertId(cluster + "-2")
        .setRaisedAt(START.plusSeconds(3600))
        .setAccountsAdded(List.of("seat-3"))
        .setTenantsAdded(List.of("acme"))
        .setAccountCount(3)
        .build();
  }
}
