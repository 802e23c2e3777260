package io.dualtrack.local.abuse;

import io.dualtrack.jobs.abuse.AbuseJob;
import io.dualtrack.jobs.abuse.AbuseThresholds;
import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Exchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.accumulators.ListAccumulator;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.file.src.enumerate.NonSplittingRecursiveEnumerator;
import org.apache.flink.connector.file.src.reader.TextLineInputFormat;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * The abuse job over a recorded log, in this process: the same features, the same operators, the
 * log's own time.
 */
public final class AbuseReplay {

  private static final int SECRET_BYTES = 32;

  /**
   * What came of it.
   *
   * @param exchanges that were read
   * @param problems lines that could not be read, each named by its number
   * @param alerts ordered by time, then by id
   */
  public record Outcome(long exchanges, List<String> problems, List<AbuseAlert> alerts) {}

  private AbuseReplay() {}

  /**
   * @param log JSON lines, compressed where the name ends in {@code .gz}; ordered by time
   * @throws Exception if the job fails
   */
  public static Outcome of(Path log, AbuseThresholds thresholds) throws Exception {
    AvroSerde.trustRecords();
    Configuration settings = new Configuration();
    settings.set(PipelineOptions.GENERIC_TYPES, false);
    settings.set(PipelineOptions.NAME, "abuse replay");
    settings.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    settings.set(RestOptions.BIND_PORT, "0");
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, settings);
    env.getConfig().enableObjectReuse();
    DataStream<Exchange> exchanges =
        env.fromSource(source(log), WatermarkStrategy.noWatermarks(), "read log")
            .flatMap(new LineReader(secret()), RecordType.ofRecord(Exchange.class))
            .name("read lines")
            .assignTimestampsAndWatermarks(
                WatermarkStrategy.<Exchange>forMonotonousTimestamps()
                    .withTimestampAssigner((exchange, read) -> exchange.getAt().toEpochMilli()));
    AbuseJob.alerts(exchanges, thresholds)
        .map(new Gather(), RecordType.ofRecord(AbuseAlert.class))
        .name("gather alerts")
        .sinkTo(new DiscardingSink<>());
    JobExecutionResult result = env.execute();
    List<AbuseAlert> alerts = new ArrayList<>();
    for (byte[] alert : result.<ArrayList<byte[]>>getAccumulatorResult(Gather.ALERTS)) {
      alerts.add(AbuseAlert.fromByteBuffer(ByteBuffer.wrap(alert)));
    }
    alerts.sort(
        Comparator.comparing(AbuseAlert::getRaisedAt).thenComparing(AbuseAlert::getAlertId));
    return new Outcome(
        result.<Long>getAccumulatorResult(LineReader.EXCHANGES),
        result.<ArrayList<String>>getAccumulatorResult(LineReader.PROBLEMS),
        List.copyOf(alerts));
  }

  /** There are few alerts, and a job's result may carry what is small. */
  private static final class Gather extends RichMapFunction<AbuseAlert, AbuseAlert> {

    static final String ALERTS = "alerts";

    private static final long serialVersionUID = 1;

    private transient ListAccumulator<byte[]> alerts;

    @Override
    public void open(OpenContext context) {
      alerts = new ListAccumulator<>();
      getRuntimeContext().addAccumulator(ALERTS, alerts);
    }

    @Override
    public AbuseAlert map(AbuseAlert alert) throws IOException {
      alerts.add(alert.toByteBuffer().array());
      return alert;
    }
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
