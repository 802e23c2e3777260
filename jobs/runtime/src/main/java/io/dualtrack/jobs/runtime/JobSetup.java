package io.dualtrack.jobs.runtime;

import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.CheckpointConfig;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** What both jobs ask of the Flink environment they are defined in. */
public final class JobSetup {

  /** Upper bound of every later parallelism; a checkpoint cannot be restored under another. */
  private static final int MAX_PARALLELISM = 720;

  private static final Duration RESTART_DELAY = Duration.ofSeconds(2);

  /** Flink's own 4 KiB make half of a checkpoint's time that of the operating system. */
  private static final int CHECKPOINT_BUFFER_BYTES = 256 * 1024;

  private JobSetup() {}

  /**
   * Exactly-once checkpoints that outlive a cancelled job, a restart after every failure, and no
   * serializer chosen by reflection.
   *
   * <p>Objects are handed on without copies between chained operators: no operator changes a record
   * that it was given or has given away.
   */
  public static void configure(StreamExecutionEnvironment env, JobConfig config) {
    env.configure(
        new Configuration()
            .set(PipelineOptions.GENERIC_TYPES, false)
            .set(CheckpointingOptions.FS_WRITE_BUFFER_SIZE, CHECKPOINT_BUFFER_BYTES));
    if (env.getConfiguration().getOptional(RestartStrategyOptions.RESTART_STRATEGY).isEmpty()) {
      env.configure(restartAfterEveryFailure());
    }
    env.getConfig().enableObjectReuse();
    env.setMaxParallelism(MAX_PARALLELISM);
    if (config.parallelism() > 0) {
      env.setParallelism(config.parallelism());
    }
    env.enableCheckpointing(config.checkpointInterval().toMillis(), CheckpointingMode.EXACTLY_ONCE);
    CheckpointConfig checkpoints = env.getCheckpointConfig();
    checkpoints.setExternalizedCheckpointRetention(
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
  }

  /**
   * Not Flink's default, the exponential delay: it folds failures that come close together into
   * one, and where the second is filed before the first the scheduler takes that for a broken
   * invariant and ends the job ("A root exception entry should exist ...").
   */
  private static Configuration restartAfterEveryFailure() {
    return new Configuration()
        .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, Integer.MAX_VALUE)
        .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, RESTART_DELAY);
  }
}
