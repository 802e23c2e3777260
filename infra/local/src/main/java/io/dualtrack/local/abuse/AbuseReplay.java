package io.dualtrack.local.abuse;

import io.dualtrack.jobs.abuse.AbuseJob;
import io.dualtrack.jobs.abuse.AbuseThresholds;
import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Exchange;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.enumerate.NonSplittingRecursiveEnumerator;
import org.apache.flink.connector.file.src.reader.TextLineInputFormat;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * The abuse job over a recorded log, in this process: the same features, the same operators, the
 * log's own time.
 */
public final class AbuseReplay {

  private static final int SECRET_BYTES = 32;
  private static final long PROGRESS_SECONDS = 5;

  /**
   * What came of it.
   *
   * @param exchanges that were read
   * @param badLines lines that could not be read
   * @param problems the first of them, each named by its number
   * @param alerts that were written
   */
  public record Outcome(long exchanges, long badLines, List<String> problems, long alerts) {}

  private AbuseReplay() {}

  /**
   * @param log JSON lines, compressed where the name ends in {@code .gz}; ordered by time
   * @param alerts a file for the alerts as JSON lines, in the order in which they are raised; one
   *     of that name is replaced
   * @param progress told now and then how many lines were read
   * @throws Exception if the job fails
   */
  public static Outcome of(Path log, Path alerts, AbuseThresholds thresholds, LongConsumer progress)
      throws Exception {
    return of(log, alerts, thresholds, List.of(), progress);
  }

  /**
   * The same, with what the search for abuse leaves alone.
   *
   * @param exempted a means of payment as the log names it
   */
  public static Outcome of(
      Path log,
      Path alerts,
      AbuseThresholds thresholds,
      List<AbuseExemption> exempted,
      LongConsumer progress)
      throws Exception {
    AvroSerde.trustRecords();
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(1, settings());
    env.getConfig().enableObjectReuse();
    DataStream<String> lines =
        env.fromSource(source(log), WatermarkStrategy.noWatermarks(), "read log");
    SingleOutputStreamOperator<Exchange> exchanges =
        lines
            .flatMap(new ReadLines(secret(), exempted), RecordType.ofRecord(Exchange.class))
            .name("read lines")
            .assignTimestampsAndWatermarks(
                WatermarkStrategy.<Exchange>forMonotonousTimestamps()
                    .withTimestampAssigner((exchange, read) -> exchange.getAt().toEpochMilli()));
    AbuseJob.alerts(exchanges, thresholds)
        .map(new WriteAlerts(alerts), RecordType.ofRecord(AbuseAlert.class))
        .name("write alerts")
        .sinkTo(new DiscardingSink<>());
    return outcome(await(env.executeAsync(), progress));
  }

  private static Outcome outcome(JobExecutionResult result) {
    long bad = result.<Long>getAccumulatorResult(ReadLines.BAD_LINES);
    return new Outcome(
        result.<Long>getAccumulatorResult(ReadLines.EXCHANGES),
        bad,
        result.<ArrayList<String>>getAccumulatorResult(ReadLines.PROBLEMS),
        result.<Long>getAccumulatorResult(WriteAlerts.ALERTS));
  }

  private static JobExecutionResult await(JobClient job, LongConsumer progress) throws Exception {
    CompletableFuture<JobExecutionResult> result = job.getJobExecutionResult();
    while (true) {
      try {
        return result.get(PROGRESS_SECONDS, TimeUnit.SECONDS);
      } catch (TimeoutException stillRunning) {
        linesRead(job).ifPresent(progress);
      }
    }
  }

  /** Nothing once the job has ended: its cluster goes before who waits for the result is told. */
  static OptionalLong linesRead(JobClient job) throws InterruptedException {
    try {
      return job.getAccumulators().get().get(ReadLines.LINES) instanceof Long lines
          ? OptionalLong.of(lines)
          : OptionalLong.empty();
    } catch (IllegalStateException | ExecutionException ended) {
      return OptionalLong.empty();
    }
  }

  private static Configuration settings() {
    Configuration settings = new Configuration();
    settings.set(PipelineOptions.GENERIC_TYPES, false);
    settings.set(PipelineOptions.NAME, "abuse replay");
    settings.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    settings.set(RestOptions.BIND_PORT, "0");
    // Heartbeats carry the count of lines.
    settings.set(HeartbeatManagerOptions.HEARTBEAT_INTERVAL, Duration.ofSeconds(PROGRESS_SECONDS));
    return settings;
  }

  private static FileSource<String> source(Path log) {
    return FileSource.forRecordStreamFormat(
            new TextLineInputFormat(), new org.apache.flink.core.fs.Path(log.toUri()))
        .setFileEnumerator(NonSplittingRecursiveEnumerator::new)
        .build();
  }

  /** Features mean nothing outside of their replay, so nobody has to keep the key. */
  private static byte[] secret() {
    byte[] secret = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(secret);
    return secret;
  }
}
