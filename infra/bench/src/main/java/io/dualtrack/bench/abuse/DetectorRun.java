package io.dualtrack.bench.abuse;

import io.dualtrack.jobs.abuse.AbuseJob;
import io.dualtrack.jobs.abuse.AbuseThresholds;
import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.local.abuse.WriteAlerts;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AvroSerde;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * The abuse job over a made log, one task an operator, so that equal logs have equal alerts. The
 * same operators as in a replay; the features of the log are made once for all its runs.
 */
final class DetectorRun {

  private DetectorRun() {}

  /**
   * @param alerts a file for the alerts, as a replay writes them; one of that name is replaced
   */
  static void of(ExchangeFile log, Path alerts, AbuseThresholds thresholds) throws Exception {
    AvroSerde.trustRecords();
    Configuration settings = new Configuration();
    settings.set(PipelineOptions.GENERIC_TYPES, false);
    settings.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    settings.set(RestOptions.BIND_PORT, "0");
    // All of it is this process: on a busy machine it is slow, but nobody of it is lost.
    settings.set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofHours(1));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, settings);
    env.getConfig().enableObjectReuse();
    AbuseJob.alerts(ReadExchanges.of(log, env), thresholds)
        .map(new WriteAlerts(alerts), RecordType.ofRecord(AbuseAlert.class))
        .sinkTo(new DiscardingSink<>());
    env.execute("abuse evaluation");
  }
}
