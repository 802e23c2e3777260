package io.dualtrack.local.finance;

import io.dualtrack.operations.finance.CostTopics;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Period;
import java.math.BigDecimal;
import java.time.YearMonth;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** The rollups that a month bills, added up by some of their dimensions. */
public final class CostTable {

  /** Figures of one group. Money in US dollars. */
  public static final class Totals {
    private long exchanges;
    private long input;
    private long cacheRead;
    private long output;
    private long unpriced;
    private long mismatch;
    private BigDecimal list = BigDecimal.ZERO;
    private BigDecimal cost = BigDecimal.ZERO;
    private BigDecimal saved = BigDecimal.ZERO;
    private BigDecimal provisional = BigDecimal.ZERO;

    private void add(CostRollup rollup) {
      exchanges += rollup.getExchanges();
      input +=
          rollup.getUncachedInput()
              + rollup.getCacheRead()
              + rollup.getCacheWrite()
              + rollup.getAudioInput()
              + rollup.getImageInput();
      cacheRead += rollup.getCacheRead();
      output += rollup.getOutput() + rollup.getAudioOutput() + rollup.getImageOutput();
      unpriced += rollup.getUnpricedTokens();
      mismatch += rollup.getMismatchTokens();
      cost = cost.add(rollup.getCost());
      list = list.add(Objects.requireNonNullElse(rollup.getListCost(), rollup.getCost()));
      saved = saved.add(rollup.getSaved());
      provisional =
          provisional.add(Objects.requireNonNullElse(rollup.getProvisionalCost(), BigDecimal.ZERO));
    }

    public long exchanges() {
      return exchanges;
    }

    /** Everything that goes in, cached or not. */
    public long input() {
      return input;
    }

    /** Part of {@link #input}. */
    public long cacheRead() {
      return cacheRead;
    }

    public long output() {
      return output;
    }

    /** Tokens that have no price; they are not in the cost. */
    public long unpriced() {
      return unpriced;
    }

    /** Tokens by which providers' totals and their parts differ. */
    public long mismatch() {
      return mismatch;
    }

    public BigDecimal list() {
      return list;
    }

    public BigDecimal cost() {
      return cost;
    }

    public BigDecimal saved() {
      return saved;
    }

    /** Part of the cost that the close of the month settles. */
    public BigDecimal provisional() {
      return provisional;
    }
  }

  private final SortedMap<List<String>, Totals> groups =
      new TreeMap<>(
          (left, right) -> {
            for (int i = 0; i < left.size(); i++) {
              int order = left.get(i).compareTo(right.get(i));
              if (order != 0) {
                return order;
              }
            }
            return 0;
          });
  private final Totals total = new Totals();

  private CostTable() {}

  /**
   * @param month that bills, UTC
   * @param by dimensions in the order of the columns
   */
  public static CostTable of(YearMonth month, List<Dimension> by, Collection<CostRollup> rollups) {
    CostTable table = new CostTable();
    Period period = by.contains(Dimension.DAY) ? Period.DAY : Period.MONTH;
    for (CostRollup rollup : rollups) {
      if (rollup.getPeriod() == period && CostTopics.billed(rollup).equals(month)) {
        List<String> group = by.stream().map(dimension -> dimension.of(rollup)).toList();
        table.groups.computeIfAbsent(group, key -> new Totals()).add(rollup);
        table.total.add(rollup);
      }
    }
    return table;
  }

  public SortedMap<List<String>, Totals> groups() {
    return groups;
  }

  public Totals total() {
    return total;
  }
}
