package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.Usage;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * From exchanges to ledger rows: one row per exchange and token class that was used, and one row of
 * class NONE for an exchange that used nothing.
 */
public final class Ledger {

  /** Currency of rows whose price is not known, and of budgets. */
  public static final String DEFAULT_CURRENCY = "USD";

  /** Zero at the scale of all money here. */
  public static final BigDecimal ZERO = BigDecimal.ZERO.setScale(PriceBook.SCALE);

  private Ledger() {}

  /** The rows of an exchange at the prices of a book; those without a price are UNPRICED. */
  public static List<LedgerEntry> rows(Exchange exchange, PriceBook prices) {
    Map<TokenClass, Long> used = used(exchange.getUsage());
    if (used.isEmpty()) {
      return List.of(row(exchange, TokenClass.NONE, 0, 1, free()));
    }
    long input = input(used);
    List<LedgerEntry> rows = new ArrayList<>(used.size());
    used.forEach(
        (tokenClass, tokens) ->
            rows.add(
                row(
                    exchange,
                    tokenClass,
                    tokens,
                    used.size(),
                    prices.quote(
                        exchange.getOffering(),
                        exchange.getTier(),
                        tokenClass,
                        tokens,
                        input,
                        exchange.getAt()))));
    return rows;
  }

  /**
   * Prices again what was written without a price.
   *
   * @param written all rows of one exchange
   * @return the same rows in the same order, with those replaced that have a price now
   */
  public static List<LedgerEntry> reprice(List<LedgerEntry> written, PriceBook prices) {
    Map<TokenClass, Long> used = new EnumMap<>(TokenClass.class);
    written.forEach(row -> used.put(row.getTokenClass(), row.getTokens()));
    long input = input(used);
    return written.stream()
        .map(row -> isCurable(row) ? repriced(row, input, prices) : row)
        .toList();
  }

  /** Whether a price that is published later could price the row. */
  public static boolean isCurable(LedgerEntry row) {
    return row.getPriceStatus() == PriceStatus.UNPRICED
        && row.getOffering() != null
        && !isInvalid(row);
  }

  /** Whether the row's token count is no count; such a row stays UNPRICED for ever. */
  public static boolean isInvalid(LedgerEntry row) {
    return row.getTokens() < 0 || row.getTokens() > PriceBook.MOST_TOKENS;
  }

  /** Whether the row's tokens were billed by a provider; else they were saved. */
  public static boolean isBilled(LedgerEntry row) {
    return row.getSource() != AnswerSource.CACHE && row.getSource() != AnswerSource.JOINED;
  }

  /**
   * The row that corrects an earlier one of the same exchange and class.
   *
   * @param priced the earlier row, with its price
   */
  public static LedgerEntry correction(LedgerEntry priced) {
    LedgerEntry row = copy(priced);
    row.setEntryId(priced.getEntryId() + "/1");
    return row;
  }

  private static LedgerEntry repriced(LedgerEntry row, long input, PriceBook prices) {
    Quote quote =
        prices.quote(
            row.getOffering(),
            row.getTier(),
            row.getTokenClass(),
            row.getTokens(),
            input,
            row.getAt());
    if (!(quote instanceof Quote.Priced)) {
      return row;
    }
    LedgerEntry priced = copy(row);
    apply(quote, priced);
    return priced;
  }

  private static LedgerEntry row(
      Exchange exchange, TokenClass tokenClass, long tokens, int rows, Quote quote) {
    LedgerEntry row =
        new LedgerEntry(
            exchange.getExchangeId() + "/" + tokenClass,
            exchange.getExchangeId(),
            exchange.getRequestId(),
            exchange.getReplyKey(),
            exchange.getTenant(),
            exchange.getAccount(),
            exchange.getCostCentre(),
            exchange.getAt(),
            exchange.getModel(),
            exchange.getOffering(),
            exchange.getLane(),
            exchange.getJurisdictions(),
            exchange.getSource(),
            tokenClass,
            tokens,
            PriceStatus.UNPRICED,
            null,
            DEFAULT_CURRENCY,
            null,
            null,
            rows,
            exchange.getTier());
    apply(quote, row);
    return row;
  }

  private static void apply(Quote quote, LedgerEntry row) {
    if (quote instanceof Quote.Priced priced) {
      boolean billed = isBilled(row);
      row.setPriceStatus(PriceStatus.PRICED);
      row.setPrice(priced.price());
      row.setCurrency(priced.currency());
      row.setCost(billed ? priced.amount() : ZERO);
      row.setSaved(billed ? ZERO : priced.amount());
    } else if (quote instanceof Quote.NoRate known) {
      row.setCurrency(known.currency());
    }
  }

  private static Quote free() {
    return new Quote.Priced(null, DEFAULT_CURRENCY, ZERO);
  }

  private static LedgerEntry copy(LedgerEntry row) {
    return LedgerEntry.newBuilder(row).build();
  }

  private static Map<TokenClass, Long> used(Usage usage) {
    Map<TokenClass, Long> used = new EnumMap<>(TokenClass.class);
    if (usage != null) {
      used.put(TokenClass.UNCACHED_INPUT, usage.getUncachedInput());
      used.put(TokenClass.CACHE_READ, usage.getCacheRead());
      used.put(TokenClass.CACHE_WRITE_5M, usage.getCacheWrite5m());
      used.put(TokenClass.CACHE_WRITE_1H, usage.getCacheWrite1h());
      used.put(TokenClass.OUTPUT, usage.getOutput());
      used.values().removeIf(tokens -> tokens == 0);
    }
    return used;
  }

  private static long input(Map<TokenClass, Long> used) {
    return used.entrySet().stream()
        .filter(entry -> entry.getKey() != TokenClass.OUTPUT)
        .mapToLong(Map.Entry::getValue)
        // Counts out of range are refused one by one; here they only must not overflow.
        .map(tokens -> Math.max(0, Math.min(tokens, PriceBook.MOST_TOKENS)))
        .sum();
  }
}
