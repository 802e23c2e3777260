package io.dualtrack.audit;

import io.dualtrack.schemas.AuditFinding;
import io.dualtrack.schemas.AuditVerdict;
import io.dualtrack.schemas.VerificationStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verifies the whole trail once a day beside the sealer, and says what came of it. It is the same
 * verification that {@code audit verify} makes, with the sealer's own key and folder: whoever does
 * not trust the sealer runs that one with a copy of the key of their own.
 */
final class TrailWatch implements AutoCloseable {

  /** A verification of the trail as it is. */
  interface Verification {
    Verdict verify(Instant now) throws IOException;
  }

  /** After a start, which is when most is to be made up for, others have the machine first. */
  private static final Duration FIRST = Duration.ofMinutes(1);

  private static final Duration INTERVAL = Duration.ofDays(1);
  private static final int MOST_FINDINGS = 20;
  private static final Logger LOG = LoggerFactory.getLogger(TrailWatch.class);

  private final Verification verification;
  private final StatusTopic status;
  private final ScheduledExecutorService days =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "audit-verifier");
            thread.setDaemon(true);
            thread.setPriority(Thread.MIN_PRIORITY);
            return thread;
          });

  TrailWatch(Verification verification, StatusTopic status) {
    this.verification = verification;
    this.status = status;
  }

  void start() {
    days.scheduleWithFixedDelay(
        this::verify, FIRST.toSeconds(), INTERVAL.toSeconds(), TimeUnit.SECONDS);
  }

  private void verify() {
    Instant begun = Instant.now();
    VerificationStatus found = of(verification, begun);
    if (days.isShutdown()) {
      return;
    }
    Instant now = Instant.now();
    found.setNextAt(now.plus(INTERVAL).truncatedTo(ChronoUnit.MILLIS));
    status.verification(now, found);
  }

  /** What a verification comes to, without anything that leads to a request or a person. */
  static VerificationStatus of(Verification verification, Instant now) {
    Instant begun = now.truncatedTo(ChronoUnit.MILLIS);
    try {
      Verdict verdict = verification.verify(now);
      if (!verdict.whole()) {
        LOG.error(
            "THE AUDIT TRAIL IS NOT WHOLE: run audit verify; findings={}",
            verdict.findings().size());
      }
      return new VerificationStatus(
          begun,
          verdict.whole() ? AuditVerdict.HOLDS : AuditVerdict.DOES_NOT_HOLD,
          verdict.records(),
          verdict.expired(),
          verdict.checkpoints(),
          verdict.sealedUntil(),
          verdict.unsealed(),
          verdict.findings().size(),
          verdict.findings().stream().limit(MOST_FINDINGS).map(TrailWatch::finding).toList(),
          begun);
    } catch (InterruptException e) {
      // Nothing came of it, because the sealer stops.
      throw e;
    } catch (IOException | RuntimeException e) {
      LOG.error("the audit trail could not be verified", e);
      return new VerificationStatus(
          begun, AuditVerdict.NOT_DONE, 0L, 0L, 0L, null, 0L, 0, List.of(), begun);
    }
  }

  private static AuditFinding finding(Finding finding) {
    return new AuditFinding(
        finding.kind().name(),
        finding.topic(),
        finding.partition(),
        finding.offset(),
        finding.checkpoint());
  }

  /** Ends a verification that runs. */
  @Override
  public void close() {
    days.shutdownNow();
  }
}
