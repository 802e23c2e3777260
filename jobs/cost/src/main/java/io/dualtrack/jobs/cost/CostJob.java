package io.dualtrack.jobs.cost;

import io.dualtrack.jobs.runtime.IdType;
import io.dualtrack.jobs.runtime.JobConfig;
import io.dualtrack.jobs.runtime.JobSetup;
import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.jobs.runtime.TopicSink;
import io.dualtrack.jobs.runtime.TopicSource;
import io.dualtrack.schemas.BudgetAlert;
import io.dualtrack.schemas.ChargeClass;
import io.dualtrack.schemas.ClosedMonth;
import io.dualtrack.schemas.CostAllocation;
import io.dualtrack.schemas.CostControl;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.EitherTypeInfo;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Either;

/**
 * Exchanges and what people say about money in; ledger, rollups, allocations and budget alerts out.
 *
 * <pre>
 * exchanges ─► book (by exchange) ─┬─► ledger
 *    controls ──┘                  └─► changes of rollups ─┬─► totals of days and months
 *                                                          ├─► budgets ─► alerts
 * closes ─► closing ─► drained months ─► own endpoints ◄───┘
 *              │                              ├─► ledger, totals
 *              └─► closed months              └─► allocations
 * </pre>
 */
public final class CostJob {

  /** Name of the job, and part of its group and transactional ids. */
  public static final String NAME = "cost";

  /** How long an exchange waits for its price before it is written as unpriced. */
  private static final Duration GRACE = Duration.ofSeconds(3);

  /** How long an exchange can be corrected: a month, its close, and a month more. */
  private static final Duration KEPT = Duration.ofDays(93);

  private CostJob() {}

  /** Adds the job to an environment and sets its checkpointing; the caller executes it. */
  public static void define(StreamExecutionEnvironment env, JobConfig config) {
    JobSetup.configure(env, config);
    TopicSource<byte[]> exchanges =
        TopicSource.trimmedLog(env, config, NAME, Topics.EXCHANGES, ExchangeBytes.UNBILLED);
    ControlTopics controls = ControlTopics.read(env, config);

    SingleOutputStreamOperator<LedgerEntry> booked =
        exchanges
            .records()
            .keyBy(ExchangeBytes::id, IdType.ID)
            .connect(controls.records().broadcast(ControlBroadcast.STATE))
            .process(
                new Booking(GRACE, KEPT, () -> ControlTopics.seeds(config)),
                RecordType.ofRecord(LedgerEntry.class))
            .name("book exchanges")
            .uid("book exchanges");
    DataStream<CostRollup> changes = addUp(booked, "changes of rollups");
    SingleOutputStreamOperator<CostRollup> totals = totals(changes, "totals of rollups");
    DataStream<CostRollup> months =
        changes
            .filter(change -> change.getPeriod() == Period.MONTH)
            .name("changes of months")
            .uid("changes of months");

    DataStream<BudgetAlert> alerts =
        months
            .keyBy(CostRollup::getTenant)
            .connect(controls.records().broadcast(ControlBroadcast.STATE))
            .process(new BudgetWatch(), RecordType.ofRecord(BudgetAlert.class))
            .name("watch budgets")
            .uid("watch budgets");

    SingleOutputStreamOperator<ClosedMonth> closed =
        controls
            .records()
            .transform("close months", RecordType.ofRecord(ClosedMonth.class), new Closing())
            .setParallelism(1)
            .uid("close months");
    closed.getTransformation().setMaxParallelism(1);
    SingleOutputStreamOperator<LedgerEntry> shares =
        months
            .filter(
                change ->
                    change.getLane() == Lane.LOCAL
                        && change.getChargeClass() == ChargeClass.NONE
                        && !change.getShadow())
            .name("served at home")
            .uid("served at home")
            .connect(news(controls.records(), closed.getSideOutput(Closing.DRAINED)))
            .keyBy(change -> NAME, news -> NAME)
            .process(new Hosting(), RecordType.ofRecord(LedgerEntry.class))
            .setParallelism(1)
            .name("share out own endpoints")
            .uid("share out own endpoints");
    SingleOutputStreamOperator<CostRollup> sharedTotals =
        totals(addUp(shares, "changes by shares"), "totals of shares");

    TopicSink.write(
        booked,
        config,
        NAME,
        Topics.COST_LEDGER,
        LedgerEntry::getTenant,
        Topics.COST_LEDGER.name(),
        LedgerWriter::new);
    TopicSink.write(
        shares, config, NAME, Topics.COST_LEDGER, LedgerEntry::getTenant, "shares of endpoints");
    TopicSink.write(
        totals.union(sharedTotals), config, NAME, Topics.COST_ROLLUPS, CostRollup::getRollupId);
    TopicSink.write(alerts, config, NAME, Topics.COST_ALERTS, BudgetAlert::getAlertId);
    TopicSink.write(
        shares.getSideOutput(Hosting.STANDINGS),
        config,
        NAME,
        Topics.COST_ALLOCATIONS,
        CostAllocation::getHostingId);
    TopicSink.write(closed, config, NAME, Topics.COST_CLOSINGS, ClosedMonth::getMonth);
    List<DataStream<DeadLetter>> deadLetters = new ArrayList<>(controls.deadLetters());
    deadLetters.add(exchanges.deadLetters());
    TopicSink.deadLetters(deadLetters, config, NAME);
  }

  /** Chained to where the rows are made: a busy rollup's changes need not travel one by one. */
  private static SingleOutputStreamOperator<CostRollup> addUp(
      SingleOutputStreamOperator<LedgerEntry> rows, String name) {
    return rows.transform(name, RecordType.ofRecord(CostRollup.class), new RollupBundle())
        .setParallelism(rows.getParallelism())
        .uid(name);
  }

  private static SingleOutputStreamOperator<CostRollup> totals(
      DataStream<CostRollup> changes, String name) {
    return changes
        .keyBy(CostRollup::getRollupId, IdType.ID)
        .process(new RollupTotals(), RecordType.ofRecord(CostRollup.class))
        .name(name)
        .uid(name);
  }

  private static DataStream<Either<CostControl, ClosedMonth>> news(
      DataStream<CostControl> controls, DataStream<ClosedMonth> drained) {
    TypeInformation<Either<CostControl, ClosedMonth>> type =
        new EitherTypeInfo<>(
            RecordType.ofRecord(CostControl.class), RecordType.ofRecord(ClosedMonth.class));
    return controls
        .map(Either::<CostControl, ClosedMonth>Left, type)
        .setParallelism(1)
        .name("costs of endpoints")
        .uid("costs of endpoints")
        .union(
            drained
                .map(Either::<CostControl, ClosedMonth>Right, type)
                .setParallelism(1)
                .name("ends of months")
                .uid("ends of months"));
  }

  /**
   * Runs the job on the cluster that it is submitted to; settings come from the environment, see
   * {@link JobConfig#fromEnvironment}.
   */
  public static void main(String[] args) throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    define(env, JobConfig.fromEnvironment(System.getenv()));
    env.execute("dualtrack " + NAME);
  }
}
