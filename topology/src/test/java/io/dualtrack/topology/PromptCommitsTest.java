package io.dualtrack.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.ServiceClass;
import java.time.Duration;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PromptCommitsTest {

  private final MockProcessorContext<String, Object> context = new MockProcessorContext<>();
  private final PromptCommits.OfTask commits = new PromptCommits().of(context);

  @BeforeEach
  void beginAtSomeTime() {
    context.setCurrentSystemTimeMs(1_000_000);
  }

  @Test
  void whatNobodyWaitsForIsCommittedAtTheUsualInterval() {
    commits.processed(ServiceClass.BATCH);

    assertThat(context.committed()).isFalse();
    assertThat(context.scheduledPunctuators()).isEmpty();
  }

  @Test
  void whatSomebodyWaitsForIsCommittedAtOnce() {
    commits.processed(ServiceClass.INTERACTIVE);

    assertThat(context.committed()).isTrue();
  }

  @Test
  void whatFollowsSoonIsCommittedTogether() {
    commits.processed(ServiceClass.INTERACTIVE);
    context.resetCommit();

    context.setCurrentSystemTimeMs(1_000_003);
    commits.processed(ServiceClass.INTERACTIVE);
    commits.processed(ServiceClass.INTERACTIVE);
    assertThat(context.committed()).isFalse();
    assertThat(context.scheduledPunctuators()).hasSize(1);

    CapturedPunctuator timer = context.scheduledPunctuators().get(0);
    timer.getPunctuator().punctuate(1_000_013);
    assertThat(context.committed()).isTrue();
    assertThat(timer.cancelled()).isTrue();
  }

  @Test
  void commitsOfABusyThreadKeepALongerDistance() {
    commits.processed(ServiceClass.INTERACTIVE);
    for (int i = 0; i < 6; i++) {
      commits.processed(ServiceClass.INTERACTIVE);
    }
    context.scheduledPunctuators().get(0).getPunctuator().punctuate(1_000_010);
    context.resetCommit();

    context.setCurrentSystemTimeMs(1_000_025);
    commits.processed(ServiceClass.INTERACTIVE);

    assertThat(context.committed()).isFalse();
    assertThat(context.scheduledPunctuators().get(1).getInterval())
        .isEqualTo(Duration.ofMillis(15));
  }

  @Test
  void tasksOfOneThreadKeepTheDistanceTogether() {
    PromptCommits shared = new PromptCommits();
    MockProcessorContext<String, Object> other = new MockProcessorContext<>();
    other.setCurrentSystemTimeMs(1_000_003);

    shared.of(context).processed(ServiceClass.INTERACTIVE);
    shared.of(other).processed(ServiceClass.INTERACTIVE);

    assertThat(context.committed()).isTrue();
    assertThat(other.committed()).isFalse();
  }
}
