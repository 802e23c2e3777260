package io.dualtrack.jobs.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.dualtrack.jobs.runtime.JobConfig;
import io.dualtrack.jobs.runtime.TestKafka;
import io.dualtrack.jobs.runtime.TestRegistry;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.ClosedMonth;
import io.dualtrack.schemas.CostAllocation;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.MonthClose;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SelfHostedCost;
import io.dualtrack.schemas.TierFactor;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.Usage;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A month of ten billion tokens, on an API and at home, from its exchanges to its close. */
class BankCaseIT {

  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Instant JUNE = Instant.parse("2026-06-01T00:00:00Z");
  private static final Instant JULY = Instant.parse("2026-07-01T00:00:00Z");
  private static final int EXCHANGES = 1_000;
  private static final long TOKENS_OF_EACH = 10_000_000;

  @RegisterExtension
  static final MiniClusterExtension FLINK =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  @TempDir static Path folder;

  private static TestKafka kafka;
  private static TestRegistry registryServer;
  private static SchemaRegistry registry;

  @BeforeAll
  static void startBrokerAndRegistry() throws Exception {
    kafka = new TestKafka(4);
    registryServer = new TestRegistry();
    registry = registryServer.location(folder).connect();
  }

  @AfterAll
  static void stopBrokerAndRegistry() throws Exception {
    kafka.close();
    registryServer.close();
  }

  @Test
  void tenBillionTokensCostWhatTheContractsSayAndAClosedMonthStaysAsItIs() throws Exception {
    Price api = price("api", "0.000015", "0.000015");
    api.setTierFactors(List.of(new TierFactor("batch", Samples.money("0.5"))));
    api.setReferenceForModel("gpt-5.6-sol");
    Price compliance = price("compliance", "0.000015", "0.000015");
    compliance.setComplianceFactor(Samples.money("3"));
    kafka.send(
        Topics.PRICES,
        registry,
        Price::getPriceId,
        List.of(
            api,
            compliance,
            price("home", "0.000006", "0.000006"),
            price("sol", "0.000005", "0.00003"),
            price("fable", "0.00001", "0.00005")));
    kafka.send(
        Topics.HOSTING,
        registry,
        SelfHostedCost::getHostingId,
        List.of(
            new SelfHostedCost(
                "home@2026-06",
                "home",
                "2026-06",
                Samples.money("40000"),
                Samples.money("15000"),
                20_000_000_000L)));
    kafka.send(Topics.EXCHANGES, registry, Exchange::getTenant, month());
    JobClient job = start();
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> rollups(JUNE).stream().mapToLong(CostRollup::getExchanges).sum() == 6_000);
    assertThat(cost("home", JUNE)).isEqualTo("60000.00");

    close("2026-06");

    assertThat(cost("api", JUNE)).isEqualTo("150000.00");
    assertThat(cost("home", JUNE)).isEqualTo("55000.00");
    assertThat(savedPercent("home")).isEqualTo("63.3");
    assertThat(cost("compliance", JUNE)).isEqualTo("450000.00");
    assertThat(cost("batch", JUNE)).isEqualTo("75000.00");
    assertThat(cost("sol", JUNE)).isEqualTo("50000.00");
    assertThat(cost("fable", JUNE)).isEqualTo("100000.00");
    assertThat(kafka.committed(Topics.COST_ALLOCATIONS, registry))
        .last()
        .extracting(
            CostAllocation::getIsFinal,
            CostAllocation::getTokens,
            standing -> plain(standing.getUtilisationPercent()),
            standing -> plain(standing.getPerMillion()),
            standing -> plain(standing.getCharged()))
        .containsExactly(true, 10_000_000_000L, "50.00", "5.50", "55000.00");
    assertThat(ledgerCost("home")).isEqualTo("55000.00");

    Map<String, CostRollup> closed = latest(JUNE);
    kafka.send(
        Topics.EXCHANGES, registry, Exchange::getTenant, List.of(exchange("api", EXCHANGES, 0)));
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> !rollups(JULY).isEmpty());
    job.cancel().get();

    assertThat(cost("api", JULY)).isEqualTo("150.00");
    assertThat(latest(JUNE)).isEqualTo(closed);
    assertThat(kafka.committed(Topics.COST_LEDGER, registry))
        .filteredOn(row -> row.getBillingMonth().equals(JULY))
        .extracting(row -> row.getChargeClass().name(), LedgerEntry::getTokens)
        .containsExactly(tuple("CORRECTION", TOKENS_OF_EACH));
  }

  private static Price price(String offering, String input, String output) {
    return Samples.price(
        offering,
        "2026-01-01T00:00:00Z",
        null,
        Samples.rate("UNCACHED_INPUT", input),
        Samples.rate("OUTPUT", output));
  }

  private static List<Exchange> month() {
    List<Exchange> exchanges = new ArrayList<>();
    for (String tenant : List.of("api", "home", "compliance", "batch", "sol", "fable")) {
      for (int i = 0; i < EXCHANGES; i++) {
        exchanges.add(exchange(tenant, i, 2));
      }
    }
    return exchanges;
  }

  /**
   * @param inTen tenths of the tokens that are output
   */
  private static Exchange exchange(String tenant, int i, int inTen) {
    boolean inputOnly = tenant.equals("sol") || tenant.equals("fable");
    long output = inputOnly ? 0 : TOKENS_OF_EACH * inTen / 10;
    Usage usage = Samples.usage(TOKENS_OF_EACH - output, 0, output);
    Exchange exchange =
        Samples.exchange(
            tenant + i,
            tenant,
            tenant.equals("batch") ? "api" : tenant,
            AnswerSource.PROVIDER,
            usage,
            JUNE.plus(Duration.ofMinutes(43L * (i % EXCHANGES))));
    exchange.setCostCentre("desk-" + i % 3);
    if (tenant.equals("batch")) {
      exchange.setTier("batch");
    }
    if (tenant.equals("home")) {
      exchange.setLane(Lane.LOCAL);
    }
    return exchange;
  }

  private static void close(String month) {
    kafka.send(
        Topics.CLOSES,
        registry,
        MonthClose::getMonth,
        List.of(new MonthClose(month, JULY, "finance")));
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(
            () ->
                kafka.committed(Topics.COST_CLOSINGS, registry).stream()
                    .map(ClosedMonth::getMonth)
                    .anyMatch(month::equals));
  }

  private static JobClient start() throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    CostJob.define(
        env,
        JobConfig.of(KafkaAccess.at(kafka.bootstrap()), registryServer.location(folder))
            .withCheckpointInterval(Duration.ofMillis(500))
            .withParallelism(2));
    return env.executeAsync("cost");
  }

  private static Map<String, CostRollup> latest(Instant billingMonth) {
    Map<String, CostRollup> latest = new HashMap<>();
    for (CostRollup rollup : kafka.committed(Topics.COST_ROLLUPS, registry)) {
      if (rollup.getBillingMonth().equals(billingMonth)) {
        latest.put(rollup.getRollupId(), rollup);
      }
    }
    return latest;
  }

  private static List<CostRollup> rollups(Instant month) {
    return latest(month).values().stream()
        .filter(rollup -> rollup.getPeriod() == Period.MONTH)
        .toList();
  }

  private static String cost(String tenant, Instant month) {
    return plain(
        rollups(month).stream()
            .filter(rollup -> rollup.getTenant().equals(tenant))
            .map(CostRollup::getCost)
            .reduce(BigDecimal.ZERO, BigDecimal::add));
  }

  /** What the rollups say was saved, of what it would have cost. */
  private static String savedPercent(String tenant) {
    BigDecimal cost = BigDecimal.ZERO;
    BigDecimal saved = BigDecimal.ZERO;
    for (CostRollup rollup : rollups(JUNE)) {
      if (rollup.getTenant().equals(tenant)) {
        cost = cost.add(rollup.getCost());
        saved = saved.add(rollup.getSavedByLocal());
      }
    }
    return saved
        .movePointRight(2)
        .divide(cost.add(saved), 1, RoundingMode.HALF_EVEN)
        .toPlainString();
  }

  private static String ledgerCost(String tenant) {
    return plain(
        kafka.committed(Topics.COST_LEDGER, registry).stream()
            .filter(row -> row.getTenant().equals(tenant))
            .map(LedgerEntry::getCost)
            .reduce(BigDecimal.ZERO, BigDecimal::add));
  }

  private static String plain(BigDecimal amount) {
    return amount.setScale(2, RoundingMode.UNNECESSARY).toPlainString();
  }
}
