package io.dualtrack.bench.cost;

import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.SavingKind;
import io.dualtrack.schemas.Topics;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Holds ledger and rollups against a {@link Recomputation}, by day and tenant. */
public final class LedgerOracle {

  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration BETWEEN_READINGS = Duration.ofSeconds(3);

  /**
   * @param rows of the ledger
   * @param reversals those of them that take another one back
   * @param unpricedRows rows in force without a price
   * @param sums days and tenants
   * @param differences one sentence each
   */
  public record Verdict(
      long rows, long reversals, long unpricedRows, int sums, List<String> differences) {}

  private static final class Found {
    BigDecimal cost = BigDecimal.ZERO;
    BigDecimal savedByCache = BigDecimal.ZERO;
    BigDecimal savedByBatch = BigDecimal.ZERO;
    BigDecimal rolledUp = BigDecimal.ZERO;
    long exchanges;
    long rolledUpExchanges;
    long rows;
    long unpricedRows;
  }

  private final Recomputation expected = new Recomputation();

  /** An exchange that is sent for the first time. */
  public void expect(Exchange exchange) {
    expected.add(exchange);
  }

  /** Reads until everything agrees, or for as long as the last output may take to be committed. */
  public Verdict await(JobRig rig) throws Exception {
    Instant until = Instant.now().plus(PATIENCE);
    Verdict verdict = read(rig);
    while (!verdict.differences().isEmpty() && Instant.now().isBefore(until)) {
      Thread.sleep(BETWEEN_READINGS.toMillis());
      verdict = read(rig);
    }
    return verdict;
  }

  private Verdict read(JobRig rig) throws Exception {
    Map<String, Found> found = new HashMap<>();
    Ids ids = new Ids();
    List<String> differences = new ArrayList<>();
    long[] counts = new long[2];
    rig.readAll(
        Topics.COST_LEDGER,
        row -> {
          counts[0]++;
          counts[1] += row.getReverses() == null ? 0 : 1;
          ids.add(row.getEntryId());
          add(row, sum(found, row.getAt(), row.getTenant()));
        });
    long twice = ids.repeated();
    if (twice > 0) {
      differences.add("the ledger has %d rows twice".formatted(twice));
    }
    Map<String, CostRollup> rollups = new HashMap<>();
    rig.readAll(Topics.COST_ROLLUPS, rollup -> rollups.put(rollup.getRollupId(), rollup));
    for (CostRollup rollup : rollups.values()) {
      if (rollup.getPeriod() == Period.DAY) {
        Found sum = sum(found, rollup.getPeriodStart(), rollup.getTenant());
        sum.rolledUp = sum.rolledUp.add(rollup.getCost());
        sum.rolledUpExchanges += rollup.getExchanges();
      }
    }
    long unpriced = 0;
    for (Map.Entry<String, Recomputation.Sum> entry : expected.sums().entrySet()) {
      Found sum = found.getOrDefault(entry.getKey(), new Found());
      unpriced += sum.unpricedRows;
      compare(entry.getKey(), entry.getValue(), sum, differences);
    }
    if (found.size() != expected.sums().size()) {
      differences.add("%d sums instead of %d".formatted(found.size(), expected.sums().size()));
    }
    return new Verdict(counts[0], counts[1], unpriced, expected.sums().size(), differences);
  }

  /**
   * Which ids there are twice, of millions in little memory: 64 bits stand for each. Two that share
   * them by chance, one case in ten million runs, would show as a difference and never hide one.
   */
  private static final class Ids {

    private long[] hashes = new long[1024];
    private int size;

    void add(String id) {
      if (size == hashes.length) {
        hashes = Arrays.copyOf(hashes, size * 2);
      }
      hashes[size++] = ExchangeLog.hash(id);
    }

    long repeated() {
      Arrays.sort(hashes, 0, size);
      long repeated = 0;
      for (int i = 1; i < size; i++) {
        repeated += hashes[i] == hashes[i - 1] ? 1 : 0;
      }
      return repeated;
    }
  }

  private static Found sum(Map<String, Found> found, Instant at, String tenant) {
    return found.computeIfAbsent(
        LocalDate.ofInstant(at, ZoneOffset.UTC) + " " + tenant, key -> new Found());
  }

  private static void add(LedgerEntry row, Found sum) {
    int sign = row.getReverses() == null ? 1 : -1;
    sum.exchanges += row.getExchanges();
    sum.rows += sign;
    if (row.getPriceStatus() == PriceStatus.UNPRICED) {
      sum.unpricedRows += sign;
      return;
    }
    sum.cost = sum.cost.add(row.getCost());
    if (row.getSavingKind() == SavingKind.BATCH_LANE) {
      sum.savedByBatch = sum.savedByBatch.add(row.getSaved());
    } else {
      sum.savedByCache = sum.savedByCache.add(row.getSaved());
    }
  }

  private static void compare(
      String key, Recomputation.Sum expected, Found found, List<String> differences) {
    differ(key, "cost", amount(expected.cost), found.cost, differences);
    differ(key, "rolled up cost", amount(expected.cost), found.rolledUp, differences);
    differ(key, "saved by cache", amount(expected.savedByCache), found.savedByCache, differences);
    differ(key, "saved by batch", amount(expected.savedByBatch), found.savedByBatch, differences);
    differ(key, "exchanges", count(expected.exchanges), count(found.exchanges), differences);
    differ(
        key,
        "rolled up exchanges",
        count(expected.exchanges),
        count(found.rolledUpExchanges),
        differences);
    differ(key, "rows", count(expected.rows), count(found.rows), differences);
    differ(
        key, "unpriced rows", count(expected.unpricedRows), count(found.unpricedRows), differences);
  }

  private static void differ(
      String key, String what, BigDecimal expected, BigDecimal found, List<String> differences) {
    if (expected.compareTo(found) != 0) {
      differences.add(
          "%s: %s is %s instead of %s"
              .formatted(key, what, found.toPlainString(), expected.toPlainString()));
    }
  }

  private static BigDecimal amount(BigInteger unscaled) {
    return new BigDecimal(unscaled, Recomputation.SCALE);
  }

  private static BigDecimal count(long count) {
    return BigDecimal.valueOf(count);
  }
}
