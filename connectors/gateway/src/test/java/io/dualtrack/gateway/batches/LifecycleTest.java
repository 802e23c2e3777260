package io.dualtrack.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.gateway.batches.Lifecycle.Step;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.BatchStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LifecycleTest {

  private static final Instant START = Instant.parse("2026-11-21T00:00:00Z");
  private static final Instant DEADLINE = START.plus(Duration.ofHours(24));
  private static final BatchSettings SETTINGS = BatchSettings.usual(Path.of("spool"), Map.of());
  private final Lifecycle lifecycle = new Lifecycle(SETTINGS);

  @BeforeAll
  static void trustRecords() {
    AvroSerde.trustRecords();
  }

  /** 10 lines of which {@code released} are. */
  private static BatchState batch(BatchStatus status, long released) {
    return BatchState.newBuilder()
        .setBatchId("batch_1")
        .setTenant("acme")
        .setAccount("seat")
        .setInput("file-1")
        .setEndpoint("/v1/chat/completions")
        .setStatus(status)
        .setNextLine(released + 1)
        .setTotal(10)
        .setCompleted(0)
        .setFailed(0)
        .setCreatedAt(START)
        .setDeadline(DEADLINE)
        .setCancellingAt(status == BatchStatus.CANCELLING ? START : null)
        .build();
  }

  private Step next(BatchStatus status, long released, boolean cancel, long ended, Instant now) {
    return lifecycle.next(batch(status, released), cancel, ended, now);
  }

  @Test
  void aBatchRunsUntilEveryLineHasEnded() {
    assertThat(next(BatchStatus.VALIDATING, 0, false, 0, START)).isEqualTo(Step.VALIDATE);
    assertThat(next(BatchStatus.IN_PROGRESS, 4, false, 4, START)).isEqualTo(Step.FEED);
    assertThat(next(BatchStatus.IN_PROGRESS, 10, false, 9, START)).isEqualTo(Step.WAIT);
    assertThat(next(BatchStatus.IN_PROGRESS, 10, false, 10, START)).isEqualTo(Step.FINALISE);
    assertThat(next(BatchStatus.FINALIZING, 10, false, 10, START)).isEqualTo(Step.FINALISE);
  }

  @Test
  void aCancelledBatchWaitsForWhatIsInFlightButNotForEver() {
    assertThat(next(BatchStatus.VALIDATING, 0, true, 0, START)).isEqualTo(Step.VALIDATE);
    assertThat(next(BatchStatus.IN_PROGRESS, 4, true, 2, START)).isEqualTo(Step.CANCEL);
    assertThat(next(BatchStatus.CANCELLING, 4, true, 2, START)).isEqualTo(Step.WAIT);
    assertThat(next(BatchStatus.CANCELLING, 4, true, 4, START)).isEqualTo(Step.FINALISE);
    assertThat(next(BatchStatus.CANCELLING, 4, true, 2, START.plus(SETTINGS.cancelPatience())))
        .isEqualTo(Step.FINALISE);
  }

  @Test
  void aCancellationThatComesTooLateChangesNothing() {
    assertThat(next(BatchStatus.IN_PROGRESS, 10, true, 10, START)).isEqualTo(Step.FINALISE);
  }

  @Test
  void atItsDeadlineABatchReleasesNothingAndWaitsForResultsForAWhile() {
    assertThat(next(BatchStatus.IN_PROGRESS, 4, false, 2, DEADLINE)).isEqualTo(Step.WAIT);
    assertThat(next(BatchStatus.IN_PROGRESS, 4, false, 4, DEADLINE)).isEqualTo(Step.FINALISE);
    assertThat(next(BatchStatus.IN_PROGRESS, 4, false, 2, DEADLINE.plus(SETTINGS.expiryGrace())))
        .isEqualTo(Step.FINALISE);
  }

  @Test
  void nothingIsDoneForABatchThatHasEnded() {
    assertThatThrownBy(() -> next(BatchStatus.COMPLETED, 10, false, 10, START))
        .isInstanceOf(IllegalStateException.class);
  }
}
