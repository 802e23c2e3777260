package io.dualtrack.audit;

import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SealedTopic;
import io.dualtrack.schemas.SealingStatus;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.Topics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Seals the audit trail: reads what is committed, and once a second signs what it read into the
 * folder of checkpoints. One runs at a time; one that starts goes on where the last one stopped.
 * Nobody waits for it: a cluster without it loses no record and gets no checkpoint, which {@link
 * AuditVerification} tells.
 */
public final class SealingService implements AutoCloseable {

  /** Decisions, and the changes of what they were made under. */
  static final List<String> TOPICS = List.of(Topics.AUDIT.name(), Topics.CONTROL_HISTORY.name());

  private static final Logger LOG = LoggerFactory.getLogger(SealingService.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final Duration POLL = Duration.ofMillis(200);

  /** How often it says that it is at work: who reads it takes several times that for a stop. */
  private static final Duration STATUS_INTERVAL = Duration.ofSeconds(10);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final KafkaClientMetrics clientMeters;
  private final CheckpointFolder folder;
  private final Sealer sealer;
  private final StatusTopic status;
  private final TrailWatch watch;
  private final Instant since = Instant.now().truncatedTo(ChronoUnit.MILLIS);
  private final Map<String, Long> records = new TreeMap<>();
  private Map<TopicPartition, Long> toCatchUp;
  private final Counter sealed;
  private final Timer delay;
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private final Thread thread = new Thread(this::run, "audit-sealer");
  private volatile boolean closing;

  private SealingService(
      KafkaConsumer<byte[], byte[]> consumer,
      CheckpointFolder folder,
      Sealer sealer,
      StatusTopic status,
      TrailWatch watch,
      MeterRegistry meters) {
    this.consumer = consumer;
    this.folder = folder;
    this.sealer = sealer;
    this.status = status;
    this.watch = watch;
    this.toCatchUp = consumer.endOffsets(consumer.assignment());
    this.sealed =
        Counter.builder("dualtrack.audit.sealed")
            .description("Records of the audit trail that are under a signed checkpoint")
            .register(meters);
    this.delay =
        Timer.builder("dualtrack.audit.seal.delay")
            .description("From a record's time to the checkpoint that seals it; oldest of each")
            .register(meters);
    this.clientMeters = new KafkaClientMetrics(consumer);
    clientMeters.bindTo(meters);
  }

  /**
   * Starts to seal.
   *
   * @param checkpoints folder that checkpoints are appended to
   * @param key that signs them; made where its file is missing
   * @param registry for what is said of the trail on its topic
   * @throws IOException if folder or key cannot be used, or another sealer has the folder
   * @throws IllegalStateException if the trail has lost what was sealed
   */
  public static SealingService start(
      KafkaAccess kafka, Path checkpoints, Path key, SchemaRegistry registry, MeterRegistry meters)
      throws IOException {
    SigningKey signing = SigningKey.openOrCreate(key);
    CheckpointFolder folder = CheckpointFolder.open(checkpoints);
    KafkaConsumer<byte[], byte[]> consumer = null;
    StatusTopic status = null;
    try {
      consumer = KafkaTrail.consumer(kafka);
      List<TopicPartition> partitions = KafkaTrail.partitions(consumer, TOPICS);
      Sealer sealer = resumed(checkpoints, signing, partitions);
      seek(consumer, sealer, partitions);
      status = new StatusTopic(kafka, registry);
      TrailWatch watch =
          new TrailWatch(
              now -> AuditVerification.verify(kafka, checkpoints, SigningKey.publicFile(key), now),
              status);
      SealingService service = new SealingService(consumer, folder, sealer, status, watch, meters);
      service.thread.start();
      return service;
    } catch (IOException | RuntimeException e) {
      if (consumer != null) {
        consumer.close();
      }
      if (status != null) {
        status.close();
      }
      folder.close();
      throw e;
    }
  }

  /** Reads the newest files, as many as it takes to know where each partition stands. */
  private static Sealer resumed(Path checkpoints, SigningKey key, List<TopicPartition> partitions)
      throws IOException {
    Sealer sealer = new Sealer(key);
    List<Path> newestFirst = new ArrayList<>(CheckpointFolder.files(checkpoints));
    Collections.reverse(newestFirst);
    for (Path file : newestFirst) {
      if (sealer.knows(partitions)) {
        break;
      }
      Sealer older = new Sealer(key);
      CheckpointFolder.readFile(
          file,
          new CheckpointFolder.Reader() {
            @Override
            public void checkpoint(Checkpoint checkpoint) {
              older.resume(checkpoint);
            }

            @Override
            public void unreadable(String place) throws IOException {
              throw new IOException(
                  "%s is no checkpoint any more; restore it, or begin a new folder and keep this one"
                      .formatted(place));
            }
          });
      sealer.resumeBehind(older);
    }
    return sealer;
  }

  private static void seek(
      KafkaConsumer<byte[], byte[]> consumer, Sealer sealer, List<TopicPartition> partitions) {
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    consumer.assign(partitions);
    for (TopicPartition partition : partitions) {
      long begin = begins.get(partition);
      long next = sealer.next(partition).orElse(begin);
      if (next > ends.get(partition)) {
        throw new IllegalStateException(
            "%s ends at offset %d, but was sealed up to %d: records are gone; run audit verify"
                .formatted(partition, ends.get(partition), next));
      }
      if (next < begin || sealer.next(partition).isEmpty()) {
        if (next < begin) {
          LOG.error(
              "records are gone that were never sealed; topic={} partition={} from={} to={}",
              partition.topic(),
              partition.partition(),
              next,
              begin - 1);
        }
        sealer.skipTo(partition, begin);
        next = begin;
      }
      consumer.seek(partition, next);
    }
  }

  /** Completes at {@link #close}; exceptionally if nothing is sealed any more. */
  public CompletableFuture<Void> stopped() {
    return stopped;
  }

  private void run() {
    try (consumer) {
      Instant next = Instant.now().plus(INTERVAL);
      Instant nextStatus = Instant.now();
      while (!closing) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        for (ConsumerRecord<byte[], byte[]> record : records) {
          sealer.add(record);
        }
        Instant now = Instant.now();
        if (!now.isBefore(next)) {
          seal(now);
          next = now.plus(INTERVAL);
          startToWatch();
        }
        if (!now.isBefore(nextStatus)) {
          say(now);
          nextStatus = now.plus(STATUS_INTERVAL);
        }
      }
      seal(Instant.now());
    } catch (WakeupException e) {
      // Only close wakes it; what was read and is not sealed is read again at the next start.
    } catch (IOException | RuntimeException e) {
      LOG.error("the audit trail is not sealed any more", e);
      stopped.completeExceptionally(e);
    }
  }

  private void seal(Instant now) throws IOException {
    Optional<Checkpoint> made = sealer.seal(now);
    if (made.isEmpty()) {
      return;
    }
    folder.append(made.get());
    long oldest = Long.MAX_VALUE;
    for (Segment segment : made.get().segments()) {
      sealed.increment(segment.records().size());
      records.merge(segment.partition().topic(), (long) segment.records().size(), Long::sum);
      oldest = Math.min(oldest, segment.firstMillis());
    }
    delay.record(Duration.ofMillis(Math.max(0, now.toEpochMilli() - oldest)));
  }

  /**
   * A verification would take what is not sealed yet for what nobody seals: it begins when all that
   * was there at the start is.
   */
  private void startToWatch() {
    if (toCatchUp != null
        && toCatchUp.entrySet().stream()
            .allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
      toCatchUp = null;
      watch.start();
    }
  }

  private void say(Instant now) {
    List<SealedTopic> topics = new ArrayList<>();
    for (String topic : TOPICS) {
      List<TopicPartition> own =
          consumer.assignment().stream().filter(each -> each.topic().equals(topic)).toList();
      long behind = own.stream().mapToLong(each -> consumer.currentLag(each).orElse(0)).sum();
      topics.add(new SealedTopic(topic, own.size(), records.getOrDefault(topic, 0L), behind));
    }
    status.sealing(
        now, new SealingStatus(since, sealer.number(), sealer.lastAt().orElse(null), topics));
  }

  @Override
  public void close() throws IOException {
    watch.close();
    closing = true;
    consumer.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    clientMeters.close();
    status.close();
    folder.close();
    stopped.complete(null);
  }
}
