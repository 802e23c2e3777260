package io.dualtrack.jobs.abuse;

import io.dualtrack.jobs.runtime.JobConfig;
import io.dualtrack.jobs.runtime.JobSetup;
import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.jobs.runtime.TopicSink;
import io.dualtrack.jobs.runtime.TopicSource;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Topics;
import java.util.List;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Exchanges in; alerts about clusters of accounts, about accounts and about tenants out.
 *
 * <pre>
 * exchanges ─► observe ─► follow accounts ─► find shared items ─► find clusters ─► alerts
 *                           │  by account      by item              one task
 *                           ├─► accounts that many people use (S6) ─► alerts
 *                           └─► by tenant: compare with its past (S7) ─► alerts
 * </pre>
 */
public final class AbuseJob {

  /** Name of the job, and part of its group and transactional ids. */
  public static final String NAME = "abuse";

  private static final TypeInformation<byte[]> BYTES =
      PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO;

  private AbuseJob() {}

  /** As the other {@code define}, with the default thresholds. */
  public static void define(StreamExecutionEnvironment env, JobConfig config) {
    define(env, config, AbuseThresholds.DEFAULT);
  }

  /** Adds the job to an environment and sets its checkpointing; the caller executes it. */
  public static void define(
      StreamExecutionEnvironment env, JobConfig config, AbuseThresholds thresholds) {
    JobSetup.configure(env, config);
    TopicSource<Exchange> exchanges =
        TopicSource.log(env, config, NAME, Topics.EXCHANGES, Exchange::getAt);
    TopicSink.write(
        alerts(exchanges.records(), thresholds),
        config,
        NAME,
        Topics.ABUSE_ALERTS,
        AbuseAlert::getAlertId);
    TopicSink.deadLetters(List.of(exchanges.deadLetters()), config, NAME);
  }

  /** The alerts about exchanges, wherever those come from. */
  public static DataStream<AbuseAlert> alerts(
      DataStream<Exchange> exchanges, AbuseThresholds thresholds) {
    SingleOutputStreamOperator<byte[]> claims =
        exchanges
            .flatMap(new Observe(), BYTES)
            // Where they were read, so that an exchange goes over the network once.
            .setParallelism(exchanges.getParallelism())
            .name("observe")
            .uid("observe")
            .keyBy(Bytes::key, Types.LONG)
            .process(new Accounts(thresholds), BYTES)
            .name("follow accounts")
            .uid("follow accounts");
    DataStream<AbuseAlert> clusters =
        claims
            .keyBy(Claims::shard, Types.INT)
            .transform("find shared items", BYTES, new Items(thresholds))
            .uid("find shared items")
            .process(new Clusters(thresholds), RecordType.ofRecord(AbuseAlert.class))
            .setParallelism(1)
            .setMaxParallelism(1)
            .name("find clusters")
            .uid("find clusters");
    DataStream<AbuseAlert> relays = claims.getSideOutput(Accounts.RELAYS);
    if (!thresholds.signals().contains(Signal.S7)) {
      return clusters.union(relays);
    }
    return clusters.union(
        relays,
        claims
            .getSideOutput(Accounts.TALLIES)
            .keyBy(tally -> tally.tenant, Types.STRING)
            .process(new Tenants(), Tenants.ALERTS)
            .name("compare tenants with their past")
            .uid("compare tenants with their past"));
  }

  /**
   * Runs the job on the cluster that it is submitted to; settings come from the environment, see
   * {@link JobConfig#fromEnvironment} and {@link AbuseThresholds#fromEnvironment}.
   */
  public static void main(String[] args) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    define(
        env,
        JobConfig.fromEnvironment(System.getenv()),
        AbuseThresholds.fromEnvironment(System.getenv()));
    env.execute("dualtrack " + NAME);
  }
}
