package io.dualtrack.jobs.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import io.dualtrack.jobs.runtime.Checkpoints;
import io.dualtrack.jobs.runtime.JobConfig;
import io.dualtrack.jobs.runtime.TestKafka;
import io.dualtrack.jobs.runtime.TestRegistry;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.BudgetAlert;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.Topics;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class CostJobIT {

  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String LATE_OFFERING = "late-price-offering";

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
  private static JobConfig config;

  @BeforeAll
  static void startBrokerAndRegistry() throws Exception {
    kafka = new TestKafka(4);
    registryServer = new TestRegistry();
    registry = registryServer.location(folder).connect();
    config =
        JobConfig.of(KafkaAccess.at(kafka.bootstrap()), registryServer.location(folder))
            .withCheckpointInterval(Duration.ofMillis(500))
            .withParallelism(2);
  }

  @AfterAll
  static void stopBrokerAndRegistry() throws Exception {
    kafka.close();
    registryServer.close();
  }

  @Test
  void theBooksEqualAnIndependentRecomputationThoughTheJobDiesAndRestartsOnTheWay(
      @InjectMiniCluster MiniCluster cluster) throws Exception {
    kafka.send(
        Topics.PRICES,
        registry,
        Price::getPriceId,
        List.of(Samples.standardPrice(Samples.OFFERING), Samples.standardPrice("llama-home")));
    kafka.send(
        Topics.TENANTS,
        registry,
        Tenant::getId,
        List.of(Samples.tenant("acme", "1"), Samples.tenant("globex", null)));
    JobClient job = start();

    List<Exchange> sent = new ArrayList<>(send(0, 1_500));
    kafka.sendBytes(Topics.EXCHANGES, "acme", new byte[] {7, 7, 7});
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(300)).until(() -> !ledger().isEmpty());
    sent.addAll(send(1_500, 3_000));
    cluster.terminateTaskManager(0).get();
    cluster.startTaskManager();
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> ledger().stream().anyMatch(this::isUnpriced));
    kafka.send(
        Topics.PRICES, registry, Price::getPriceId, List.of(Samples.standardPrice(LATE_OFFERING)));
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(300)).until(() -> isComplete(sent));

    job.cancel().get();
    sent.addAll(send(3_000, 4_000));
    send(0, 900);
    JobClient again = start();
    await().atMost(PATIENCE).pollInterval(Duration.ofMillis(300)).until(() -> isComplete(sent));
    again.cancel().get();

    assertThat(ledger()).extracting(LedgerEntry::getEntryId).doesNotHaveDuplicates();
    assertThat(ledger().stream().mapToLong(LedgerEntry::getExchanges).sum()).isEqualTo(4_000);
    assertThat(cost(ledger())).isEqualTo(expectedPicoDollars(sent, true));
    assertThat(saved(ledger())).isEqualTo(expectedPicoDollars(sent, false));
    for (Period period : Period.values()) {
      List<CostRollup> rollups =
          latestRollups().stream().filter(rollup -> rollup.getPeriod() == period).toList();
      assertThat(rollups.stream().mapToLong(CostRollup::getExchanges).sum()).isEqualTo(4_000);
      assertThat(rollups.stream().mapToLong(CostRollup::getUnpricedTokens).sum()).isZero();
      assertThat(pico(sum(rollups.stream().map(CostRollup::getCost).toList())))
          .isEqualTo(expectedPicoDollars(sent, true));
      assertThat(pico(sum(rollups.stream().map(CostRollup::getSaved).toList())))
          .isEqualTo(expectedPicoDollars(sent, false));
    }
    assertThat(kafka.committed(Topics.COST_ALERTS, registry))
        .extracting(BudgetAlert::getAlertId)
        .containsExactlyInAnyOrder("acme/2026-11-01/80", "acme/2026-11-01/100");
    assertThat(kafka.committed(Topics.DEAD_LETTERS, registry))
        .extracting(DeadLetter::getTopic, DeadLetter::getErrorCode)
        .containsExactly(tuple(Topics.EXCHANGES.name(), "UNREADABLE_RECORD"));
  }

  private JobClient start() throws Exception {
    Path checkpoints = folder.resolve("checkpoints");
    Configuration settings =
        new Configuration()
            // As deployed; the local stack's tests run the job with its state on the heap.
            .set(StateBackendOptions.STATE_BACKEND, "rocksdb")
            .set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true)
            .set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString())
            .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
            .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 10)
            .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(100));
    Checkpoints.latest(checkpoints)
        .ifPresent(
            latest -> settings.set(StateRecoveryOptions.SAVEPOINT_PATH, latest.toUri().toString()));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(settings);
    CostJob.define(env, config);
    return env.executeAsync("cost");
  }

  private static List<Exchange> send(int from, int to) {
    List<Exchange> exchanges = new ArrayList<>();
    for (int i = from; i < to; i++) {
      String tenant = i % 3 == 0 ? "globex" : "acme";
      String offering = i % 50 == 1 ? LATE_OFFERING : i % 2 == 0 ? Samples.OFFERING : "llama-home";
      AnswerSource source = i % 10 == 7 ? AnswerSource.CACHE : AnswerSource.PROVIDER;
      exchanges.add(
          Samples.exchange(
              "x" + i,
              tenant,
              offering,
              source,
              Samples.usage(i + 1, i % 7, 3 * (i % 11) + 1),
              Samples.NOON.minus(Duration.ofHours(i * 31 % 48))));
    }
    kafka.send(Topics.EXCHANGES, registry, Exchange::getTenant, exchanges);
    return exchanges;
  }

  private static long expectedPicoDollars(List<Exchange> exchanges, boolean billed) {
    return exchanges.stream()
        .filter(exchange -> (exchange.getSource() == AnswerSource.PROVIDER) == billed)
        .map(Exchange::getUsage)
        .mapToLong(
            usage ->
                5_000_000L * usage.getUncachedInput()
                    + 500_000L * usage.getCacheRead()
                    + 30_000_000L * usage.getOutput())
        .sum();
  }

  private boolean isComplete(List<Exchange> sent) {
    Map<String, List<LedgerEntry>> rows =
        inForce(ledger()).stream().collect(Collectors.groupingBy(LedgerEntry::getExchangeId));
    boolean all =
        rows.size() == sent.size()
            && rows.values().stream()
                .flatMap(List::stream)
                .allMatch(row -> rows.get(row.getExchangeId()).size() == row.getRowsOfExchange())
            && rows.values().stream().flatMap(List::stream).noneMatch(this::isUnpriced);
    return all && rolledUp(Period.DAY) == sent.size() && rolledUp(Period.MONTH) == sent.size();
  }

  private static long rolledUp(Period period) {
    return latestRollups().stream()
        .filter(rollup -> rollup.getPeriod() == period)
        .mapToLong(CostRollup::getExchanges)
        .sum();
  }

  private boolean isUnpriced(LedgerEntry row) {
    return row.getPriceStatus() == PriceStatus.UNPRICED;
  }

  private static List<LedgerEntry> ledger() {
    return kafka.committed(Topics.COST_LEDGER, registry);
  }

  /** The rows that nothing takes back. */
  private static List<LedgerEntry> inForce(List<LedgerEntry> ledger) {
    Map<String, LedgerEntry> rows = new HashMap<>();
    ledger.stream()
        .filter(row -> row.getReverses() == null)
        .forEach(row -> rows.put(row.getEntryId(), row));
    ledger.forEach(row -> rows.remove(row.getReverses()));
    return List.copyOf(rows.values());
  }

  private static List<CostRollup> latestRollups() {
    Map<String, CostRollup> latest = new HashMap<>();
    for (CostRollup rollup : kafka.committed(Topics.COST_ROLLUPS, registry)) {
      latest.put(rollup.getRollupId(), rollup);
    }
    return List.copyOf(latest.values());
  }

  private static long cost(List<LedgerEntry> rows) {
    return pico(sum(rows.stream().map(LedgerEntry::getCost).filter(Objects::nonNull).toList()));
  }

  private static long saved(List<LedgerEntry> rows) {
    return pico(sum(rows.stream().map(LedgerEntry::getSaved).filter(Objects::nonNull).toList()));
  }

  private static BigDecimal sum(List<BigDecimal> amounts) {
    return amounts.stream().reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static long pico(BigDecimal dollars) {
    return dollars.movePointRight(12).longValueExact();
  }
}
