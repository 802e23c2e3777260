package io.dualtrack.inference.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.inference.tracking.CompletionTracker;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ServiceClass;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When ends are written. */
class CommitsTest {

  private final MockProducer<String, byte[]> producer =
      new MockProducer<>(
          true, new RoundRobinPartitioner(), new StringSerializer(), new ByteArraySerializer()) {
        @Override
        public void commitTransaction() {
          now = now.plus(commitTakes);
          super.commitTransaction();
        }
      };
  private final Ledger ledger =
      new Ledger(() -> producer, new MockConsumer<>(AutoOffsetResetStrategy.EARLIEST.name()));
  private Instant now = Instant.parse("2026-11-22T10:00:00Z");
  private Duration commitTakes = Duration.ZERO;
  private final InstantSource clock = () -> now;
  private final Commits commits =
      new Commits(ledger, clock, new IntakeMeters(new SimpleMeterRegistry(), Lane.API), done -> {});
  private long offset;

  @BeforeEach
  void open() {
    ledger.open();
  }

  @Test
  void whatNobodyWaitsForIsCollectedForAWhile() {
    Held held = held(ServiceClass.BATCH);
    written(held, 1);

    assertThat(writtenAfter(held, 3, 49)).isZero();
    assertThat(writtenAfter(held, 0, 1)).isEqualTo(3);
  }

  @Test
  void whereManyEndTheyAreCollectedForLonger() {
    Held held = held(ServiceClass.BATCH);
    written(held, 50);

    assertThat(writtenAfter(held, 40, 149)).isZero();
    assertThat(writtenAfter(held, 0, 1)).isEqualTo(40);
    assertThat(writtenAfter(held, 1, 50)).isEqualTo(1);
  }

  /** Nine times what the commit took, and no more than a second. */
  @ParameterizedTest
  @CsvSource({"30, 270", "5000, 1000"})
  void slowBrokersGetFewerCommits(long took, long distance) {
    Held held = held(ServiceClass.BATCH);
    commitTakes = Duration.ofMillis(took);
    written(held, 1);

    assertThat(writtenAfter(held, 3, distance - 1)).isZero();
    assertThat(writtenAfter(held, 0, 1)).isEqualTo(3);
  }

  @Test
  void whoWaitsDoesNotWaitForTheDistanceOfSlowBrokers() {
    Held held = held(ServiceClass.INTERACTIVE);
    commitTakes = Duration.ofMillis(30);
    written(held, 1);

    assertThat(writtenAfter(held, 1, 9)).isZero();
    assertThat(writtenAfter(held, 0, 1)).isEqualTo(1);
  }

  @Test
  void whatSomebodyWaitsForIsNotHeldUpByMany() {
    Held held = held(ServiceClass.INTERACTIVE);
    written(held, 50);

    assertThat(writtenAfter(held, 1, 9)).isZero();
    assertThat(writtenAfter(held, 0, 1)).isEqualTo(1);
  }

  private Held held(ServiceClass serviceClass) {
    Held held = new Held(new TopicPartition("orders", 0), serviceClass, CompletionTracker.fresh(0));
    commits.commitIfDue(List.of(held));
    return held;
  }

  private void written(Held held, int ended) {
    assertThat(writtenAfter(held, ended, 1_000)).isEqualTo(ended);
  }

  private int writtenAfter(Held held, int ended, long millis) {
    int before = producer.history().size();
    for (int i = 0; i < ended; i++) {
      held.tracker.take(offset);
      commits.add(
          new Finished(held, offset++, new ProducerRecord<>("completions", "key", new byte[1]), 0));
    }
    now = now.plus(Duration.ofMillis(millis));
    commits.commitIfDue(List.of(held));
    return producer.history().size() - before;
  }
}
