package io.dualtrack.local.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.local.stack.StackFailure;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RepetitionTest {

  private static final Instant START = Instant.parse("2026-11-22T08:00:00Z");

  private final List<Instant> begun = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private Instant now = START;

  /** Passes time, and is interrupted the third time. */
  private final Repetition repetition =
      new Repetition(
          Duration.ofHours(24),
          () -> now,
          time -> {
            now = now.plus(time);
            if (begun.size() == 3) {
              throw new InterruptedException();
            }
          },
          failures::add);

  @Test
  void eachTimeBeginsThatLongAfterTheLastOneBeganUntilItIsInterrupted() {
    assertThatThrownBy(() -> repetition.run(() -> takes(Duration.ofMinutes(7), Exit.DONE)))
        .isInstanceOf(InterruptedException.class);

    assertThat(begun)
        .containsExactly(START, START.plus(Duration.ofHours(24)), START.plus(Duration.ofHours(48)));
  }

  @Test
  void aTimeThatTakesLongerIsFollowedByTheNextAtOnce() {
    assertThatThrownBy(() -> repetition.run(() -> takes(Duration.ofHours(25), Exit.INCOMPLETE)))
        .isInstanceOf(InterruptedException.class);

    assertThat(begun)
        .containsExactly(START, START.plus(Duration.ofHours(25)), START.plus(Duration.ofHours(50)));
  }

  @Test
  void aStackThatIsAwayIsToldOfAndTriedAgain() {
    assertThatThrownBy(
            () ->
                repetition.run(
                    () -> {
                      takes(Duration.ZERO, Exit.DONE);
                      if (begun.size() == 1) {
                        throw new IOException("reset");
                      }
                      throw new StackFailure("away");
                    }))
        .isInstanceOf(InterruptedException.class);

    assertThat(failures).containsExactly("reset", "away", "away");
  }

  @Test
  void whatIsWrongWithTheCommandItselfEndsIt() throws Exception {
    assertThat(repetition.run(() -> takes(Duration.ZERO, Exit.USAGE))).isEqualTo(Exit.USAGE);

    assertThat(begun).hasSize(1);
  }

  @Test
  void anInterruptedAttemptIsTheLast() {
    assertThatThrownBy(
            () ->
                repetition.run(
                    () -> {
                      takes(Duration.ZERO, Exit.DONE);
                      throw new InterruptedException();
                    }))
        .isInstanceOf(InterruptedException.class);

    assertThat(begun).hasSize(1);
  }

  private int takes(Duration time, int code) {
    begun.add(now);
    now = now.plus(time);
    return code;
  }
}
