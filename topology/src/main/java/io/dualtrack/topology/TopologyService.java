package io.dualtrack.topology;

import io.dualtrack.bodies.FeatureExtractor;
import io.dualtrack.bodies.FeatureKeyring;
import io.dualtrack.metrics.ProcessMetrics;
import io.dualtrack.policy.control.PolicyTrust;
import io.dualtrack.policy.control.PublicationMark;
import io.dualtrack.schemas.Replication;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.TopicProvisioner;
import io.dualtrack.schemas.TrustedKeys;
import io.dualtrack.topology.admission.DeadLetters;
import io.dualtrack.topology.audit.SubjectKeys;
import io.dualtrack.tracing.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One instance of the application: start, wait, learn what failed, close. */
public final class TopologyService implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TopologyService.class);
  private static final int MOST_FAILURES = 10;
  private static final Duration FAILURE_WINDOW = Duration.ofMinutes(2);
  private static final String PUBLICATION_MARK = "last-policy-";
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(20);

  private final TopologyConfig config;
  private final MeterRegistry meters;
  private final StoreMemory memory;
  private final KafkaStreams streams;
  private final KafkaStreamsMetrics streamsMetrics;
  private final CompletableFuture<Void> running = new CompletableFuture<>();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private final Deque<Instant> failures = new ArrayDeque<>();
  private volatile Throwable lastFailure;

  /** An instance that is not traced. */
  public TopologyService(TopologyConfig config, SchemaRegistry registry, MeterRegistry meters)
      throws InterruptedException {
    this(config, registry, meters, Traces.off());
  }

  /**
   * Prepares an instance; {@link #start()} starts it.
   *
   * @param meters where the instance counts; not closed
   * @param traces what it tells of each request's way; not closed
   * @throws IllegalStateException if Kafka does not answer
   */
  public TopologyService(
      TopologyConfig config, SchemaRegistry registry, MeterRegistry meters, Traces traces)
      throws InterruptedException {
    Replication replication = replication(config);
    this.config = config;
    this.meters = meters;
    TopologyMeters counted = new TopologyMeters(meters);
    this.memory = new StoreMemory(config.storeMemoryBytes());
    Properties properties = StreamsSettings.of(config, new DeadLetters(registry, counted), memory);
    StreamsSettings.replicate(properties, replication);
    PromptCommits commits = new PromptCommits(config.commitInterval());
    Topology topology =
        TopologyBuilder.build(
            config,
            registry.tellingUnreadable(ProcessMetrics.unreadableTexts(meters, "topology")),
            features(config),
            PolicyTrust.of(
                policyKeys(config.policyKeys()),
                config.policyMaxAge(),
                PublicationMark.inFile(
                    config.data().resolve(PUBLICATION_MARK + config.instance()))),
            new SubjectKeys(config.subjectKeys(), InstantSource.system()),
            counted,
            traces,
            commits,
            properties);
    this.streams = new KafkaStreams(topology, properties, new TimedClients(commits));
    this.streamsMetrics = new KafkaStreamsMetrics(streams);
    streams.setUncaughtExceptionHandler(this::onFailure);
    streams.setStateListener((now, before) -> onState(now));
  }

  private static Replication replication(TopologyConfig config) throws InterruptedException {
    try (Admin admin = Admin.create(config.kafka().settings())) {
      return Replication.of(admin);
    }
  }

  private static FeatureExtractor features(TopologyConfig config) {
    return config
        .featureSecret()
        .map(
            secret ->
                new FeatureExtractor(
                    secret.getBytes(StandardCharsets.UTF_8), config.featureKeyEpoch()))
        .orElseGet(
            () ->
                new FeatureExtractor(
                    FeatureKeyring.ofFolder(
                        config.data(), config.featureRotation(), InstantSource.system())));
  }

  private static TrustedKeys policyKeys(Path file) {
    if (!Files.exists(file)) {
      LOG.error("no policy is trusted and no closed API is used: there is no key; file={}", file);
      return TrustedKeys.none();
    }
    try {
      return TrustedKeys.read(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the keys of policies", e);
    }
  }

  /**
   * Creates the topics that are missing and starts.
   *
   * @throws IllegalStateException if the topics cannot be made as configured
   */
  public void start() throws InterruptedException {
    try (Admin admin = Admin.create(config.kafka().settings())) {
      new TopicProvisioner(admin, config.partitions()).provision();
    }
    streamsMetrics.bindTo(meters);
    streams.start();
  }

  /** Whether every partition of this instance is being processed. */
  public boolean isReady() {
    return streams.state() == State.RUNNING;
  }

  /** Completes when the instance is ready for the first time; exceptionally if it fails before. */
  public CompletableFuture<Void> ready() {
    return running.copy();
  }

  /** Completes when the instance is closed; exceptionally when it failed and cannot go on. */
  public CompletableFuture<Void> stopped() {
    return stopped.copy();
  }

  @Override
  public void close() {
    boolean clean = streams.close(CLOSE_PATIENCE);
    streamsMetrics.close();
    if (clean) {
      memory.close();
    } else {
      LOG.warn("stores are still open after {}; their memory stays taken", CLOSE_PATIENCE);
    }
    running.cancel(false);
    stopped.complete(null);
  }

  /**
   * A failure that passes, such as a broker that moved, takes a thread; many in a row do not pass.
   */
  private synchronized StreamThreadExceptionResponse onFailure(Throwable failure) {
    lastFailure = failure;
    Instant now = Instant.now();
    failures.addLast(now);
    while (failures.getFirst().isBefore(now.minus(FAILURE_WINDOW))) {
      failures.removeFirst();
    }
    if (failures.size() > MOST_FAILURES || failure instanceof Error) {
      LOG.error("the topology gives up after {} failures", failures.size(), failure);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    LOG.warn("a stream thread failed and is replaced", failure);
    return StreamThreadExceptionResponse.REPLACE_THREAD;
  }

  private void onState(State state) {
    LOG.info("the topology is {}", state);
    if (state == State.RUNNING) {
      running.complete(null);
    } else if (state == State.ERROR) {
      Throwable cause =
          lastFailure == null ? new IllegalStateException("Kafka Streams failed") : lastFailure;
      running.completeExceptionally(cause);
      stopped.completeExceptionally(cause);
    }
  }
}
