package io.dualtrack.inference;

import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.inference.adapter.openai.OpenAiAdapter;
import io.dualtrack.inference.control.ControlView;
import io.dualtrack.inference.flow.CallFlow;
import io.dualtrack.inference.flow.FlowMeters;
import io.dualtrack.inference.flow.ScheduledFlowThread;
import io.dualtrack.inference.intake.IntakeMeters;
import io.dualtrack.inference.intake.OrderIntake;
import io.dualtrack.inference.wire.HttpCaller;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
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

  private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
  private static final int FETCH_BYTES = 16 * 1024 * 1024;
  private static final int HTTP_THREADS = 2;

  /** Of a record beside its value: key, headers and the batch around it. */
  private static final int RECORD_OVERHEAD_BYTES = 16 * 1024;

  /** Of a completion beside the answer: its names, and the usage once more. */
  private static final int ENVELOPE_BYTES = 64 * 1024;

  private final DispatcherConfig config;
  private final SchemaRegistry registry;
  private final MeterRegistry meters;
  private final InstantSource clock = InstantSource.system();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private final AtomicReference<Running> running = new AtomicReference<>();

  private record Running(
      ControlView control,
      ScheduledFlowThread flowThread,
      HttpCaller caller,
      OrderIntake intake,
      Thread thread,
      List<KafkaClientMetrics> clientMeters) {}

  public DispatcherService(DispatcherConfig config, SchemaRegistry registry, MeterRegistry meters) {
    this.config = config;
    this.registry = registry;
    this.meters = meters;
  }

  /**
   * Starts and returns; {@link #ready} tells when orders are taken.
   *
   * @throws org.apache.kafka.common.errors.SerializationException if the registry refuses what this
   *     writes
   */
  public void start() {
    registry.register(Topics.COMPLETIONS.name() + "-value", Completion.getClassSchema());
    registry.register(Topics.DEAD_LETTERS.name() + "-value", DeadLetter.getClassSchema());

    String name = config.member();
    FlowMeters flowMeters = new FlowMeters(meters, config.lane());
    KafkaConsumer<String, byte[]> orders = consumer(orderSettings());
    KafkaConsumer<String, byte[]> commands = consumer(controlSettings());
    List<KafkaClientMetrics> clientMeters =
        List.of(
            new KafkaClientMetrics(orders, List.of(Tag.of("lane", config.lane().name()))),
            new KafkaClientMetrics(commands, List.of(Tag.of("lane", config.lane().name()))));
    clientMeters.forEach(each -> each.bindTo(meters));

    ControlView control = new ControlView(commands, registry, clock, name + "-control", this::fail);
    OrderIntake intake =
        new OrderIntake(
            new OrderIntake.Settings(
                config.lane(), config.maxPending(), config.maxPendingBytes(), config.drain()),
            orders,
            this::producer,
            registry,
            clock,
            new IntakeMeters(meters, config.lane()),
            flowMeters);
    ScheduledFlowThread flowThread = new ScheduledFlowThread(name + "-flow", clock, this::fail);
    HttpCaller caller =
        new HttpCaller(
            Topics.MAX_TEXT_RECORD_BYTES - RECORD_OVERHEAD_BYTES - ENVELOPE_BYTES,
            HTTP_THREADS,
            name,
            config.egress());
    AvroSerde<Completion> completions = Topics.COMPLETIONS.serde(registry);
    CallFlow flow =
        new CallFlow(
            new CallFlow.Settings(
                config.lane(),
                config.maxCalls(),
                Topics.MAX_TEXT_RECORD_BYTES - RECORD_OVERHEAD_BYTES),
            flowThread,
            control::snapshot,
            adapters(),
            config.endpoints().keySet(),
            caller,
            completion -> completions.serialize(Topics.COMPLETIONS.name(), completion),
            intake::ended,
            flowMeters,
            () -> ThreadLocalRandom.current().nextDouble());

    Thread thread = new Thread(() -> work(control, intake, flow, orders), name + "-intake");
    running.set(new Running(control, flowThread, caller, intake, thread, clientMeters));
    control.start(flow::controlChanged);
    flow.start();
    thread.start();
  }

  private List<Adapter> adapters() {
    Access access = new Access(config.credentials(), endpoints(), config.egress().hosts());
    return List.copyOf(OpenAiAdapter.family(access, clock));
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
    try {
      parts.thread().join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    parts.caller().close();
    parts.flowThread().close();
    parts.clientMeters().forEach(KafkaClientMetrics::close);
    stopped.complete(null);
  }

  private static KafkaConsumer<String, byte[]> consumer(Map<String, Object> settings) {
    return new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
  }

  private Map<String, Object> orderSettings() {
    Map<String, Object> settings = readSettings(config.member());
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, config.group());
    settings.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, config.member());
    settings.put(
        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, Math.toIntExact(SESSION_TIMEOUT.toMillis()));
    settings.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    return settings;
  }

  private Map<String, Object> controlSettings() {
    return readSettings(config.member() + "-control");
  }

  private Map<String, Object> readSettings(String client) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, config.bootstrap());
    settings.put(CommonClientConfigs.CLIENT_ID_CONFIG, client);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, FETCH_BYTES);
    return settings;
  }

  private Producer<String, byte[]> producer() {
    Map<String, Object> settings = new HashMap<>();
    settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, config.bootstrap());
    settings.put(CommonClientConfigs.CLIENT_ID_CONFIG, config.member());
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, config.member());
    settings.put(
        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Math.toIntExact(TRANSACTION_TIMEOUT.toMillis()));
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, TRANSACTION_TIMEOUT.toMillis());
    settings.put(
        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(REQUEST_TIMEOUT.toMillis()));
    settings.put(
        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Math.toIntExact(TRANSACTION_TIMEOUT.toMillis()));
    settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.MAX_TEXT_RECORD_BYTES);
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
  }
}
