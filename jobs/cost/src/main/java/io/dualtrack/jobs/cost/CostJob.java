package io.dualtrack.jobs.cost;

import io.dualtrack.jobs.runtime.JobConfig;
import io.dualtrack.jobs.runtime.JobSetup;
import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.jobs.runtime.TopicSink;
import io.dualtrack.jobs.runtime.TopicSource;
import io.dualtrack.schemas.BudgetAlert;
import io.dualtrack.schemas.CacheContract;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantStatus;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.util.List;
import org.apache.flink.streaming.api.datastream.BroadcastStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Exchanges and prices in; ledger, rollups and budget alerts out.
 *
 * <pre>
 * exchanges ─► price ──────────────────┬─► ledger
 *                │ no price yet        │
 *                └─► wait for price ───┤
 *                                      └─► changes ─► daily rollups ─► monthly rollups ─► budgets
 * </pre>
 */
public final class CostJob {

  /** Name of the job, and part of its group and transactional ids. */
  public static final String NAME = "cost";

  /** How long an exchange waits for its price before it is written as unpriced. */
  private static final Duration GRACE = Duration.ofSeconds(3);

  private static final Duration ROLLUP_INTERVAL = Duration.ofSeconds(1);

  private CostJob() {}

  /** Adds the job to an environment and sets its checkpointing; the caller executes it. */
  public static void define(StreamExecutionEnvironment env, JobConfig config) {
    JobSetup.configure(env, config);
    TopicSource<Exchange> exchanges =
        TopicSource.log(env, config, NAME, Topics.EXCHANGES, Exchange::getAt);
    TopicSource<Price> prices =
        TopicSource.table(env, config, NAME, Topics.PRICES, PriceBook::withdrawn);
    TopicSource<Tenant> tenants =
        TopicSource.table(env, config, NAME, Topics.TENANTS, CostJob::withoutBudget);
    BroadcastStream<Price> priceBook = prices.records().broadcast(PriceBroadcast.STATE);

    SingleOutputStreamOperator<LedgerEntry> pricedAtOnce =
        exchanges
            .records()
            .connect(priceBook)
            .process(new Pricing(), RecordType.ofRecord(LedgerEntry.class))
            .name("price exchanges")
            .uid("price exchanges");
    SingleOutputStreamOperator<LedgerEntry> pricedLater =
        pricedAtOnce
            .getSideOutput(Outputs.WITHOUT_PRICE)
            .keyBy(rows -> rows.get(0).getOffering())
            .connect(priceBook)
            .process(new WaitingRoom(GRACE), RecordType.ofRecord(LedgerEntry.class))
            .name("wait for prices")
            .uid("wait for prices");
    DataStream<CostRollup> changes =
        pricedAtOnce
            .getSideOutput(Outputs.CHANGES)
            .union(pricedLater.getSideOutput(Outputs.CHANGES));

    SingleOutputStreamOperator<CostRollup> days = addUp(changes, "add up days");
    SingleOutputStreamOperator<CostRollup> months =
        addUp(
            days.getSideOutput(Outputs.CHANGES)
                .map(Rollups::inMonth, RecordType.ofRecord(CostRollup.class))
                .name("days in months")
                .uid("days in months"),
            "add up months");
    DataStream<BudgetAlert> alerts =
        months
            .getSideOutput(Outputs.CHANGES)
            .keyBy(CostRollup::getTenant)
            .connect(tenants.records().broadcast(BudgetWatch.TENANTS))
            .process(new BudgetWatch(), RecordType.ofRecord(BudgetAlert.class))
            .name("watch budgets")
            .uid("watch budgets");

    TopicSink.write(pricedAtOnce, config, NAME, Topics.COST_LEDGER, LedgerEntry::getTenant);
    TopicSink.write(
        pricedLater, config, NAME, Topics.COST_LEDGER, LedgerEntry::getTenant, "late ledger rows");
    TopicSink.write(days.union(months), config, NAME, Topics.COST_ROLLUPS, CostRollup::getRollupId);
    TopicSink.write(alerts, config, NAME, Topics.COST_ALERTS, BudgetAlert::getTenant);
    TopicSink.deadLetters(
        List.of(exchanges.deadLetters(), prices.deadLetters(), tenants.deadLetters()),
        config,
        NAME);
  }

  private static SingleOutputStreamOperator<CostRollup> addUp(
      DataStream<CostRollup> changes, String name) {
    return changes
        .keyBy(CostRollup::getRollupId)
        .process(new RollupTotals(ROLLUP_INTERVAL), RecordType.ofRecord(CostRollup.class))
        .name(name)
        .uid(name);
  }

  /** What stands for a tenant that was deleted: nothing is owed and nothing is watched. */
  private static Tenant withoutBudget(String id) {
    return Tenant.newBuilder()
        .setId(id)
        .setName("")
        .setStatus(TenantStatus.CUT_OFF)
        .setControllerCountry("")
        .setJurisdictions(List.of())
        .setDataClasses(List.of())
        .setProcessingRegions(List.of())
        .setTransferMechanisms(List.of())
        .setModels(List.of())
        .setCache(new CacheContract(false, 0L, false))
        .setAccounts(List.of())
        .build();
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
