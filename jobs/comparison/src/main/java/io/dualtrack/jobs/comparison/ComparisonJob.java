package io.dualtrack.jobs.comparison;

import io.dualtrack.jobs.runtime.JobConfig;
import io.dualtrack.jobs.runtime.JobSetup;
import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.jobs.runtime.TopicSink;
import io.dualtrack.jobs.runtime.TopicSource;
import io.dualtrack.schemas.ShadowPair;
import io.dualtrack.schemas.ShadowQuality;
import io.dualtrack.schemas.Topics;
import io.dualtrack.texts.TextKeys;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Pairs of answers in; how the two offerings compare out, without any text.
 *
 * <pre>
 * shadow.pairs ─► score ─► add up ─► shadow.quality
 *                           by tenant, task, from, to
 * </pre>
 *
 * <p>Texts end in the task that read them: what goes on to the next is counts.
 */
public final class ComparisonJob {

  /** Name of the job, and part of its group and transactional ids. */
  public static final String NAME = "comparison";

  private ComparisonJob() {}

  /**
   * Adds the job to an environment and sets its checkpointing; the caller executes it.
   *
   * @param environment says where the keys of texts are, see {@link TextKeys}; the same for every
   *     machine that runs a task
   */
  public static void define(
      StreamExecutionEnvironment env, JobConfig config, Map<String, String> environment) {
    JobSetup.configure(env, config);
    String keys = environment.getOrDefault(TextKeys.VARIABLE, "");
    TopicSource<ShadowPair> pairs =
        TopicSource.texts(
            env,
            config,
            NAME,
            Topics.SHADOW_PAIRS,
            ShadowPair::getAt,
            () -> TextKeys.seal(Map.of(TextKeys.VARIABLE, keys)));
    TopicSink.write(quality(pairs.records()), config, NAME, Topics.SHADOW_QUALITY, Quality::key);
    TopicSink.deadLetters(List.of(pairs.deadLetters()), config, NAME);
  }

  /** What pairs come to, wherever those come from. */
  static DataStream<ShadowQuality> quality(DataStream<ShadowPair> pairs) {
    return pairs
        .flatMap(new Score(), RecordType.ofRecord(ShadowQuality.class))
        .name("score")
        .uid("score")
        .keyBy(Quality::key, Types.STRING)
        .process(new AddUp(), RecordType.ofRecord(ShadowQuality.class))
        .name("add up")
        .uid("add up");
  }

  /**
   * Runs the job on the cluster that it is submitted to; settings come from the environment, see
   * {@link JobConfig#fromEnvironment} and {@link TextKeys}.
   */
  public static void main(String[] args) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    define(env, JobConfig.fromEnvironment(System.getenv()), System.getenv());
    env.execute("dualtrack " + NAME);
  }
}
