package io.dualtrack.gateway.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.ReadingGroup;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class LagFiguresTest {

  private static final ReadingGroup STREAMS = new ReadingGroup("s", "s", List.of(), false);
  private static final ReadingGroup LAST = new ReadingGroup("l", "l", List.of(), true);

  @Test
  void theMarkerBehindTheLastRecordIsNoRecord() {
    assertThat(LagFigures.behind(LAST, 0, 7, 8)).isZero();
    assertThat(LagFigures.behind(LAST, 0, 7, 10)).isEqualTo(2);
    assertThat(LagFigures.behind(STREAMS, 0, 8, 8)).isZero();
    assertThat(LagFigures.behind(STREAMS, 0, 7, 8)).isEqualTo(1);
  }

  @Test
  void whoCommittedNothingHasAllThatIsStillThereBeforeIt() {
    assertThat(LagFigures.behind(LAST, 3, -1, 8)).isEqualTo(5);
    assertThat(LagFigures.behind(LAST, 6, 2, 8)).as("what was deleted waits no more").isEqualTo(1);
    assertThat(LagFigures.behind(LAST, 0, 9, 8)).as("an end of a moment before").isZero();
  }

  @Test
  void kafkaIsAskedOnceForAllWhoLookAndNotAgainAtOnceWhenItFails() {
    AtomicInteger asked = new AtomicInteger();
    AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    try (LagFigures lag =
        new LagFigures(
            () -> {
              asked.incrementAndGet();
              throw new IllegalStateException("no broker");
            },
            now::get)) {
      assertThat(lag.write()).isNull();
      now.set(now.get().plusSeconds(5));
      assertThat(lag.write()).isNull();
      assertThat(asked).hasValue(1);
      now.set(now.get().plusSeconds(6));
      lag.write();
      assertThat(asked).hasValue(2);
    }
  }
}
