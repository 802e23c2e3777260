package io.dualtrack.operations.finance;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.prices.PriceBook;
import io.dualtrack.schemas.prices.Quote;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What recorded usage would have cost on other offerings, at their prices of the same days. The
 * tokens are those that were used: another model may need more or fewer of them for the same text.
 *
 * <p>An exchange is priced as a whole, because its whole input selects among context thresholds:
 * its rows are held until all are there. Rows that take others back are priced like those and taken
 * off.
 */
public final class WhatIf {

  private static final Set<TokenClass> INPUT =
      EnumSet.of(
          TokenClass.UNCACHED_INPUT,
          TokenClass.CACHE_READ,
          TokenClass.CACHE_WRITE_5M,
          TokenClass.CACHE_WRITE_1H,
          TokenClass.AUDIO_INPUT,
          TokenClass.AUDIO_CACHE_READ,
          TokenClass.IMAGE_INPUT);

  private static final Set<TokenClass> CACHE =
      EnumSet.of(TokenClass.CACHE_READ, TokenClass.CACHE_WRITE_5M, TokenClass.CACHE_WRITE_1H);

  /** Names that {@link #selector} knows. */
  public static final List<String> SELECTORS =
      List.of("model", "offering", "tenant", "account", "cost_centre", "lane");

  private static final String STANDARD = "standard";

  /** One offering in place of what was used. Money in US dollars. */
  public static final class Candidate {
    private final String offering;
    private BigDecimal cost = BigDecimal.ZERO;
    private long unpriced;
    private long asInput;
    private long asStandard;

    private Candidate(String offering) {
      this.offering = offering;
    }

    public String offering() {
      return offering;
    }

    public BigDecimal cost() {
      return cost;
    }

    /** Tokens that have no price there; they are not in the cost. */
    public long unpriced() {
      return unpriced;
    }

    /** Cached tokens that were priced as plain input, because there is no price of them. */
    public long asInput() {
      return asInput;
    }

    /**
     * Tokens of another tier that were priced at the standard tier, because there is no price of
     * that tier.
     */
    public long asStandard() {
      return asStandard;
    }
  }

  private final YearMonth month;
  private final Predicate<LedgerEntry> moved;
  private final PriceBook prices;
  private final List<Candidate> candidates;
  private final Map<String, List<LedgerEntry>> incomplete = new HashMap<>();
  private long exchanges;
  private long tokens;
  private long unpricedNow;
  private BigDecimal cost = BigDecimal.ZERO;

  /**
   * @param month of use, UTC
   * @param moved which rows would go elsewhere
   * @param offerings where to
   */
  public WhatIf(
      YearMonth month, Predicate<LedgerEntry> moved, PriceBook prices, List<String> offerings) {
    this.month = month;
    this.moved = moved;
    this.prices = prices;
    this.candidates = offerings.stream().map(Candidate::new).toList();
  }

  /** Where to: an offering by its id, or each offering of a model, in the order of their ids. */
  public static List<String> offerings(Collection<Offering> known, String to) {
    return known.stream()
        .filter(each -> each.getId().equals(to) || each.getModel().equals(to))
        .map(Offering::getId)
        .sorted()
        .toList();
  }

  /** One for each month, UTC, that a time touches. */
  public static List<WhatIf> monthly(
      Instant from,
      Instant to,
      Predicate<LedgerEntry> moved,
      PriceBook prices,
      List<String> offerings) {
    List<WhatIf> months = new ArrayList<>();
    YearMonth last = YearMonth.from(to.atOffset(ZoneOffset.UTC));
    for (YearMonth month = YearMonth.from(from.atOffset(ZoneOffset.UTC));
        !month.isAfter(last);
        month = month.plusMonths(1)) {
      months.add(new WhatIf(month, moved, prices, offerings));
    }
    return months;
  }

  /**
   * Takes a row; rows that were not paid for, of other months or not to be moved are passed over.
   */
  public void add(LedgerEntry row) {
    boolean called =
        row.getSource() != AnswerSource.CACHE && row.getSource() != AnswerSource.JOINED;
    if (!called
        || row.getShadow()
        || row.getTokenClass() == TokenClass.NONE
        || row.getTokenClass() == TokenClass.ALLOCATION
        || !YearMonth.from(row.getAt().atOffset(ZoneOffset.UTC)).equals(month)
        || !moved.test(row)) {
      return;
    }
    String set =
        row.getExchangeId() + "/" + row.getRevision() + (row.getReverses() == null ? "" : "-");
    List<LedgerEntry> rows = incomplete.computeIfAbsent(set, key -> new ArrayList<>());
    rows.add(row);
    if (rows.size() >= row.getRowsOfExchange()) {
      incomplete.remove(set);
      price(rows);
    }
  }

  /** Prices what is left, after the last row. */
  public void finish() {
    incomplete.values().forEach(this::price);
    incomplete.clear();
  }

  private void price(List<LedgerEntry> rows) {
    boolean takenBack = rows.get(0).getReverses() != null;
    exchanges += takenBack ? -1 : 1;
    long input =
        rows.stream()
            .filter(row -> INPUT.contains(row.getTokenClass()))
            .mapToLong(row -> Math.abs(row.getTokens()))
            .sum();
    for (LedgerEntry row : rows) {
      tokens += row.getTokens();
      if (row.getPriceStatus() == PriceStatus.PRICED) {
        cost = cost.add(row.getCost());
      } else {
        unpricedNow += row.getTokens();
      }
      candidates.forEach(candidate -> price(row, input, candidate));
    }
  }

  private void price(LedgerEntry row, long input, Candidate candidate) {
    long count = row.getTokens();
    PriceBook.Terms terms = prices.terms(candidate.offering, row.getTier(), input, row.getAt());
    Optional<BigDecimal> amount = amount(terms, row.getTokenClass(), count);
    if (amount.isEmpty() && CACHE.contains(row.getTokenClass())) {
      amount = amount(terms, TokenClass.UNCACHED_INPUT, count);
      candidate.asInput += amount.isPresent() ? count : 0;
    }
    if (amount.isEmpty() && !row.getTier().equals(STANDARD)) {
      PriceBook.Terms standard = prices.terms(candidate.offering, STANDARD, input, row.getAt());
      amount = amount(standard, row.getTokenClass(), count);
      if (amount.isEmpty() && CACHE.contains(row.getTokenClass())) {
        amount = amount(standard, TokenClass.UNCACHED_INPUT, count);
        candidate.asInput += amount.isPresent() ? count : 0;
      }
      candidate.asStandard += amount.isPresent() ? count : 0;
    }
    candidate.cost = candidate.cost.add(amount.orElse(BigDecimal.ZERO));
    candidate.unpriced += amount.isPresent() ? 0 : count;
  }

  private static Optional<BigDecimal> amount(
      PriceBook.Terms terms, TokenClass tokenClass, long count) {
    Quote quote = terms.quote(tokenClass, Math.abs(count));
    if (quote instanceof Quote.Priced priced) {
      return Optional.of(count < 0 ? priced.amount().negate() : priced.amount());
    }
    return Optional.empty();
  }

  public long exchanges() {
    return exchanges;
  }

  public long tokens() {
    return tokens;
  }

  /** What the moved usage costs as it is. */
  public BigDecimal cost() {
    return cost;
  }

  /** Tokens of the moved usage that have no price as it is; they are not in the cost. */
  public long unpricedNow() {
    return unpricedNow;
  }

  public List<Candidate> candidates() {
    return candidates;
  }

  /** Which rows are moved: what they must be, by one or more of {@link #SELECTORS}. */
  public static Predicate<LedgerEntry> selector(Map<String, String> wanted) {
    Map<String, String> copy = new LinkedHashMap<>(wanted);
    return row ->
        copy.entrySet().stream()
            .allMatch(each -> each.getValue().equals(field(row, each.getKey())));
  }

  private static String field(LedgerEntry row, String name) {
    return switch (name) {
      case "model" -> row.getModel();
      case "offering" -> row.getOffering();
      case "tenant" -> row.getTenant();
      case "account" -> row.getAccount();
      case "cost_centre" -> row.getCostCentre();
      case "lane" -> row.getLane() == null ? null : row.getLane().name();
      default -> throw new IllegalArgumentException("nothing is called " + name);
    };
  }
}
