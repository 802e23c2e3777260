package io.dualtrack.gateway.batches;

import io.dualtrack.files.FileStore;
import io.dualtrack.gateway.KafkaClients;
import io.dualtrack.gateway.bodies.LargeBodies;
import io.dualtrack.gateway.feeder.FairShare;
import io.dualtrack.gateway.output.ReadableResult;
import io.dualtrack.gateway.records.BatchView;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import io.dualtrack.tracing.Traces;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.SpanKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Validates, feeds, collects and finalises the batches of the partitions that this gateway owns.
 * The gateways share the partitions of {@code dualtrack.results} as one consumer group; a batch
 * belongs to whoever has the partition that its results go to. One thread does all of it, so that
 * ownership that is lost in a poll is lost everywhere.
 */
public final class BatchEngine implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(BatchEngine.class);

  public static final String GROUP = "dualtrack-gateway-batches";

  /**
   * Who stops leaves its partitions to others at once; only who is killed may come back to them.
   */
  private static final CloseOptions LEAVE =
      CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP);

  private static final Duration IDLE = Duration.ofMillis(50);
  private static final Duration REGISTRY_PAUSE = Duration.ofSeconds(1);

  /** Lines that are released at once: enough to make a transaction worth its commit. */
  private static final int RELEASE_LINES = 512;

  private final KafkaClients kafka;
  private final SchemaRegistry registry;
  private final BatchSettings settings;
  private final FileStore store;
  private final LargeBodies bodies;
  private final BatchView view;
  private final FairShare shares;
  private final Traces traces;
  private final InstantSource clock;
  private final Consumer<Throwable> onFailure;
  private final AvroSerde<InferenceResult> results;
  private final String name;
  private final Map<Integer, OwnedPartition> owned = new TreeMap<>();
  private final AtomicLong inFlight = new AtomicLong();
  private final Counter released;
  private final Counter collected;
  private final Thread thread;
  private volatile boolean closing;
  private volatile boolean ready;
  private volatile KafkaConsumer<String, byte[]> consumer;

  /**
   * @param name of this gateway among others
   * @param share of a tenant
   * @param onFailure told once if the work cannot go on
   */
  public BatchEngine(
      KafkaClients kafka,
      SchemaRegistry registry,
      String name,
      BatchSettings settings,
      FileStore store,
      LargeBodies bodies,
      BatchView view,
      Function<String, FairShare.Share> share,
      InstantSource clock,
      MeterRegistry meters,
      Traces traces,
      Consumer<Throwable> onFailure) {
    this.kafka = kafka;
    this.registry = registry;
    this.settings = settings;
    this.store = store;
    this.bodies = bodies;
    this.view = view;
    this.shares = new FairShare(share, settings.maxInFlight());
    this.traces = traces;
    this.clock = clock;
    this.onFailure = onFailure;
    this.results = Topics.RESULTS.serde(registry);
    this.name = name;
    this.released = meters.counter("dualtrack.gateway.batch.lines.released");
    this.collected = meters.counter("dualtrack.gateway.batch.lines.collected");
    meters.gauge("dualtrack.gateway.batch.lines.inflight", inFlight);
    this.thread = new Thread(this::run, name);
  }

  public void start() {
    consumer = kafka.grouped(GROUP, name, settings.silence());
    thread.start();
  }

  /** Whether batches are worked on, if any are this gateway's. */
  public boolean isReady() {
    return ready && thread.isAlive();
  }

  private void run() {
    KafkaConsumer<String, byte[]> source = consumer;
    try {
      clearSpool();
      view.complete().get();
      ResultsReader reader = new ResultsReader(source);
      try (Workshop workshop =
          new Workshop(kafka, registry, settings, store, bodies, view, reader, traces, clock)) {
        source.subscribe(List.of(Topics.RESULTS.name()), new Ownership(source, owned, workshop));
        loop(source, workshop);
      } finally {
        owned.values().forEach(OwnedPartition::close);
        owned.clear();
      }
    } catch (WakeupException | CancellationException e) {
      if (!closing) {
        onFailure.accept(e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      onFailure.accept(e);
    } catch (ExecutionException e) {
      onFailure.accept(e.getCause());
    } catch (IOException | RuntimeException e) {
      onFailure.accept(e);
    } finally {
      ready = false;
      source.close(LEAVE);
    }
  }

  /** What a killed process left; results are read again. */
  private void clearSpool() throws IOException {
    if (!Files.exists(settings.spool())) {
      return;
    }
    try (Stream<Path> paths = Files.walk(settings.spool())) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private void loop(KafkaConsumer<String, byte[]> source, Workshop workshop) throws IOException {
    boolean busy = false;
    while (!closing) {
      ConsumerRecords<String, byte[]> records = source.poll(busy ? Duration.ZERO : IDLE);
      ready = true;
      for (ConsumerRecord<String, byte[]> record : records) {
        collect(record);
      }
      busy = workshop.applyOutcomes() | !records.isEmpty();
      Instant now = clock.instant();
      owned.values().forEach(partition -> partition.work(now));
      busy |= feed(now);
    }
  }

  private void collect(ConsumerRecord<String, byte[]> record) throws IOException {
    OwnedPartition partition = owned.get(record.partition());
    if (partition == null || record.key() == null || !partition.wants(record.key())) {
      return;
    }
    InferenceResult result = decode(record);
    if (result != null) {
      partition.take(record.key(), result);
      collected.increment();
      traces
          .follow("collect", SpanKind.CONSUMER, traces.parent(record.headers()))
          .setAttribute(Traces.REQUEST, result.getRequestId())
          .setAttribute(Traces.BATCH, record.key())
          .setAttribute(Traces.OUTCOME, result.getOutcome().name())
          .end();
    }
  }

  /**
   * Null where it cannot be read: the line will end as expired. Waits for a registry that is away.
   */
  private InferenceResult decode(ConsumerRecord<String, byte[]> record) {
    while (!closing) {
      try {
        return ReadableResult.of(results.deserialize(record.topic(), record.value()));
      } catch (SerializationException e) {
        if (!SchemaRegistry.isBehind(e)) {
          LOG.error(
              "unreadable result; batch={} partition={} offset={} cause={}",
              record.key(),
              record.partition(),
              record.offset(),
              e.getMessage());
          return null;
        }
        LOG.warn("waiting for the registry, or for keys; cause={}", e.getMessage());
        pause();
      }
    }
    return null;
  }

  private void pause() {
    try {
      Thread.sleep(REGISTRY_PAUSE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closing = true;
    }
  }

  private boolean feed(Instant now) {
    List<FairShare.Backlog> backlogs = new ArrayList<>();
    owned.values().forEach(partition -> backlogs.addAll(partition.backlogs(now)));
    inFlight.set(backlogs.stream().mapToLong(FairShare.Backlog::inFlight).sum());
    Map<String, Integer> allotted = shares.allot(backlogs, RELEASE_LINES);
    if (allotted.isEmpty()) {
      return false;
    }
    int lines = 0;
    for (OwnedPartition partition : owned.values()) {
      lines += partition.release(allotted, now);
    }
    released.increment(lines);
    return lines > 0;
  }

  @Override
  public void close() {
    closing = true;
    if (consumer == null) {
      return;
    }
    consumer.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
