package io.dualtrack.inference;

import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.inference.batch.BatchProviders;
import io.dualtrack.inference.batch.Deferral;
import io.dualtrack.inference.bodies.BodyReader;
import io.dualtrack.inference.control.ControlView;
import io.dualtrack.inference.flow.CallFlow;
import io.dualtrack.inference.flow.FlowMeters;
import io.dualtrack.inference.flow.ScheduledFlowThread;
import io.dualtrack.inference.intake.IntakeMeters;
import io.dualtrack.inference.intake.OrderIntake;
import io.dualtrack.inference.wire.HttpCaller;
import io.dualtrack.metrics.ProcessMetrics;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ProviderBatch;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import io.dualtrack.tracing.Traces;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls the offerings of one lane: orders in, completions out.
 *
 * <p>Three threads and a small pool: the intake's polls and commits, the flow's holds all queues,
 * the control view's follows the operators, and the pool moves bytes.
 */
public final class DispatcherService implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DispatcherService.class);

  private static final int HTTP_THREADS = 2;

  /** Of a record beside its value: key, headers and the batch around it. */
  private static final int RECORD_OVERHEAD_BYTES = 16 * 1024;

  /** Of a completion beside the answer: its names, and the usage once more. */
  private static final int ENVELOPE_BYTES = 64 * 1024;

  private final DispatcherConfig config;
  private final SchemaRegistry registry;
  private final MeterRegistry meters;
  private final Traces traces;
  private final InstantSource clock = InstantSource.system();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private final AtomicReference<Running> running = new AtomicReference<>();

  private record Running(
      ControlView control,
      ScheduledFlowThread flowThread,
      HttpCaller caller,
      Optional<BodyReader> bodies,
      OrderIntake intake,
      Thread thread,
      Optional<ProviderBatches> batches,
      List<KafkaClientMetrics> clientMeters) {}

  /** One that is not traced. */
  public DispatcherService(DispatcherConfig config, SchemaRegistry registry, MeterRegistry meters) {
    this(config, registry, meters, Traces.off());
  }

  /**
   * @param meters where it counts; not closed
   * @param traces what it tells of each order's way; not closed
   */
  public DispatcherService(
      DispatcherConfig config, SchemaRegistry registry, MeterRegistry meters, Traces traces) {
    this.config = config;
    this.registry =
        registry.tellingUnreadable(ProcessMetrics.unreadableTexts(meters, "dispatcher"));
    this.meters = meters;
    this.traces = traces;
  }

  /**
   * Starts and returns; {@link #ready} tells when orders are taken.
   *
   * @throws org.apache.kafka.common.errors.SerializationException if the registry refuses what this
   *     writes
   */
  public void start() {
    registry.register(Topics.COMPLETIONS.name() + "-value", Completion.getClassSchema());
    registry.register(Topics.ORDERS_API_BATCH.name() + "-value", DispatchOrder.getClassSchema());
    registry.register(Topics.PROVIDER_BATCHES.name() + "-value", ProviderBatch.getClassSchema());
    registry.register(Topics.DEAD_LETTERS.name() + "-value", DeadLetter.getClassSchema());

    String name = config.member();
    KafkaClients kafka = new KafkaClients(config.kafka());
    FlowMeters flowMeters = new FlowMeters(meters, config.lane());
    KafkaConsumer<String, byte[]> orders = kafka.grouped(config.group(), name);
    KafkaConsumer<String, byte[]> commands = kafka.ungrouped(name + "-control");
    List<KafkaClientMetrics> clientMeters =
        List.of(new KafkaClientMetrics(orders), new KafkaClientMetrics(commands));
    clientMeters.forEach(each -> each.bindTo(meters));

    ControlView control = new ControlView(commands, registry, clock, name + "-control", this::fail);
    OrderIntake intake =
        new OrderIntake(
            new OrderIntake.Settings(
                config.lane(), config.maxPending(), config.maxPendingBytes(), config.drain()),
            orders,
            () -> kafka.transactional(name),
            registry,
            defers(control),
            clock,
            new IntakeMeters(meters, config.lane()),
            flowMeters,
            traces);
    ScheduledFlowThread flowThread = new ScheduledFlowThread(name + "-flow", clock, this::fail);
    HttpCaller caller =
        new HttpCaller(
            Topics.MAX_TEXT_RECORD_BYTES - RECORD_OVERHEAD_BYTES - ENVELOPE_BYTES,
            HTTP_THREADS,
            name,
            config.egress());
    Optional<BodyReader> bodies = openBodies(name + "-bodies");
    Access access = new Access(config.credentials(), endpoints(), config.egress().hosts());
    List<Adapter> adapters = Dialects.adapters(access, clock);
    AvroSerde<Completion> completions = Topics.COMPLETIONS.serde(registry);
    CallFlow flow =
        new CallFlow(
            new CallFlow.Settings(
                config.lane(),
                config.maxCalls(),
                Topics.MAX_TEXT_RECORD_BYTES - RECORD_OVERHEAD_BYTES),
            flowThread,
            control::snapshot,
            adapters,
            config.endpoints().keySet(),
            caller,
            order ->
                bodies.map(reader -> reader.whole(order)).orElseGet(DispatcherService::noFiles),
            completion -> completions.serialize(Topics.COMPLETIONS.name(), completion),
            intake::ended,
            flowMeters,
            () -> ThreadLocalRandom.current().nextDouble(),
            traces);

    Thread thread = new Thread(() -> work(control, intake, flow, orders), name + "-intake");
    Optional<ProviderBatches> batches =
        config.lane() == Lane.API
            ? Optional.of(
                new ProviderBatches(
                    config, kafka, registry, access, adapters, control, meters, this::fail))
            : Optional.empty();
    running.set(
        new Running(control, flowThread, caller, bodies, intake, thread, batches, clientMeters));
    control.start(flow::controlChanged);
    flow.start();
    thread.start();
    batches.ifPresent(ProviderBatches::start);
  }

  private Optional<BodyReader> openBodies(String threads) {
    if (config.files().isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new BodyReader(config.files().get().open(), threads));
    } catch (IOException e) {
      throw new UncheckedIOException("the file store cannot be opened", e);
    }
  }

  private static CompletableFuture<DispatchOrder> noFiles() {
    return CompletableFuture.failedFuture(
        new IOException("no file store is configured; set DUALTRACK_FILES"));
  }

  private Predicate<DispatchOrder> defers(ControlView control) {
    return config.lane() == Lane.API
        ? new Deferral(BatchProviders.dialects(), control::snapshot, clock)::defers
        : order -> false;
  }

  private Map<String, String> endpoints() {
    return config.endpoints().entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().toString()));
  }

  private void work(
      ControlView control,
      OrderIntake intake,
      CallFlow flow,
      KafkaConsumer<String, byte[]> orders) {
    try (orders) {
      // Without all suspensions nothing may be called.
      control.complete().get();
      intake.run(flow);
      stopped.complete(null);
    } catch (ExecutionException e) {
      fail(e.getCause());
    } catch (CancellationException e) {
      // Closed before the control records were known.
      stopped.complete(null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      fail(e);
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  private void fail(Throwable cause) {
    if (stopped.completeExceptionally(cause)) {
      LOG.error("the dispatcher stops; lane={}", config.lane(), cause);
      Running parts = running.get();
      if (parts != null) {
        parts.intake().stop();
      }
    }
  }

  /** Completes when the control records are known and this process has its partitions. */
  public CompletableFuture<Void> ready() {
    Running parts = running.get();
    if (parts == null) {
      throw new IllegalStateException("the dispatcher is not started");
    }
    return parts.intake().ready();
  }

  /** Whether orders are taken now. */
  public boolean isReady() {
    Running parts = running.get();
    return parts != null && parts.intake().ready().isDone() && !stopped.isDone();
  }

  /** Completes at {@link #close}, and exceptionally if this process cannot go on. */
  public CompletableFuture<Void> stopped() {
    return stopped;
  }

  /**
   * Takes nothing any more, waits for the calls that are out as long as the configured drain,
   * writes what came of them, and tells the next owner which were not finished. The partitions stay
   * this instance's for the session timeout, so that a restart finds them where they were.
   */
  @Override
  public void close() {
    Running parts = running.getAndSet(null);
    if (parts == null) {
      stopped.complete(null);
      return;
    }
    parts.intake().stop();
    parts.control().close();
    parts.batches().ifPresent(ProviderBatches::close);
    try {
      parts.thread().join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    parts.caller().close();
    parts.bodies().ifPresent(BodyReader::close);
    parts.flowThread().close();
    parts.clientMeters().forEach(KafkaClientMetrics::close);
    stopped.complete(null);
  }
}
