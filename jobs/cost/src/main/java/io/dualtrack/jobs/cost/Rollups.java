package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.PriceStatus;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The arithmetic of rollups. A change of a rollup has the form of a rollup itself, with the
 * differences as its figures.
 *
 * <p>Token figures count what a provider billed, priced or not, so that they can be held against
 * its bill; unpricedTokens are those among them without a price. What came from the cache or was
 * joined shows in exchanges and saved only.
 */
public final class Rollups {

  private Rollups() {}

  /**
   * How the daily rollups change when the rows of an exchange become others. Months change by
   * {@link #inMonth}.
   *
   * @param before rows of one exchange as they were written; empty for a new exchange
   * @param after all rows of the same exchange as they are now
   * @return one change per rollup that differs
   */
  public static List<CostRollup> changes(List<LedgerEntry> before, List<LedgerEntry> after) {
    Map<String, CostRollup> sums = contributions(after);
    contributions(before).forEach((id, sum) -> sums.merge(id, negated(sum), Rollups::plus));
    return sums.values().stream().filter(Rollups::changesAnything).toList();
  }

  /** The rollup, or the change of one, of the month that a daily one is in. */
  public static CostRollup inMonth(CostRollup day) {
    Instant start = start(Period.MONTH, day.getPeriodStart());
    return new CostRollup(
        id(
            Period.MONTH,
            start,
            day.getTenant(),
            day.getCostCentre(),
            day.getModel(),
            day.getOffering(),
            day.getLane(),
            day.getJurisdiction(),
            day.getCurrency()),
        Period.MONTH,
        start,
        day.getTenant(),
        day.getCostCentre(),
        day.getModel(),
        day.getOffering(),
        day.getLane(),
        day.getJurisdiction(),
        day.getCurrency(),
        day.getExchanges(),
        day.getUncachedInput(),
        day.getCacheRead(),
        day.getCacheWrite(),
        day.getOutput(),
        day.getUnpricedTokens(),
        day.getCost(),
        day.getSaved());
  }

  /**
   * The sum of two rollups of the same id; neither is changed.
   *
   * @throws ArithmeticException if a token figure leaves the range of a long
   */
  public static CostRollup plus(CostRollup left, CostRollup right) {
    CostRollup sum = emptyLike(left);
    sum.setExchanges(Math.addExact(left.getExchanges(), right.getExchanges()));
    sum.setUncachedInput(Math.addExact(left.getUncachedInput(), right.getUncachedInput()));
    sum.setCacheRead(Math.addExact(left.getCacheRead(), right.getCacheRead()));
    sum.setCacheWrite(Math.addExact(left.getCacheWrite(), right.getCacheWrite()));
    sum.setOutput(Math.addExact(left.getOutput(), right.getOutput()));
    sum.setUnpricedTokens(Math.addExact(left.getUnpricedTokens(), right.getUnpricedTokens()));
    sum.setCost(left.getCost().add(right.getCost()));
    sum.setSaved(left.getSaved().add(right.getSaved()));
    return sum;
  }

  /** First instant of the period that an instant is in, by UTC. */
  public static Instant start(Period period, Instant at) {
    LocalDate day = LocalDate.ofInstant(at, ZoneOffset.UTC);
    LocalDate first =
        switch (period) {
          case DAY -> day;
          case MONTH -> day.withDayOfMonth(1);
        };
    return first.atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  private static Map<String, CostRollup> contributions(List<LedgerEntry> rows) {
    Map<String, CostRollup> sums = new LinkedHashMap<>();
    for (LedgerEntry row : rows) {
      CostRollup rollup = emptyFor(row);
      // Every row of an exchange would count it; the first of each rollup does.
      rollup.setExchanges(sums.containsKey(rollup.getRollupId()) ? 0 : 1);
      add(row, rollup);
      sums.merge(rollup.getRollupId(), rollup, Rollups::plus);
    }
    return sums;
  }

  private static void add(LedgerEntry row, CostRollup rollup) {
    if (row.getPriceStatus() == PriceStatus.PRICED) {
      rollup.setCost(row.getCost());
      rollup.setSaved(row.getSaved());
    }
    if (!Ledger.isBilled(row)) {
      return;
    }
    if (Ledger.isInvalid(row)) {
      rollup.setUnpricedTokens(magnitude(row.getTokens()));
      return;
    }
    if (row.getPriceStatus() == PriceStatus.UNPRICED) {
      rollup.setUnpricedTokens(row.getTokens());
    }
    switch (row.getTokenClass()) {
      case NONE -> {}
      case UNCACHED_INPUT -> rollup.setUncachedInput(row.getTokens());
      case CACHE_READ -> rollup.setCacheRead(row.getTokens());
      case CACHE_WRITE_5M, CACHE_WRITE_1H -> rollup.setCacheWrite(row.getTokens());
      case OUTPUT -> rollup.setOutput(row.getTokens());
    }
  }

  /**
   * What a count out of range adds to the unpriced tokens: enough to be seen, never taking away
   * from others, and not so much that a sum could overflow.
   */
  private static long magnitude(long tokens) {
    return tokens < -PriceBook.MOST_TOKENS
        ? PriceBook.MOST_TOKENS
        : Math.min(Math.abs(tokens), PriceBook.MOST_TOKENS);
  }

  private static CostRollup emptyFor(LedgerEntry row) {
    Instant start = start(Period.DAY, row.getAt());
    String jurisdiction = String.join("+", row.getJurisdictions().stream().sorted().toList());
    String id =
        id(
            Period.DAY,
            start,
            row.getTenant(),
            row.getCostCentre(),
            row.getModel(),
            row.getOffering(),
            row.getLane(),
            jurisdiction,
            row.getCurrency());
    return new CostRollup(
        id,
        Period.DAY,
        start,
        row.getTenant(),
        row.getCostCentre(),
        row.getModel(),
        row.getOffering(),
        row.getLane(),
        jurisdiction,
        row.getCurrency(),
        0L,
        0L,
        0L,
        0L,
        0L,
        0L,
        Ledger.ZERO,
        Ledger.ZERO);
  }

  private static String id(
      Period period,
      Instant start,
      String tenant,
      String costCentre,
      String model,
      String offering,
      Lane lane,
      String jurisdiction,
      String currency) {
    return String.join(
        "|",
        period.name(),
        LocalDate.ofInstant(start, ZoneOffset.UTC).toString(),
        part(tenant),
        part(Objects.requireNonNullElse(costCentre, "")),
        part(model),
        part(Objects.requireNonNullElse(offering, "")),
        lane == null ? "" : lane.name(),
        jurisdiction,
        currency);
  }

  /** Keeps a name with a separator in it from looking like two parts of an id. */
  private static String part(String name) {
    return name.replace("%", "%25").replace("|", "%7C");
  }

  private static CostRollup emptyLike(CostRollup rollup) {
    return new CostRollup(
        rollup.getRollupId(),
        rollup.getPeriod(),
        rollup.getPeriodStart(),
        rollup.getTenant(),
        rollup.getCostCentre(),
        rollup.getModel(),
        rollup.getOffering(),
        rollup.getLane(),
        rollup.getJurisdiction(),
        rollup.getCurrency(),
        0L,
        0L,
        0L,
        0L,
        0L,
        0L,
        Ledger.ZERO,
        Ledger.ZERO);
  }

  private static CostRollup negated(CostRollup rollup) {
    CostRollup negated = emptyLike(rollup);
    negated.setExchanges(-rollup.getExchanges());
    negated.setUncachedInput(-rollup.getUncachedInput());
    negated.setCacheRead(-rollup.getCacheRead());
    negated.setCacheWrite(-rollup.getCacheWrite());
    negated.setOutput(-rollup.getOutput());
    negated.setUnpricedTokens(-rollup.getUnpricedTokens());
    negated.setCost(rollup.getCost().negate());
    negated.setSaved(rollup.getSaved().negate());
    return negated;
  }

  private static boolean changesAnything(CostRollup change) {
    return change.getExchanges() != 0
        || change.getUncachedInput() != 0
        || change.getCacheRead() != 0
        || change.getCacheWrite() != 0
        || change.getOutput() != 0
        || change.getUnpricedTokens() != 0
        || change.getCost().signum() != 0
        || change.getSaved().signum() != 0;
  }
}
