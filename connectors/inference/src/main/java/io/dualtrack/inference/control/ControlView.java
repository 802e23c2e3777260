package io.dualtrack.inference.control;

import io.dualtrack.inference.records.RecordDecoder;
import io.dualtrack.inference.records.RecordDecoder.Decoded;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads offerings, suspensions and actions about accounts from the beginning and follows them. The
 * topology's own view of the same topics is not synchronised in time with its orders, hence this
 * one.
 */
public final class ControlView implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ControlView.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration REGISTRY_PAUSE = Duration.ofSeconds(1);

  private final KafkaConsumer<String, byte[]> consumer;
  private final RecordDecoder<Offering> offerings;
  private final RecordDecoder<Suspension> suspensions;
  private final RecordDecoder<AccountAction> actions;
  private final SuspendedAccounts accounts = new SuspendedAccounts();
  private final InstantSource clock;
  private final Consumer<Throwable> onFailure;
  private final CompletableFuture<Void> complete = new CompletableFuture<>();
  private final Thread thread;
  private volatile ControlSnapshot snapshot = ControlSnapshot.EMPTY.with(accounts);
  private volatile Runnable onChange = () -> {};
  private volatile boolean closing;

  /**
   * @param consumer without a group; owned and closed by this
   * @param onFailure told once if the topics cannot be followed any more
   */
  public ControlView(
      KafkaConsumer<String, byte[]> consumer,
      SchemaRegistry registry,
      InstantSource clock,
      String name,
      Consumer<Throwable> onFailure) {
    this.consumer = consumer;
    this.offerings = new RecordDecoder<>(Topics.OFFERINGS, registry);
    this.suspensions = new RecordDecoder<>(Topics.SUSPENSIONS, registry);
    this.actions = new RecordDecoder<>(Topics.ABUSE_ACTIONS, registry);
    this.clock = clock;
    this.onFailure = onFailure;
    this.thread = new Thread(this::follow, name);
  }

  /**
   * @param listener called on the view's thread after each change
   */
  public void start(Runnable listener) {
    onChange = listener;
    thread.start();
  }

  public ControlSnapshot snapshot() {
    return snapshot;
  }

  /**
   * Completes when all that was published before the start is known; is cancelled if this is closed
   * before.
   */
  public CompletableFuture<Void> complete() {
    return complete;
  }

  private void follow() {
    try (consumer) {
      List<TopicPartition> partitions =
          Stream.of(Topics.OFFERINGS, Topics.SUSPENSIONS, Topics.ABUSE_ACTIONS)
              .map(Topic::name)
              .flatMap(topic -> partitions(topic).stream())
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (!closing) {
        ControlSnapshot before = snapshot;
        boolean ofAccounts = false;
        for (ConsumerRecord<String, byte[]> record :
            consumer.poll(complete.isDone() ? POLL : Duration.ofMillis(100))) {
          ofAccounts |= apply(record);
        }
        if (!complete.isDone()
            && ends.entrySet().stream()
                .allMatch(e -> consumer.position(e.getKey()) >= e.getValue())) {
          complete.complete(null);
        }
        if (snapshot != before || ofAccounts) {
          onChange.run();
        }
      }
    } catch (WakeupException e) {
      if (!closing) {
        fail(e);
      }
    } catch (RuntimeException e) {
      fail(e);
    } finally {
      complete.cancel(false);
    }
  }

  private List<TopicPartition> partitions(String topic) {
    List<PartitionInfo> found = consumer.partitionsFor(topic);
    if (found.isEmpty()) {
      throw new IllegalStateException("topic " + topic + " does not exist; provision it first");
    }
    return found.stream().map(info -> new TopicPartition(topic, info.partition())).toList();
  }

  private void fail(RuntimeException cause) {
    complete.completeExceptionally(cause);
    onFailure.accept(cause);
  }

  /**
   * @return whether another account may be suspended now; what else changes is in the snapshot
   */
  private boolean apply(ConsumerRecord<String, byte[]> record) {
    if (record.topic().equals(Topics.ABUSE_ACTIONS.name())) {
      return applyAction(record);
    }
    if (record.topic().equals(Topics.OFFERINGS.name())) {
      applyOffering(record);
    } else {
      applySuspension(record);
    }
    return false;
  }

  /** One that cannot be read is passed over: the topology refuses the account's requests anyway. */
  private boolean applyAction(ConsumerRecord<String, byte[]> record) {
    Decoded<AccountAction> decoded = decode(actions, record);
    if (record.key() == null) {
      return false;
    }
    return decoded instanceof Decoded.Value<AccountAction> known
        ? accounts.changed(record.key(), known.value())
        : decoded instanceof Decoded.Tombstone<AccountAction> && accounts.removed(record.key());
  }

  private void applyOffering(ConsumerRecord<String, byte[]> record) {
    Decoded<Offering> decoded = decode(offerings, record);
    if (decoded instanceof Decoded.Value<Offering> known) {
      snapshot = snapshot.with(known.value());
    } else if (record.key() != null) {
      snapshot = snapshot.withoutOffering(record.key());
    }
  }

  private void applySuspension(ConsumerRecord<String, byte[]> record) {
    Decoded<Suspension> decoded = decode(suspensions, record);
    if (decoded instanceof Decoded.Value<Suspension> known) {
      snapshot = snapshot.with(known.value());
      LOG.info(
          "suspension; scope={} id={} suspended={} epoch={}",
          known.value().getScope(),
          known.value().getId(),
          known.value().getSuspended(),
          known.value().getEpoch());
    } else if (record.key() != null && decoded instanceof Decoded.Tombstone<Suspension>) {
      snapshot = snapshot.withoutSuspension(record.key());
    } else if (record.key() != null) {
      snapshot = snapshot.withUnreadableSuspension(record.key(), clock.instant());
    }
  }

  /** Waits for a registry that is away: a command that is skipped would be lost. */
  private <V extends org.apache.avro.specific.SpecificRecord> Decoded<V> decode(
      RecordDecoder<V> decoder, ConsumerRecord<String, byte[]> record) {
    while (true) {
      Decoded<V> decoded = decoder.decode(record.value());
      if (decoded instanceof Decoded.Unavailable<V> unavailable && !closing) {
        LOG.warn("waiting for the registry; cause={}", unavailable.message());
        consumer.pause(consumer.assignment());
        consumer.poll(REGISTRY_PAUSE);
        consumer.resume(consumer.assignment());
        continue;
      }
      if (decoded instanceof Decoded.Poison<V> poison) {
        LOG.error(
            "unreadable control record; topic={} partition={} offset={} cause={}",
            record.topic(),
            record.partition(),
            record.offset(),
            poison.message());
      }
      return decoded;
    }
  }

  @Override
  public void close() {
    closing = true;
    consumer.wakeup();
    if (!thread.isAlive()) {
      return;
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
