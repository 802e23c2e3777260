package io.dualtrack.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.ServiceClass;
import java.time.Duration;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptCommitsTest {

  private final MockProcessorContext<String, Object> context = new MockProcessorContext<>();
  private final PromptCommits shared = new PromptCommits(Duration.ofMillis(300));
  private final PromptCommits.OfTask commits = shared.of(context);

  @BeforeEach
  void beginAtSomeTime() {
    context.setCurrentSystemTimeMs(1_000_000);
  }

  @Test
  void whatNobodyWaitsForIsCollectedForAWhile() {
    commits.processed(ServiceClass.BATCH);
    commits.processed(ServiceClass.BATCH);

    assertThat(context.committed()).isFalse();
    assertThat(context.scheduledPunctuators()).hasSize(1);
    assertThat(timer(0).getInterval()).isEqualTo(Duration.ofMillis(20));
    fire(context, 0, 1_000_020);
    assertThat(context.committed()).isTrue();
    assertThat(timer(0).cancelled()).isTrue();
  }

  @Test
  void whatNobodyWaitsForKeepsADistanceFromTheCommitBefore() {
    commits.processed(ServiceClass.BATCH);
    fire(context, 0, 1_000_020);
    context.resetCommit();
    context.setCurrentSystemTimeMs(1_000_030);
    commits.processed(ServiceClass.BATCH);

    assertThat(timer(1).getInterval()).isEqualTo(Duration.ofMillis(90));
    fire(context, 1, 1_000_120);
    assertThat(context.committed()).isTrue();
  }

  @Test
  void whatComesInMassesKeepsALongerDistance() {
    commits.processed(ServiceClass.BATCH);
    fire(context, 0, 1_000_020);
    context.resetCommit();
    context.setCurrentSystemTimeMs(1_000_030);
    for (int i = 0; i < 51; i++) {
      commits.processed(ServiceClass.BATCH);
    }
    fire(context, 1, 1_000_120);

    assertThat(context.committed()).isFalse();
    assertThat(timer(2).getInterval()).isEqualTo(Duration.ofMillis(200));
    fire(context, 2, 1_000_320);
    assertThat(context.committed()).isTrue();
    context.resetCommit();
    context.setCurrentSystemTimeMs(1_000_330);
    commits.processed(ServiceClass.BATCH);
    assertThat(timer(3).getInterval()).isEqualTo(Duration.ofMillis(90));
  }

  /** Nine times what the commit took, and no more than a second. */
  @ParameterizedTest
  @CsvSource({"50, 450", "5000, 1000"})
  void slowBrokersGetFewerCommits(long took, long distance) {
    commits.processed(ServiceClass.BATCH);
    fire(context, 0, 1_000_020);
    shared.took(Duration.ofMillis(took));
    context.resetCommit();
    context.setCurrentSystemTimeMs(1_000_030);
    commits.processed(ServiceClass.BATCH);

    assertThat(timer(1).getInterval()).isEqualTo(Duration.ofMillis(distance - 10));
    fire(context, 1, 1_000_020 + distance);
    assertThat(context.committed()).isTrue();
  }

  @Test
  void whoWaitsDoesNotWaitForTheDistanceOfSlowBrokers() {
    commits.processed(ServiceClass.INTERACTIVE);
    shared.took(Duration.ofMillis(500));
    context.setCurrentSystemTimeMs(1_000_002);
    commits.processed(ServiceClass.INTERACTIVE);

    assertThat(timer(0).getInterval()).isEqualTo(Duration.ofMillis(8));
  }

  @Test
  void whoWaitsDoesNotWaitForABatchsCommit() {
    commits.processed(ServiceClass.INTERACTIVE);
    context.resetCommit();
    context.setCurrentSystemTimeMs(1_000_001);
    commits.processed(ServiceClass.BATCH);
    context.setCurrentSystemTimeMs(1_000_002);
    commits.processed(ServiceClass.INTERACTIVE);

    assertThat(timer(0).cancelled()).isTrue();
    assertThat(timer(1).getInterval()).isEqualTo(Duration.ofMillis(8));
    fire(context, 1, 1_000_010);
    assertThat(context.committed()).isTrue();
  }

  @Test
  void aRecordBehindAnotherTasksCommitIsNotForgotten() {
    MockProcessorContext<String, Object> other = new MockProcessorContext<>();
    other.setCurrentSystemTimeMs(1_000_003);
    PromptCommits.OfTask first = shared.of(context);
    PromptCommits.OfTask second = shared.of(other);
    first.processed(ServiceClass.BATCH);
    second.processed(ServiceClass.INTERACTIVE);
    first.processed(ServiceClass.BATCH);

    fire(context, 0, 1_000_020);
    assertThat(context.committed()).isFalse();
    assertThat(timer(1).getInterval()).isEqualTo(Duration.ofMillis(83));

    fire(context, 1, 1_000_103);
    assertThat(context.committed()).isTrue();
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
  void tasksOfOneThreadKeepTheDistanceTogether() {
    MockProcessorContext<String, Object> other = new MockProcessorContext<>();
    other.setCurrentSystemTimeMs(1_000_003);

    shared.of(context).processed(ServiceClass.INTERACTIVE);
    shared.of(other).processed(ServiceClass.INTERACTIVE);

    assertThat(context.committed()).isTrue();
    assertThat(other.committed()).isFalse();
  }

  @Test
  void aCommitThatOneTaskAskedForIsNotAskedForByTheNext() {
    MockProcessorContext<String, Object> other = new MockProcessorContext<>();
    other.setCurrentSystemTimeMs(1_000_003);
    PromptCommits.OfTask first = shared.of(context);
    PromptCommits.OfTask second = shared.of(other);
    first.processed(ServiceClass.INTERACTIVE);
    first.processed(ServiceClass.INTERACTIVE);
    second.processed(ServiceClass.INTERACTIVE);

    fire(context, 0, 1_000_010);
    fire(other, 0, 1_000_011);

    assertThat(other.committed()).isFalse();
    assertThat(other.scheduledPunctuators().get(0).cancelled()).isTrue();
    other.setCurrentSystemTimeMs(1_000_012);
    second.processed(ServiceClass.INTERACTIVE);
    assertThat(other.scheduledPunctuators().get(1).getInterval()).isEqualTo(Duration.ofMillis(8));
    fire(other, 1, 1_000_020);
    assertThat(other.committed()).isTrue();
  }

  private CapturedPunctuator timer(int number) {
    return context.scheduledPunctuators().get(number);
  }

  private static void fire(MockProcessorContext<?, ?> context, int timer, long now) {
    context.scheduledPunctuators().get(timer).getPunctuator().punctuate(now);
  }
}
