package io.dualtrack.local.stack;

import io.dualtrack.gateway.GatewayService;
import io.dualtrack.jobs.abuse.AbuseJob;
import io.dualtrack.jobs.comparison.ComparisonJob;
import io.dualtrack.jobs.cost.CostJob;
import io.dualtrack.jobs.runtime.JobConfig;
import io.dualtrack.jobs.runtime.RegistryLocation;
import io.dualtrack.sandbox.Behaviour;
import io.dualtrack.sandbox.Sandbox;
import io.dualtrack.sandbox.SandboxOptions;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.TextSeal;
import io.javalin.util.JavalinBindException;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole pipeline on this machine. Everything but the schema registry is in this JVM, and Kafka
 * and registry where they exist already. Parts that do not need each other start at the same time.
 */
public final class LocalStack implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LocalStack.class);
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
  private final Parts parts;
  private final TextSeal texts;
  private final StackTraces traces;
  private volatile Map<String, ServiceProcess> processes = Map.of();
  private volatile Optional<RegistryServer> registryServer = Optional.empty();
  private volatile Optional<StackAddress> address = Optional.empty();

  private LocalStack(StackOptions options, StackProgress progress, DataFolder data) {
    this.options = options;
    this.progress = progress;
    this.data = data;
    this.parts = new Parts(data.logs(), shutdown);
    this.texts = StackTexts.seal(options.data());
    this.traces = StackTraces.of(System.getenv());
    shutdown.add(Shutdown.Stage.HTTP, "traces", traces);
  }

  /**
   * Returns once every part is ready: broker, registry, topology, dispatchers and jobs.
   *
   * @param defaults called where the control topics have never held a record
   * @throws StackFailure if a part cannot start; what had started is stopped again
   */
  public static LocalStack start(
      StackOptions options, ControlDefaults defaults, StackProgress progress) {
    LocalStack stack = new LocalStack(options, progress, DataFolder.open(options.data()));
    try {
      stack.boot(defaults);
      return stack;
    } catch (InterruptedException e) {
      stack.close();
      Thread.currentThread().interrupt();
      throw new StackFailure("interrupted while starting", e);
    } catch (Exception e) {
      StackFailure failure = stack.parts.failure("the stack cannot start", e);
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
    return !readiness().containsValue(false);
  }

  /**
   * The services by name, where they run in processes of their own; else none. One that ends is not
   * taken for a dead part of the stack.
   */
  public Map<String, ServiceProcess> processes() {
    return processes;
  }

  /**
   * Waits until a service that was started again works.
   *
   * @throws StackFailure if it ends first, or takes too long
   */
  public void await(ServiceProcess process) throws InterruptedException {
    new Services(address(), options.partitions(), options.commitInterval(), traces).await(process);
  }

  /** The stack's own schema registry, to be frozen by a test of faults. */
  public RegistryServer registry() {
    return registryServer.orElseThrow();
  }

  /** Completes at {@link #close}; exceptionally, with a {@link StackFailure}, where a part dies. */
  public CompletableFuture<Void> stopped() {
    return parts.stopped();
  }

  /** Has other zones asked to stop before any part of this one, and waited for at the end. */
  void stopWith(Zones zones) {
    shutdown.add(Shutdown.Stage.ZONES_ASKED, "other zones", zones::askToStop);
    shutdown.add(Shutdown.Stage.ZONES_GONE, "other zones", zones);
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
    parts.stopped().complete(null);
  }

  private void boot(ControlDefaults defaults) throws Exception {
    JvmMeters.bind(meters, shutdown);
    Backbone backbone = backbone();
    int sandboxPort = Ports.claim("sandbox", "--sandbox-port", options.sandboxPort());
    Optional<GatewayService> gateway =
        options.services().gatewayApart() ? Optional.empty() : Optional.of(listen(backbone));
    URI http = gateway.map(GatewayService::uri).orElseGet(this::claimHttp);
    data.announce(http);

    try (Starter starter = new Starter(parts, shutdown, progress)) {
      var sandbox = starter.start("sandbox", Shutdown.Stage.SANDBOX, () -> sandbox(sandboxPort));
      CompletableFuture<?>[] ours =
          backbone.start(starter, parts).toArray(CompletableFuture[]::new);
      List<JobCluster.Job> jobs = jobs();
      var cluster =
          starter.start(
              "job cluster",
              Shutdown.Stage.JOBS,
              () -> JobCluster.start(data.of("flink"), jobs.size() * JOB_PARALLELISM, meters));
      // Not join: a Ctrl-C interrupts it.
      CompletableFuture.allOf(sandbox, CompletableFuture.allOf(ours), cluster).get();

      registryServer = backbone.ownRegistry();
      StackAddress found =
          new StackAddress(
              backbone.bootstrap(),
              backbone.registry(),
              http,
              sandbox.join().uri(),
              options.data());
      Provisioning.topics(found.kafka(), options.partitions(), progress);
      control(found, defaults);
      int keys =
          StackTexts.createMissing(
              options.data(),
              found.kafka(),
              SchemaRegistry.connect(found.registry(), registryCache()));
      if (keys > 0) {
        progress.step("text keys of %d tenants made".formatted(keys));
      }
      backbone.provisioned();
      work(starter, found, gateway, cluster.join(), jobs);
      address = Optional.of(found);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** Has the first control records there before anything works with them. */
  private void control(StackAddress found, ControlDefaults defaults) throws Exception {
    if (options.kafka() instanceof KafkaChoice.Zone zone) {
      ControlZone control = new ControlZone(zone.control());
      control.trustIn(data);
      control.awaitRecords(found.kafka());
      progress.step("control records arrived from " + zone.control().http());
      return;
    }
    Provisioning.control(
        found.kafka(),
        SchemaRegistry.connect(found.registry(), registryCache()),
        defaults,
        SigningKey.openOrCreate(data.of(POLICY_KEY)),
        progress);
  }

  /** Starts what works on the topics. */
  private void work(
      Starter starter,
      StackAddress found,
      Optional<GatewayService> gateway,
      JobCluster cluster,
      List<JobCluster.Job> jobs)
      throws ExecutionException, InterruptedException {
    ServiceStarts services =
        new ServiceStarts(
            starter,
            parts,
            new Services(found, options.partitions(), options.commitInterval(), traces),
            SchemaRegistry.connect(found.registry(), registryCache()).withTexts(texts),
            meters);
    List<CompletableFuture<?>> working = new ArrayList<>();
    working.add(
        starter.start(
            "jobs",
            Shutdown.Stage.JOBS,
            () -> {
              runJobs(cluster, jobs, found);
              return () -> {};
            }));
    working.addAll(services.start(options.services(), gateway, found.kafka(), data));
    CompletableFuture.allOf(working.toArray(CompletableFuture[]::new)).get();
    processes = services.processes();
  }

  private Sandbox sandbox(int port) throws IOException {
    return Sandbox.start(
        SandboxOptions.localCatalogue(port, Behaviour.withLatency(options.sandboxLatency())));
  }

  private Backbone backbone() throws InterruptedException {
    if (options.kafka() instanceof KafkaChoice.Outside outside) {
      return OutsideBackbone.reach(outside, data, System.getenv(), progress);
    }
    if (options.kafka() instanceof KafkaChoice.Zone zone) {
      return OwnBackbone.claim(zone, data, System.getenv());
    }
    return OwnBackbone.claim((KafkaChoice.Own) options.kafka(), data, System.getenv());
  }

  private void runJobs(JobCluster cluster, List<JobCluster.Job> jobs, StackAddress found)
      throws Exception {
    for (JobCluster.Job job : jobs) {
      cluster.submit(job, jobConfig(found));
    }
    parts.watch("jobs", cluster.stopped());
    cluster.awaitRunning();
    parts.ready("job cluster", cluster::allRunning);
  }

  private GatewayService listen(Backbone backbone) {
    GatewayService gateway =
        Services.gateway(
            KafkaAccess.of(backbone.bootstrap(), System.getenv()),
            options.httpPort(),
            options.data(),
            SchemaRegistry.connect(backbone.registry(), registryCache()).withTexts(texts),
            meters,
            traces);
    shutdown.add(Shutdown.Stage.GATEWAY, Services.GATEWAY, gateway);
    try {
      gateway.listen(StackHttp.routes(meters, this::readiness, () -> address));
    } catch (JavalinBindException e) {
      throw Ports.inUse("stack's HTTP", "--port", options.httpPort(), e);
    }
    return gateway;
  }

  private URI claimHttp() {
    return URI.create(
        "http://127.0.0.1:" + Ports.claim(Services.GATEWAY, "--port", options.httpPort()));
  }

  /** The stack, which is ready when all has been started, and each part that has been. */
  private Map<String, Boolean> readiness() {
    Map<String, Boolean> ready = new LinkedHashMap<>();
    ready.put("stack", address.isPresent());
    ready.putAll(parts.ready());
    return ready;
  }

  private List<JobCluster.Job> jobs() {
    return List.of(
        new JobCluster.Job(CostJob.NAME, CostJob::define),
        new JobCluster.Job(AbuseJob.NAME, AbuseJob::define),
        new JobCluster.Job(
            ComparisonJob.NAME,
            (env, config) ->
                ComparisonJob.define(env, config, StackTexts.environment(options.data()))));
  }

  private JobConfig jobConfig(StackAddress found) {
    return JobConfig.of(
            found.kafka(), new RegistryLocation(found.registry(), registryCache().toString()))
        .withParallelism(JOB_PARALLELISM);
  }

  private Path registryCache() {
    return data.of("registry-cache.jsonl");
  }
}
