package io.dualtrack.gateway.records;

import io.dualtrack.gateway.KafkaClients;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.BatchCommand;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.StoredFile;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this gateway knows of files and batches: it follows their topics whole, and holds nothing
 * that is not in them. So any gateway answers for any batch, and a restart forgets none.
 */
public final class BatchView implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(BatchView.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final KafkaClients kafka;
  private final String name;
  private final AvroSerde<StoredFile> fileRecords;
  private final AvroSerde<BatchState> batchRecords;
  private final AvroSerde<BatchCommand> commandRecords;
  private final Consumer<Throwable> onFailure;
  private final TenantIndex<StoredFile> files = new TenantIndex<>();
  private final TenantIndex<KnownBatch> batches = new TenantIndex<>();

  /** Of which only commands are known so far; the follower's own. */
  private final Map<String, KnownBatch> stateless = new HashMap<>();

  private final Map<TopicPartition, Long> positions = new ConcurrentHashMap<>();
  private final AtomicLong version = new AtomicLong();
  private final CompletableFuture<Void> complete = new CompletableFuture<>();
  private final Object progress = new Object();
  private final Thread thread;
  private volatile boolean closing;
  private volatile KafkaConsumer<String, byte[]> consumer;
  private volatile Admin admin;
  private volatile List<TopicPartition> partitions = List.of();

  /**
   * @param onFailure told once if the topics cannot be followed any more
   */
  public BatchView(
      KafkaClients kafka, SchemaRegistry registry, String name, Consumer<Throwable> onFailure) {
    this.kafka = kafka;
    this.name = name;
    this.fileRecords = Topics.FILES.serde(registry);
    this.batchRecords = Topics.BATCHES.serde(registry);
    this.commandRecords = Topics.BATCH_COMMANDS.serde(registry);
    this.onFailure = onFailure;
    this.thread = new Thread(this::follow, name);
  }

  public void start() {
    consumer = kafka.ungrouped(name);
    admin = kafka.admin(name);
    thread.start();
  }

  public TenantIndex<StoredFile> files() {
    return files;
  }

  public TenantIndex<KnownBatch> batches() {
    return batches;
  }

  /** Grows with every change. */
  public long version() {
    return version.get();
  }

  /** Completes when all that was written before the start is known. */
  public CompletableFuture<Void> complete() {
    return complete;
  }

  public boolean isReady() {
    return complete.isDone() && !complete.isCompletedExceptionally() && thread.isAlive();
  }

  /** Batches of a partition that are not known to have ended. */
  public List<KnownBatch> open(int partition, int partitions) {
    return batches.all().stream()
        .filter(batch -> !batch.ended())
        .filter(batch -> BatchIds.partition(batch.id(), partitions) == partition)
        .toList();
  }

  /** Whether a batch of the tenant that has not ended reads a file. */
  public boolean reads(String tenant, String file) {
    return batches.all(tenant).stream()
        .anyMatch(
            batch ->
                !batch.ended()
                    && batch.state().map(state -> state.getInput().equals(file)).orElse(false));
  }

  private void follow() {
    try (KafkaConsumer<String, byte[]> source = consumer) {
      partitions =
          Stream.of(Topics.FILES, Topics.BATCHES, Topics.BATCH_COMMANDS)
              .flatMap(topic -> partitions(source, topic))
              .toList();
      source.assign(partitions);
      source.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = source.endOffsets(partitions);
      while (!closing) {
        source.poll(POLL).forEach(this::apply);
        partitions.forEach(partition -> positions.put(partition, source.position(partition)));
        synchronized (progress) {
          progress.notifyAll();
        }
        if (!complete.isDone() && reached(ends)) {
          complete.complete(null);
        }
      }
    } catch (WakeupException e) {
      if (!closing) {
        fail(e);
      }
    } catch (RuntimeException e) {
      fail(e);
    } finally {
      admin.close();
      complete.cancel(false);
    }
  }

  private static Stream<TopicPartition> partitions(
      KafkaConsumer<String, byte[]> consumer, Topic<?> topic) {
    List<TopicPartition> found =
        consumer.partitionsFor(topic.name()).stream()
            .map(info -> new TopicPartition(topic.name(), info.partition()))
            .toList();
    if (found.isEmpty()) {
      throw new IllegalStateException(
          "topic " + topic.name() + " does not exist; provision it first");
    }
    return found.stream();
  }

  private boolean reached(Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(end -> positions.getOrDefault(end.getKey(), -1L) >= end.getValue());
  }

  /**
   * Waits until everything that was committed before this call is known.
   *
   * @return whether it is; false after the patience
   */
  public boolean catchUp(Duration patience) throws InterruptedException {
    long until = System.nanoTime() + patience.toNanos();
    try {
      Map<TopicPartition, Long> ends =
          admin
              .listOffsets(
                  partitions.stream()
                      .collect(Collectors.toMap(each -> each, each -> OffsetSpec.latest())),
                  new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
              .all()
              .get(patience.toMillis(), TimeUnit.MILLISECONDS)
              .entrySet()
              .stream()
              .collect(Collectors.toMap(Map.Entry::getKey, end -> end.getValue().offset()));
      return await(ends, until);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("cannot ask how far the topics are; cause={}", e.toString());
      return false;
    }
  }

  /** Where reading goes on; -1 before the first read. */
  public long position(TopicPartition partition) {
    return positions.getOrDefault(partition, -1L);
  }

  /** Waits until a record is known; false after the patience. */
  boolean awaitRecord(TopicPartition partition, long offset, Duration patience)
      throws InterruptedException {
    Map<TopicPartition, Long> end = new HashMap<>();
    end.put(partition, offset + 1);
    return await(end, System.nanoTime() + patience.toNanos());
  }

  private boolean await(Map<TopicPartition, Long> ends, long until) throws InterruptedException {
    synchronized (progress) {
      while (!reached(ends)) {
        long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
        if (left <= 0 || closing) {
          return false;
        }
        progress.wait(left);
      }
      return true;
    }
  }

  private void fail(RuntimeException cause) {
    complete.completeExceptionally(cause);
    onFailure.accept(cause);
  }

  private void apply(ConsumerRecord<String, byte[]> record) {
    if (record.key() == null) {
      return;
    }
    if (record.topic().equals(Topics.FILES.name())) {
      StoredFile file = decode(fileRecords, record);
      if (file == null) {
        files.remove(record.key());
      } else {
        files.put(file.getFileId(), file.getTenant(), file.getCreatedAt(), file);
      }
    } else if (record.topic().equals(Topics.BATCHES.name())) {
      BatchState state = decode(batchRecords, record);
      put(record.key(), known(record.key()).withState(state));
    } else {
      String id = BatchIds.ofCommand(record.key());
      BatchCommand command = decode(commandRecords, record);
      put(id, known(id).withCommand(record.key(), command));
    }
    version.incrementAndGet();
  }

  private KnownBatch known(String id) {
    return batches.get(id).orElse(stateless.getOrDefault(id, KnownBatch.unknown(id)));
  }

  private void put(String id, KnownBatch batch) {
    if (batch.state().isPresent()) {
      BatchState state = batch.state().get();
      batches.put(id, state.getTenant(), state.getCreatedAt(), batch);
      stateless.remove(id);
      return;
    }
    batches.remove(id);
    if (batch.hasCommands()) {
      stateless.put(id, batch);
    } else {
      stateless.remove(id);
    }
  }

  /**
   * Null where the key was deleted, and where the record cannot be read. Waits for a registry that
   * is away.
   */
  private <V extends SpecificRecord> V decode(
      AvroSerde<V> serde, ConsumerRecord<String, byte[]> record) {
    while (record.value() != null) {
      try {
        return serde.deserialize(record.topic(), record.value());
      } catch (SerializationException e) {
        if (!SchemaRegistry.isBehind(e) || closing) {
          LOG.error(
              "unreadable record; topic={} partition={} offset={} cause={}",
              record.topic(),
              record.partition(),
              record.offset(),
              e.getMessage());
          return null;
        }
        LOG.warn("waiting for the registry; cause={}", e.getMessage());
        consumer.pause(consumer.assignment());
        consumer.poll(PAUSE);
        consumer.resume(consumer.assignment());
      }
    }
    return null;
  }

  @Override
  public void close() {
    closing = true;
    if (consumer != null) {
      consumer.wakeup();
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
