package io.dualtrack.schemas.prices;

import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.PriceProblem;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * All known prices, as of one moment. Where several price records of an offering cover an instant,
 * the one that came into effect last is in force: a temporary price goes over a standing one, and
 * the standing one returns when it ends.
 *
 * <p>Every amount is in US dollars: what is priced in another currency is converted by the rate of
 * the UTC day of use.
 */
public final class PriceBook {

  /** Decimals of every amount of money on a topic. */
  public static final int SCALE = 18;

  /** Currency of every amount. */
  public static final String CURRENCY = "USD";

  /**
   * More tokens than any exchange can have by a factor of a hundred; a count above it is an error
   * of whoever counted.
   */
  public static final long MOST_TOKENS = 1_000_000_000L;

  /** Digits of every amount of money on a topic. */
  private static final int PRECISION = 38;

  private static final Comparator<PriceTerms> LATEST_FIRST =
      Comparator.comparing(PriceTerms::from).thenComparing(PriceTerms::reference).reversed();

  private final Map<String, List<PriceTerms>> byOffering = new HashMap<>();
  private final Map<String, List<PriceTerms>> byReferenceModel = new HashMap<>();
  private final Map<String, BigDecimal> currencyRates = new HashMap<>();
  private final List<String> problems = new ArrayList<>();

  private PriceBook() {}

  /** A book without currencies but the US dollar. */
  public static PriceBook of(Iterable<Price> prices) {
    return of(prices, List.of());
  }

  /**
   * @param prices one record per price id; those that cannot be right are left out, see {@link
   *     #problems}
   * @param currencies one record per rate id
   */
  public static PriceBook of(Iterable<Price> prices, Iterable<CurrencyRate> currencies) {
    PriceBook book = new PriceBook();
    for (CurrencyRate rate : currencies) {
      if (rate.getPerUnit().signum() > 0) {
        book.currencyRates.put(rate.getCurrency() + "@" + rate.getDay(), rate.getPerUnit());
      } else {
        book.problems.add("%s: a currency worth nothing or less".formatted(rate.getRateId()));
      }
    }
    for (Price price : prices) {
      try {
        book.add(PriceTerms.of(price), price);
      } catch (InvalidPriceException e) {
        book.problems.add(e.getMessage());
      }
    }
    book.byOffering.values().forEach(terms -> terms.sort(LATEST_FIRST));
    book.byReferenceModel.values().forEach(terms -> terms.sort(LATEST_FIRST));
    return book;
  }

  private void add(PriceTerms terms, Price price) {
    byOffering.computeIfAbsent(price.getOffering(), id -> new ArrayList<>()).add(terms);
    if (price.getReferenceForModel() != null) {
      byReferenceModel
          .computeIfAbsent(price.getReferenceForModel(), id -> new ArrayList<>())
          .add(terms);
    }
  }

  /** What is wrong with the records that were left out, each with its id. */
  public List<String> problems() {
    return List.copyOf(problems);
  }

  /**
   * The terms of one exchange; ask them for each token class.
   *
   * @param offering that was used; null where the exchange names none
   * @param tier standard, batch, flex or priority
   * @param input tokens of the exchange's whole input, which selects among context thresholds
   * @param at when the tokens were used
   */
  public Terms terms(String offering, String tier, long input, Instant at) {
    if (offering == null) {
      return new Terms(null, null, PriceProblem.NO_OFFERING, tier, input);
    }
    return terms(inForce(byOffering.get(offering), at), tier, input, at);
  }

  /**
   * The terms that a request would have had elsewhere, for comparison with the local lane.
   *
   * @param model that the caller asked for
   */
  public Terms referenceTerms(String model, String tier, long input, Instant at) {
    return terms(inForce(byReferenceModel.get(model), at), tier, input, at);
  }

  /** The price of tokens of one class in one exchange, see {@link #terms}. */
  public Quote quote(
      String offering, String tier, TokenClass tokenClass, long tokens, long input, Instant at) {
    return terms(offering, tier, input, at).quote(tokenClass, tokens);
  }

  private Terms terms(PriceTerms price, String tier, long input, Instant at) {
    if (price == null) {
      return new Terms(null, null, PriceProblem.NO_PRICE, tier, input);
    }
    if (price.currency().equals(CURRENCY)) {
      return new Terms(price, null, PriceProblem.NONE, tier, input);
    }
    String day = LocalDate.ofInstant(at, ZoneOffset.UTC).toString();
    BigDecimal rate = currencyRates.get(price.currency() + "@" + day);
    return rate == null
        ? new Terms(null, null, PriceProblem.NO_CURRENCY_RATE, tier, input)
        : new Terms(price, rate, PriceProblem.NONE, tier, input);
  }

  private static PriceTerms inForce(List<PriceTerms> candidates, Instant at) {
    if (candidates != null) {
      for (PriceTerms price : candidates) {
        if (price.covers(at)) {
          return price;
        }
      }
    }
    return null;
  }

  /** What applies to one exchange. */
  public static final class Terms {

    private final PriceTerms price;
    private final BigDecimal currencyRate;
    private final PriceProblem problem;
    private final String tier;
    private final long input;

    private Terms(
        PriceTerms price, BigDecimal currencyRate, PriceProblem problem, String tier, long input) {
      this.price = price;
      this.currencyRate = currencyRate;
      this.problem = problem;
      this.tier = tier;
      this.input = input;
    }

    /**
     * The price of tokens of one class.
     *
     * @param tokens of the class; seconds for AUDIO_SECOND
     */
    public Quote quote(TokenClass tokenClass, long tokens) {
      if (tokenClass == TokenClass.MISMATCH) {
        return new Quote.Unpriced(PriceProblem.MISMATCH);
      }
      if (tokens < 0 || tokens > MOST_TOKENS) {
        return new Quote.Unpriced(PriceProblem.INVALID_COUNT);
      }
      if (price == null) {
        return new Quote.Unpriced(problem);
      }
      BigDecimal perToken = price.perToken(tier, tokenClass, input);
      if (perToken == null) {
        return new Quote.Unpriced(PriceProblem.NO_RATE);
      }
      BigDecimal amount = perToken.multiply(BigDecimal.valueOf(tokens));
      if (currencyRate != null) {
        amount = amount.multiply(currencyRate);
      }
      BigDecimal scaled = amount.setScale(SCALE, RoundingMode.HALF_EVEN);
      if (scaled.precision() > PRECISION) {
        return new Quote.Unpriced(PriceProblem.INVALID_AMOUNT);
      }
      return new Quote.Priced(price.reference(), price.currency(), currencyRate, perToken, scaled);
    }
  }
}
