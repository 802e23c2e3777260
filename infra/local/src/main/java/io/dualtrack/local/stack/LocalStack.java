package io.dualtrack.local.stack;

import io.dualtrack.audit.SealingService;
import io.dualtrack.gateway.GatewayService;
import io.dualtrack.inference.DispatcherService;
import io.dualtrack.jobs.abuse.AbuseJob;
import io.dualtrack.jobs.cost.CostJob;
import io.dualtrack.jobs.runtime.JobConfig;
import io.dualtrack.jobs.runtime.RegistryLocation;
import io.dualtrack.sandbox.Behaviour;
import io.dualtrack.sandbox.Sandbox;
import io.dualtrack.sandbox.SandboxOptions;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.TopicProvisioner;
import io.dualtrack.schemas.Topics;
import io.dualtrack.topology.TopologyService;
import io.dualtrack.warehouse.WarehouseService;
import io.javalin.util.JavalinBindException;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole pipeline on this machine. Everything but the schema registry is in this JVM. Parts that
 * do not need each other start at the same time.
 */
public final class LocalStack implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LocalStack.class);
  private static final String LOG_FILE = "stack.log";
  private static final String SEALER = "audit sealer";
  private static final int JOB_PARALLELISM = 1;

  /** Where a data folder has the key that signs policies; its public half is beside it. */
  public static final String POLICY_KEY = "keys/policy";

  /** Where a data folder has the key that signs checkpoints; its public half is beside it. */
  public static final String AUDIT_KEY = "keys/audit";

  /** Where a data folder has the checkpoints of the audit trail. */
  public static final String CHECKPOINTS = "checkpoints";

  private final StackOptions options;
  private final StackProgress progress;
  private final DataFolder data;
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Shutdown shutdown = new Shutdown();
  private final Map<String, BooleanSupplier> readiness = new LinkedHashMap<>();
  private final Map<String, ServiceProcess> processes = new HashMap<>();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private volatile Optional<StackAddress> address = Optional.empty();

  private LocalStack(StackOptions options, StackProgress progress, DataFolder data) {
    this.options = options;
    this.progress = progress;
    this.data = data;
  }

  /**
   * Returns once every part is ready: broker, registry, topology, dispatchers and jobs.
   *
   * @param defaults called where the control topics have never held a record
   * @throws StackFailure if a part cannot start; what had started is stopped again
   */
  public static LocalStack start(
      StackOptions options, ControlDefaults defaults, StackProgress progress) {
    Path registryProgram = RegistryServer.program();
    LocalStack stack = new LocalStack(options, progress, DataFolder.open(options.data()));
    try {
      stack.boot(registryProgram, defaults);
      return stack;
    } catch (InterruptedException e) {
      stack.close();
      Thread.currentThread().interrupt();
      throw new StackFailure("interrupted while starting", e);
    } catch (Exception e) {
      StackFailure failure = stack.failure("the stack cannot start", e);
      LOG.error("the stack cannot start", e);
      stack.close();
      throw failure;
    }
  }

  public StackAddress address() {
    return address.orElseThrow();
  }

  /** Whether every part is ready now. */
  public boolean isReady() {
    Map<String, Boolean> parts = parts();
    return !parts.isEmpty() && !parts.containsValue(false);
  }

  /**
   * The services by name, where they run in processes of their own; else none. One that ends is not
   * taken for a dead part of the stack.
   */
  public Map<String, ServiceProcess> processes() {
    synchronized (processes) {
      return Map.copyOf(processes);
    }
  }

  /** Completes at {@link #close}; exceptionally, with a {@link StackFailure}, where a part dies. */
  public CompletableFuture<Void> stopped() {
    return stopped;
  }

  /** Stops every part, the ones first that use others. Takes a minute at most. */
  @Override
  public void close() {
    shutdown.run();
    try {
      data.close();
    } catch (IOException e) {
      LOG.warn("the data folder's lock was not released; cause={}", e.toString());
    }
    meters.close();
    stopped.complete(null);
  }

  private void boot(Path registryProgram, ControlDefaults defaults) throws Exception {
    bindJvmMeters();
    int kafkaPort = Ports.claim("broker", "--kafka-port", options.kafkaPort());
    int registryPort = Ports.claim("schema registry", "--registry-port", options.registryPort());
    int sandboxPort = Ports.claim("sandbox", "--sandbox-port", options.sandboxPort());
    int controllerPort = Ports.claim("broker's controller", "--kafka-port", 0);
    Optional<GatewayService> gateway =
        options.services() == StackOptions.Services.GATEWAY_APART
            ? Optional.empty()
            : Optional.of(listen(kafkaPort, registryPort));
    URI http = gateway.map(GatewayService::uri).orElseGet(this::claimHttp);
    data.announce(http);

    ExecutorService starters = Executors.newFixedThreadPool(4);
    try {
      var sandbox =
          start(
              starters,
              "sandbox",
              Shutdown.Stage.SANDBOX,
              () ->
                  Sandbox.start(
                      SandboxOptions.localCatalogue(
                          sandboxPort, Behaviour.withLatency(options.sandboxLatency()))));
      var registry =
          start(
              starters,
              "schema registry",
              Shutdown.Stage.REGISTRY,
              () ->
                  RegistryServer.start(
                      registryProgram,
                      data.of("registry"),
                      data.logs().resolve("registry.log"),
                      registryPort));
      var broker =
          start(
              starters,
              "broker",
              Shutdown.Stage.BROKER,
              () -> Broker.start(data.of("kafka"), kafkaPort, controllerPort));
      List<JobCluster.Job> jobs = jobs();
      var cluster =
          start(
              starters,
              "job cluster",
              Shutdown.Stage.JOBS,
              () -> JobCluster.start(data.of("flink"), jobs.size() * JOB_PARALLELISM, meters));
      // Not join: a Ctrl-C interrupts it.
      CompletableFuture.allOf(sandbox, registry, broker, cluster).get();

      StackAddress found =
          new StackAddress(
              broker.join().bootstrap(),
              registry.join().url(),
              http,
              sandbox.join().uri(),
              options.data());
      watch("broker", broker.join().stopped());
      watch(
          "schema registry",
          registry
              .join()
              .exit()
              .thenAccept(
                  code -> {
                    throw new IllegalStateException("it ended with exit code " + code);
                  }));
      provision(found, defaults, SigningKey.openOrCreate(data.of(POLICY_KEY)));

      SchemaRegistry schemas = SchemaRegistry.connect(found.registry(), registryCache());
      Services services = new Services(found, options.partitions());
      List<CompletableFuture<?>> working = new ArrayList<>();
      working.add(
          start(
              starters,
              "jobs",
              Shutdown.Stage.JOBS,
              () -> {
                runJobs(cluster.join(), jobs, found);
                return () -> {};
              }));
      working.add(startSealer(starters, found));
      working.add(
          gateway.isPresent()
              ? startGateway(starters, gateway.get())
              : startProcess(
                  starters, Shutdown.Stage.GATEWAY, services, services.gatewayProcess()));
      services
          .warehouse(schemas, meters)
          .ifPresent(warehouse -> working.add(startWarehouse(starters, warehouse)));
      switch (options.services()) {
        case EMBEDDED, GATEWAY_APART -> {
          working.add(startTopology(starters, services, schemas));
          for (Lane lane : Lane.values()) {
            working.add(startDispatcher(starters, services, lane, schemas));
          }
        }
        case PROCESSES -> {
          Shutdown.Stage stage = Shutdown.Stage.SERVICES;
          working.add(startProcess(starters, stage, services, services.topologyProcess()));
          for (Lane lane : Lane.values()) {
            working.add(startProcess(starters, stage, services, services.dispatcherProcess(lane)));
          }
        }
      }
      CompletableFuture.allOf(working.toArray(CompletableFuture[]::new)).get();
      address = Optional.of(found);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      starters.shutdownNow();
    }
  }

  private <T extends AutoCloseable> CompletableFuture<T> start(
      ExecutorService starters, String part, Shutdown.Stage stage, Callable<T> starting) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            long begin = System.nanoTime();
            T started = starting.call();
            shutdown.add(stage, part, started);
            ready(part, () -> true);
            progress.step("%s started (%.1f s)".formatted(part, (System.nanoTime() - begin) / 1e9));
            return started;
          } catch (Exception e) {
            throw new CompletionException(failure("the %s cannot start".formatted(part), e));
          }
        },
        starters);
  }

  private void runJobs(JobCluster cluster, List<JobCluster.Job> jobs, StackAddress found)
      throws Exception {
    for (JobCluster.Job job : jobs) {
      cluster.submit(job, jobConfig(found));
    }
    watch("jobs", cluster.stopped());
    cluster.awaitRunning();
    ready("job cluster", cluster::allRunning);
  }

  private CompletableFuture<TopologyService> startTopology(
      ExecutorService starters, Services services, SchemaRegistry schemas) {
    return start(
        starters,
        Services.TOPOLOGY,
        Shutdown.Stage.SERVICES,
        () -> {
          TopologyService topology = services.topology(schemas, meters);
          try {
            topology.start();
            Services.await(Services.TOPOLOGY, topology.ready());
          } catch (Exception e) {
            topology.close();
            throw e;
          }
          watch(Services.TOPOLOGY, topology.stopped());
          return topology;
        });
  }

  private CompletableFuture<DispatcherService> startDispatcher(
      ExecutorService starters, Services services, Lane lane, SchemaRegistry schemas) {
    String name = Services.dispatcher(lane);
    return start(
        starters,
        name,
        Shutdown.Stage.SERVICES,
        () -> {
          DispatcherService dispatcher = services.dispatcher(lane, schemas, meters);
          try {
            dispatcher.start();
            Services.await(name, dispatcher.ready());
          } catch (Exception e) {
            dispatcher.close();
            throw e;
          }
          watch(name, dispatcher.stopped());
          return dispatcher;
        });
  }

  private GatewayService listen(int kafkaPort, int registryPort) {
    GatewayService gateway =
        Services.gateway(
            KafkaAccess.of("127.0.0.1:" + kafkaPort, System.getenv()),
            options.httpPort(),
            options.data(),
            SchemaRegistry.connect(RegistryServer.url(registryPort), registryCache()),
            meters);
    shutdown.add(Shutdown.Stage.GATEWAY, Services.GATEWAY, gateway);
    try {
      gateway.listen(StackHttp.routes(meters, this::parts, () -> address));
    } catch (JavalinBindException e) {
      throw Ports.inUse("stack's HTTP", "--port", options.httpPort(), e);
    }
    return gateway;
  }

  private URI claimHttp() {
    return URI.create(
        "http://127.0.0.1:" + Ports.claim(Services.GATEWAY, "--port", options.httpPort()));
  }

  private CompletableFuture<AutoCloseable> startGateway(
      ExecutorService starters, GatewayService gateway) {
    return start(
        starters,
        Services.GATEWAY,
        Shutdown.Stage.SERVICES,
        () -> {
          gateway.start();
          Services.await(Services.GATEWAY, gateway.ready());
          watch(Services.GATEWAY, gateway.stopped());
          // It is stopped first of all, and before this.
          return () -> {};
        });
  }

  private CompletableFuture<WarehouseService> startWarehouse(
      ExecutorService starters, WarehouseService warehouse) {
    return start(
        starters,
        Services.WAREHOUSE,
        Shutdown.Stage.SERVICES,
        () -> {
          warehouse.start();
          watch(Services.WAREHOUSE, warehouse.stopped());
          return warehouse;
        });
  }

  private CompletableFuture<SealingService> startSealer(
      ExecutorService starters, StackAddress found) {
    return start(
        starters,
        SEALER,
        Shutdown.Stage.SERVICES,
        () -> {
          SealingService sealer =
              SealingService.start(found.kafka(), data.of(CHECKPOINTS), data.of(AUDIT_KEY), meters);
          watch(SEALER, sealer.stopped());
          return sealer;
        });
  }

  private CompletableFuture<ServiceProcess> startProcess(
      ExecutorService starters, Shutdown.Stage stage, Services services, ServiceProcess process) {
    return start(
        starters,
        process.name(),
        stage,
        () -> {
          try {
            process.start();
            services.await(process);
          } catch (Exception e) {
            process.close();
            throw e;
          }
          synchronized (processes) {
            processes.put(process.name(), process);
          }
          return process;
        });
  }

  private void provision(StackAddress found, ControlDefaults defaults, SigningKey policyKey)
      throws Exception {
    try (Admin admin = Admin.create(found.kafka().settings())) {
      int created = new TopicProvisioner(admin, options.partitions()).provision();
      progress.step(created > 0 ? "%d topics made".formatted(created) : "topics found");
      if (neverControlled(admin)) {
        defaults.publish(
            found.kafka(), SchemaRegistry.connect(found.registry(), registryCache()), policyKey);
        progress.step("default tenants, offerings, policies and prices published");
      }
    }
  }

  private static boolean neverControlled(Admin admin) throws Exception {
    Map<TopicPartition, OffsetSpec> ends =
        Stream.of(Topics.TENANTS, Topics.OFFERINGS, Topics.POLICIES, Topics.PRICES)
            .map(Topic::name)
            .collect(
                Collectors.toMap(name -> new TopicPartition(name, 0), name -> OffsetSpec.latest()));
    return admin.listOffsets(ends).all().get().values().stream().allMatch(end -> end.offset() == 0);
  }

  private static List<JobCluster.Job> jobs() {
    return List.of(
        new JobCluster.Job(CostJob.NAME, CostJob::define),
        new JobCluster.Job(AbuseJob.NAME, AbuseJob::define));
  }

  private JobConfig jobConfig(StackAddress found) {
    return JobConfig.of(
            found.kafka(), new RegistryLocation(found.registry(), registryCache().toString()))
        .withParallelism(JOB_PARALLELISM);
  }

  private Path registryCache() {
    return data.of("registry-cache.jsonl");
  }

  private void bindJvmMeters() {
    new ClassLoaderMetrics().bindTo(meters);
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    JvmGcMetrics collector = new JvmGcMetrics();
    collector.bindTo(meters);
    shutdown.add(Shutdown.Stage.HTTP, "collector metrics", collector);
  }

  private void ready(String part, BooleanSupplier question) {
    synchronized (readiness) {
      readiness.put(part, question);
    }
  }

  /** Each part and whether it is ready; no part before all have been started. */
  private Map<String, Boolean> parts() {
    Map<String, Boolean> parts = new LinkedHashMap<>();
    synchronized (readiness) {
      parts.put("stack", address.isPresent());
      readiness.forEach((part, question) -> parts.put(part, question.getAsBoolean()));
    }
    return parts;
  }

  private void watch(String part, CompletableFuture<Void> end) {
    end.whenComplete(
        (done, failure) -> {
          if (failure != null && !shutdown.isRunning()) {
            LOG.error("a part died; part={}", part, failure);
            ready(part, () -> false);
            stopped.completeExceptionally(failure("the %s died".formatted(part), failure));
          }
        });
  }

  private StackFailure failure(String what, Throwable thrown) {
    Throwable cause = thrown;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof StackFailure said) {
      return said;
    }
    String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return new StackFailure(
        "%s: %s; see %s"
            .formatted(what, why.lines().findFirst().orElse(""), data.logs().resolve(LOG_FILE)),
        cause);
  }
}
