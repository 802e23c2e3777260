package io.dualtrack.bench.cost;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Usage;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.TreeMap;

/**
 * What the ledger of an {@link ExchangeLog} has to add up to, by whole numbers and without anything
 * of the job: by day and tenant the cost, what was saved, the exchanges, the rows and the tokens
 * that have no price.
 */
public final class Recomputation {

  /** Decimals of the amounts: the formula's factors have 12, 5, 2 and 1. */
  static final int SCALE = 20;

  private static final BigInteger TENTH = BigInteger.TEN;

  /** Figures of one day of one tenant. */
  public static final class Sum {
    BigInteger cost = BigInteger.ZERO;
    BigInteger savedByCache = BigInteger.ZERO;
    BigInteger savedByBatch = BigInteger.ZERO;
    long exchanges;
    long rows;
    long unpricedRows;
  }

  private final TreeMap<String, Sum> sums = new TreeMap<>();

  /** An exchange for the first time; whoever repeats it must not add it again. */
  public void add(Exchange exchange) {
    LocalDate day = LocalDate.ofInstant(exchange.getAt(), ZoneOffset.UTC);
    Sum sum = sums.computeIfAbsent(day + " " + exchange.getTenant(), key -> new Sum());
    sum.exchanges++;
    Usage usage = exchange.getUsage();
    boolean unknown = exchange.getOffering().startsWith("unknown");
    int offering =
        unknown ? 0 : Integer.parseInt(exchange.getOffering().substring("offering-".length()));
    long[] rates = PriceTable.perToken(offering, exchange.getAt().toEpochMilli());
    long[] tokens = {usage.getUncachedInput(), usage.getCacheRead(), usage.getOutput()};
    for (int i = 0; i < tokens.length; i++) {
      if (tokens[i] == 0) {
        continue;
      }
      sum.rows++;
      if (unknown || tokens[i] < 0 || tokens[i] > 1_000_000_000L) {
        sum.unpricedRows++;
      } else {
        price(exchange, offering, rates[i], tokens[i], day, sum);
      }
    }
    if (usage.getMismatch() != 0) {
      sum.rows++;
      sum.unpricedRows++;
    }
  }

  private static void price(
      Exchange exchange, int offering, long rate, long tokens, LocalDate day, Sum sum) {
    boolean batch = exchange.getTier().equals("batch");
    long contract = PriceTable.isLocal(offering) ? 100 : PriceTable.contract(exchange.getTenant());
    BigInteger standard =
        BigInteger.valueOf(rate)
            .multiply(BigInteger.valueOf(tokens))
            .multiply(BigInteger.valueOf(PriceTable.currency(offering, day)))
            .multiply(BigInteger.valueOf(contract))
            .multiply(TENTH);
    BigInteger amount = batch ? standard.divide(BigInteger.TWO) : standard;
    if (exchange.getSource() == AnswerSource.PROVIDER) {
      sum.cost = sum.cost.add(amount);
      sum.savedByBatch = sum.savedByBatch.add(standard.subtract(amount));
    } else {
      sum.savedByCache = sum.savedByCache.add(amount);
    }
  }

  public TreeMap<String, Sum> sums() {
    return sums;
  }
}
