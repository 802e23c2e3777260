package io.dualtrack.warehouse.reconciliation;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Holds the ledger of a month against a provider's bill, line by line: UTC day × model × token
 * class × tier.
 *
 * <p>What differs on a line that both sides have is split: the token variance is the difference in
 * tokens at our price, the price variance is what is left, that is the difference in price on the
 * tokens billed. They add up to the difference in cost exactly. So a price that is wrong shows on
 * every day and as no tokens, and usage that one side does not know shows as no price.
 */
public final class Reconciliation {

  private static final int SCALE = 18;

  /**
   * Dollars by which a line may be off before it counts as different: the bill's amounts are
   * rounded.
   */
  private static final BigDecimal TOLERANCE = new BigDecimal("0.005");

  /**
   * A line that both sides have.
   *
   * @param tokenVariance US dollars, bill less ledger
   * @param priceVariance US dollars, bill less ledger
   */
  public record Line(
      BillKey key,
      Amounts ledger,
      Amounts bill,
      BigDecimal tokenVariance,
      BigDecimal priceVariance) {

    boolean agrees() {
      return tokenVariance.abs().compareTo(TOLERANCE) <= 0
          && priceVariance.abs().compareTo(TOLERANCE) <= 0;
    }
  }

  /** A line that one side has only. */
  public record Unmatched(BillKey key, Amounts amounts) {}

  /** What a price is off by over all lines of it. */
  public record PriceGap(
      String model,
      TokenClass tokenClass,
      String tier,
      int days,
      BigDecimal atOurPrice,
      BigDecimal billed,
      BigDecimal percent) {}

  /**
   * What came of it.
   *
   * @param different the lines of both sides that do not agree
   * @param onlyBill lines that the ledger does not have, without those of missing days
   * @param onlyLedger lines that the bill does not have, without those of missing days
   * @param daysMissingInBill days on which the ledger has lines and the bill none
   * @param daysMissingInLedger the other way round
   * @param unpricedTokens of the ledger, which no cost can be held against
   */
  public record Result(
      YearMonth month,
      int agreed,
      List<Line> different,
      List<Unmatched> onlyBill,
      List<Unmatched> onlyLedger,
      SortedSet<LocalDate> daysMissingInBill,
      SortedSet<LocalDate> daysMissingInLedger,
      List<PriceGap> priceGaps,
      List<ProviderBill.OtherCharge> otherCharges,
      BigDecimal ledgerTotal,
      BigDecimal billTotal,
      BigDecimal tokenVariance,
      BigDecimal priceVariance,
      BigDecimal onlyBillTotal,
      BigDecimal onlyLedgerTotal,
      BigDecimal otherTotal,
      long unpricedTokens) {

    /** Whether every line of both sides agrees. */
    public boolean agrees() {
      return different.isEmpty()
          && onlyBill.isEmpty()
          && onlyLedger.isEmpty()
          && daysMissingInBill.isEmpty()
          && daysMissingInLedger.isEmpty()
          && unpricedTokens == 0;
    }
  }

  private final YearMonth month;
  private final Function<LedgerEntry, String> models;
  private final SortedMap<BillKey, Amounts> ledger = new TreeMap<>();
  private long unpricedTokens;

  /**
   * @param month of use, UTC
   * @param models the name that the provider has for the model of a row; null for rows of other
   *     providers
   */
  public Reconciliation(YearMonth month, Function<LedgerEntry, String> models) {
    this.month = month;
    this.models = models;
  }

  /** Takes a row that was used in the month and paid to the provider; passes over others. */
  public void add(LedgerEntry row) {
    LocalDate day = LocalDate.ofInstant(row.getAt(), ZoneOffset.UTC);
    boolean called =
        row.getSource() != AnswerSource.CACHE && row.getSource() != AnswerSource.JOINED;
    if (!called
        || row.getTokenClass() == TokenClass.NONE
        || row.getTokenClass() == TokenClass.ALLOCATION
        || !YearMonth.from(day).equals(month)) {
      return;
    }
    String model = models.apply(row);
    if (model == null) {
      return;
    }
    BillKey key = ProviderBill.key(day, model, row.getTokenClass(), row.getTier());
    Amounts amounts = ledger.getOrDefault(key, Amounts.NOTHING).plusTokens(row.getTokens());
    if (row.getPriceStatus() == PriceStatus.PRICED) {
      amounts = amounts.plusCost(row.getCost());
    } else {
      unpricedTokens += row.getTokens();
    }
    ledger.put(key, amounts);
  }

  public Result against(ProviderBill bill) {
    SortedMap<BillKey, Amounts> theirs = new TreeMap<>(bill.lines());
    theirs.keySet().removeIf(key -> !YearMonth.from(key.day()).equals(month));
    ledger.values().removeIf(Amounts::isZero);
    SortedSet<LocalDate> missingInBill = days(ledger.keySet());
    missingInBill.removeAll(days(theirs.keySet()));
    SortedSet<LocalDate> missingInLedger = days(theirs.keySet());
    missingInLedger.removeAll(days(ledger.keySet()));

    List<Line> lines = new ArrayList<>();
    List<Unmatched> onlyLedger = new ArrayList<>();
    ledger.forEach(
        (key, ours) -> {
          Amounts billed = theirs.get(key);
          if (billed == null) {
            onlyLedger.add(new Unmatched(key, ours));
          } else {
            lines.add(line(key, ours, billed));
          }
        });
    List<Unmatched> onlyBill = new ArrayList<>();
    theirs.forEach(
        (key, billed) -> {
          if (!ledger.containsKey(key)) {
            onlyBill.add(new Unmatched(key, billed));
          }
        });
    List<ProviderBill.OtherCharge> others =
        bill.others().stream().filter(each -> YearMonth.from(each.day()).equals(month)).toList();
    return new Result(
        month,
        (int) lines.stream().filter(Line::agrees).count(),
        lines.stream().filter(line -> !line.agrees()).toList(),
        onlyBill.stream().filter(line -> !missingInLedger.contains(line.key().day())).toList(),
        onlyLedger.stream().filter(line -> !missingInBill.contains(line.key().day())).toList(),
        missingInBill,
        missingInLedger,
        gaps(lines),
        others,
        total(ledger.values().stream().toList()),
        total(theirs.values().stream().toList()),
        lines.stream().map(Line::tokenVariance).reduce(BigDecimal.ZERO, BigDecimal::add),
        lines.stream().map(Line::priceVariance).reduce(BigDecimal.ZERO, BigDecimal::add),
        total(onlyBill.stream().map(Unmatched::amounts).toList()),
        total(onlyLedger.stream().map(Unmatched::amounts).toList()),
        others.stream()
            .map(ProviderBill.OtherCharge::cost)
            .reduce(BigDecimal.ZERO, BigDecimal::add),
        unpricedTokens);
  }

  private static Line line(BillKey key, Amounts ours, Amounts billed) {
    BigDecimal ourCost = orZero(ours.cost());
    BigDecimal tokens = BigDecimal.ZERO;
    if (billed.tokens() != null && ours.tokens() != 0) {
      tokens =
          ourCost
              .multiply(BigDecimal.valueOf(billed.tokens() - ours.tokens()))
              .divide(BigDecimal.valueOf(ours.tokens()), SCALE, RoundingMode.HALF_EVEN);
    }
    BigDecimal price =
        billed.cost() == null ? BigDecimal.ZERO : billed.cost().subtract(ourCost).subtract(tokens);
    return new Line(key, ours, billed, tokens, price);
  }

  private record Priced(String model, TokenClass tokenClass, String tier) {}

  private static List<PriceGap> gaps(List<Line> lines) {
    Map<Priced, List<Line>> byPrice =
        new TreeMap<>(
            Comparator.comparing(Priced::model)
                .thenComparing(Priced::tokenClass)
                .thenComparing(Priced::tier));
    for (Line line : lines) {
      if (line.bill().cost() != null
          && line.bill().tokens() != null
          && line.priceVariance().abs().compareTo(TOLERANCE) > 0) {
        byPrice
            .computeIfAbsent(
                new Priced(line.key().model(), line.key().tokenClass(), line.key().tier()),
                key -> new ArrayList<>())
            .add(line);
      }
    }
    List<PriceGap> gaps = new ArrayList<>();
    byPrice.forEach(
        (key, off) -> {
          BigDecimal billed =
              off.stream().map(line -> line.bill().cost()).reduce(BigDecimal.ZERO, BigDecimal::add);
          BigDecimal variance =
              off.stream().map(Line::priceVariance).reduce(BigDecimal.ZERO, BigDecimal::add);
          BigDecimal ours = billed.subtract(variance);
          Set<LocalDate> days = new HashSet<>();
          off.forEach(line -> days.add(line.key().day()));
          gaps.add(
              new PriceGap(
                  key.model(),
                  key.tokenClass(),
                  key.tier(),
                  days.size(),
                  ours,
                  billed,
                  ours.signum() == 0
                      ? null
                      : variance.movePointRight(2).divide(ours, 2, RoundingMode.HALF_EVEN)));
        });
    return gaps;
  }

  private static SortedSet<LocalDate> days(Set<BillKey> keys) {
    SortedSet<LocalDate> days = new TreeSet<>();
    keys.forEach(key -> days.add(key.day()));
    return days;
  }

  private static BigDecimal total(List<Amounts> amounts) {
    return amounts.stream()
        .map(Amounts::cost)
        .map(Reconciliation::orZero)
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  private static BigDecimal orZero(BigDecimal amount) {
    return amount == null ? BigDecimal.ZERO : amount;
  }
}
