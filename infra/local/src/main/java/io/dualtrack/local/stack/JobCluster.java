package io.dualtrack.local.stack;

import io.dualtrack.jobs.runtime.Checkpoints;
import io.dualtrack.jobs.runtime.JobConfig;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.metrics.MetricRegistryConfiguration;
import org.apache.flink.runtime.metrics.MetricRegistryImpl;
import org.apache.flink.runtime.metrics.ReporterSetupBuilder;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.runtime.minicluster.RpcServiceSharing;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs on one Flink cluster in this JVM. A clean stop takes a savepoint, which also commits the
 * output that waits for a checkpoint; a hard stop leaves the last checkpoint. The next start takes
 * up whichever is newer, so that nothing is counted twice or forgotten.
 */
final class JobCluster implements AutoCloseable {

  /** A job that the cluster runs. */
  record Job(String name, Definition definition) {

    /** Adds the job's operators to an environment. */
    @FunctionalInterface
    interface Definition {
      void define(StreamExecutionEnvironment env, JobConfig config);
    }
  }

  private record Running(String name, JobID id, Path folder) {}

  private static final Logger LOG = LoggerFactory.getLogger(JobCluster.class);
  private static final Duration PATIENCE_TO_START = Duration.ofSeconds(60);
  private static final Duration PATIENCE_TO_STOP = Duration.ofSeconds(15);
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(100);

  private final MiniCluster cluster;
  private final Path folder;
  private final List<Running> running = new ArrayList<>();
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private volatile boolean stopping;

  private JobCluster(MiniCluster cluster, Path folder) {
    this.cluster = cluster;
    this.folder = folder;
  }

  /**
   * Starts the cluster without a job.
   *
   * @param folder of checkpoints and temporary files
   * @param slots one for each job and unit of parallelism
   */
  static JobCluster start(Path folder, int slots, MeterRegistry meters) throws Exception {
    Path temporary = folder.resolve("tmp");
    delete(temporary);
    Files.createDirectories(temporary);
    Configuration config = new Configuration();
    config.set(CoreOptions.TMP_DIRS, temporary.toString());
    config.set(JobManagerOptions.ADDRESS, "127.0.0.1");
    config.set(JobManagerOptions.BIND_HOST, "127.0.0.1");
    config.set(TaskManagerOptions.HOST, "127.0.0.1");
    config.set(TaskManagerOptions.BIND_HOST, "127.0.0.1");
    config.set(RestOptions.ADDRESS, "127.0.0.1");
    config.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    config.set(RestOptions.BIND_PORT, "0");
    config.set(BlobServerOptions.PORT, "0");
    config.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(8));
    config.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(24));
    config.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(24));
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(config)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .setRpcServiceSharing(RpcServiceSharing.SHARED)
                .setCommonBindAddress("127.0.0.1")
                .build()) {
          @Override
          protected MetricRegistryImpl createMetricRegistry(
              Configuration configuration, long maximumMessageBytes) {
            return new MetricRegistryImpl(
                MetricRegistryConfiguration.fromConfiguration(configuration, maximumMessageBytes),
                List.of(
                    ReporterSetupBuilder.METRIC_SETUP_BUILDER.forReporter(
                        "micrometer", new FlinkMetrics(meters))));
          }
        };
    cluster.start();
    return new JobCluster(cluster, folder);
  }

  /** Submits a job from its newest checkpoint, or from the beginning where it has none. */
  void submit(Job job, JobConfig config) throws Exception {
    Path own = folder.resolve(job.name());
    Files.createDirectories(own);
    Configuration settings = new Configuration();
    settings.set(PipelineOptions.NAME, job.name());
    settings.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, own.toUri().toString());
    settings.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 1);
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(settings);
    job.definition().define(env, config);
    JobGraph graph = env.getStreamGraph().getJobGraph();
    Optional<Path> newest = Checkpoints.latest(own);
    if (newest.isPresent()) {
      LOG.info("restoring a job; job={} checkpoint={}", job.name(), newest.get());
      deleteOlder(own, newest.get());
      graph.setSavepointRestoreSettings(
          SavepointRestoreSettings.forPath(
              newest.get().toUri().toString(), false, RecoveryClaimMode.CLAIM));
    }
    cluster.submitJob(graph).get(PATIENCE_TO_START.toSeconds(), TimeUnit.SECONDS);
    running.add(new Running(job.name(), graph.getJobID(), own));
    var watched =
        cluster
            .requestJobResult(graph.getJobID())
            .whenComplete((result, failure) -> ended(job.name(), result, failure));
    LOG.info(
        "submitted a job; job={} id={} watched={}",
        job.name(),
        graph.getJobID(),
        !watched.isDone());
  }

  /**
   * Returns once every task of every job runs.
   *
   * @throws StackFailure if a job fails first, or takes too long
   */
  void awaitRunning() throws InterruptedException {
    long giveUp = System.nanoTime() + PATIENCE_TO_START.toNanos();
    while (!allRunning()) {
      if (stopped.isCompletedExceptionally()) {
        Throwable failure = failure();
        throw new StackFailure(failure.getMessage() + " while it started", failure);
      }
      if (System.nanoTime() > giveUp) {
        throw new StackFailure(
            "the jobs do not run after %d seconds".formatted(PATIENCE_TO_START.toSeconds()));
      }
      Thread.sleep(BETWEEN_QUESTIONS.toMillis());
    }
  }

  /** Whether every task of every job runs now. */
  boolean allRunning() {
    try {
      for (Running job : running) {
        if (cluster.getJobStatus(job.id()).get(5, TimeUnit.SECONDS) != JobStatus.RUNNING) {
          return false;
        }
        var graph = cluster.getExecutionGraph(job.id()).get(5, TimeUnit.SECONDS);
        for (var task : graph.getAllExecutionVertices()) {
          if (task.getExecutionState() != ExecutionState.RUNNING) {
            return false;
          }
        }
      }
      return !running.isEmpty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    }
  }

  /** Completes at {@link #close}, exceptionally where a job fails for good. */
  CompletableFuture<Void> stopped() {
    return stopped;
  }

  @Override
  public void close() throws Exception {
    stopping = true;
    List<CompletableFuture<String>> savepoints =
        running.stream()
            .map(
                job ->
                    cluster.stopWithSavepoint(
                        job.id(),
                        job.folder().resolve("stopped").toUri().toString(),
                        false,
                        SavepointFormatType.NATIVE))
            .toList();
    for (CompletableFuture<String> savepoint : savepoints) {
      try {
        savepoint.get(PATIENCE_TO_STOP.toSeconds(), TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException e) {
        // The last checkpoint serves as well; only its output waits for the next start.
        LOG.warn("a job stopped without a savepoint; cause={}", e.toString());
      }
    }
    try {
      cluster.closeAsync().get(PATIENCE_TO_STOP.toSeconds(), TimeUnit.SECONDS);
    } finally {
      stopped.complete(null);
    }
  }

  private void ended(String job, JobResult result, Throwable failure) {
    if (stopping) {
      return;
    }
    Throwable cause =
        failure != null
            ? failure
            : result.getSerializedThrowable().<Throwable>map(thrown -> thrown).orElse(null);
    LOG.error("a job ended; job={}", job, cause);
    stopped.completeExceptionally(
        new IllegalStateException("the %s job ended (%s)".formatted(job, why(cause)), cause));
  }

  /** What a job says of itself is below what Flink says of it. */
  private static String why(Throwable failure) {
    if (failure == null) {
      return "without a reason";
    }
    Throwable deepest = failure;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return String.valueOf(deepest.getMessage());
  }

  private Throwable failure() {
    return stopped.handle((done, failure) -> failure).join();
  }

  /** What an earlier run of a job has left beside the checkpoint that is taken up. */
  private static void deleteOlder(Path own, Path newest) throws IOException {
    List<Path> older;
    try (Stream<Path> runs = Files.list(own)) {
      older = runs.filter(run -> !newest.startsWith(run)).toList();
    }
    for (Path run : older) {
      delete(run);
    }
  }

  private static void delete(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
