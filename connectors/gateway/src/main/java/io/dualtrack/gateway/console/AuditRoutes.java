package io.dualtrack.gateway.console;

import static io.dualtrack.gateway.console.Answers.JSON;
import static io.dualtrack.gateway.console.Answers.all;
import static io.dualtrack.gateway.console.Answers.millis;
import static io.dualtrack.gateway.console.Answers.send;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.AuditStatus;
import io.dualtrack.schemas.SealingStatus;
import io.dualtrack.schemas.VerificationStatus;
import io.javalin.http.HandlerType;
import java.time.Instant;
import java.time.InstantSource;

/** How the audit trail stands. */
final class AuditRoutes {

  private static final String SEALING = "sealing";
  private static final String VERIFICATION = "verification";

  private final LatestRecords<AuditStatus> said;
  private final TopicTail tail;
  private final InstantSource clock;

  AuditRoutes(LatestRecords<AuditStatus> said, TopicTail tail, InstantSource clock) {
    this.said = said;
    this.tail = tail;
    this.clock = clock;
  }

  void addTo(Routes routes) {
    routes.add(HandlerType.GET, "/console/api/audit", AccessScope.VIEWER, Body.none(), this::audit);
  }

  private void audit(Call call) {
    Answers.require(call, AccessScope.COMPLIANCE, AccessScope.OPERATOR);
    AuditStatus sealing = said.get(SEALING).orElse(null);
    AuditStatus verification = said.get(VERIFICATION).orElse(null);
    Instant now = clock.instant();
    ObjectNode body = JSON.createObjectNode();
    body.put(
        "state",
        tail.isComplete() ? AuditStanding.of(sealing, verification, now).name() : "READING");
    body.put("now", now.toEpochMilli());
    body.set(
        SEALING,
        sealing == null || sealing.getSealing() == null
            ? JSON.nullNode()
            : write(sealing.getSealing()).put("at", sealing.getAt().toEpochMilli()));
    body.set(
        VERIFICATION,
        verification == null || verification.getVerification() == null
            ? JSON.nullNode()
            : write(verification.getVerification()));
    send(call, body);
  }

  private static ObjectNode write(SealingStatus sealing) {
    ObjectNode node = JSON.createObjectNode();
    node.put("since", sealing.getSince().toEpochMilli());
    node.put("checkpoint", sealing.getCheckpoint());
    node.put("checkpoint_at", millis(sealing.getCheckpointAt()));
    node.set(
        "topics",
        all(
            sealing.getTopics(),
            each ->
                JSON.createObjectNode()
                    .put("topic", each.getTopic())
                    .put("partitions", each.getPartitions())
                    .put("records", each.getRecords())
                    .put("unsealed", each.getUnsealed())));
    return node;
  }

  private static ObjectNode write(VerificationStatus verification) {
    ObjectNode node = JSON.createObjectNode();
    node.put("begun_at", verification.getBegunAt().toEpochMilli());
    node.put("verdict", verification.getVerdict().name());
    node.put("records", verification.getRecords());
    node.put("expired", verification.getExpired());
    node.put("checkpoints", verification.getCheckpoints());
    node.put("sealed_until", millis(verification.getSealedUntil()));
    node.put("unsealed", verification.getUnsealed());
    node.put("finding_count", verification.getFindingCount());
    node.set(
        "findings",
        all(
            verification.getFindings(),
            each ->
                JSON.createObjectNode()
                    .put("kind", each.getKind())
                    .put("topic", each.getTopic())
                    .put("partition", each.getPartition())
                    .put("offset", each.getOffset())
                    .put("checkpoint", each.getCheckpoint())));
    node.put("next_at", verification.getNextAt().toEpochMilli());
    return node;
  }
}
