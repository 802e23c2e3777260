package io.dualtrack.topology.budget;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.BudgetHold;
import io.dualtrack.schemas.Discount;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.Usage;
import io.dualtrack.schemas.prices.Discounts;
import io.dualtrack.schemas.prices.PriceBook;
import io.dualtrack.schemas.prices.Quote;
import io.dualtrack.schemas.prices.UsageClasses;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What requests cost a tenant: at most, before they are sent, and indeed, when they are over. */
public final class Owed {

  static final BigDecimal NOTHING = BigDecimal.ZERO.setScale(PriceBook.SCALE);

  /** A provider's batch is cheaper, but what it does not answer is called directly. */
  private static final String DEAREST_TIER = "standard";

  private static final Set<TokenClass> INPUT =
      EnumSet.of(
          TokenClass.UNCACHED_INPUT,
          TokenClass.CACHE_WRITE_5M,
          TokenClass.CACHE_WRITE_1H,
          TokenClass.AUDIO_INPUT,
          TokenClass.IMAGE_INPUT);
  private static final Set<TokenClass> OUTPUT =
      EnumSet.of(TokenClass.OUTPUT, TokenClass.AUDIO_OUTPUT, TokenClass.IMAGE_OUTPUT);

  /** The most that a request may cost at an offering, or why nobody can say. */
  sealed interface Most {

    /**
     * @param amount US dollars, scale 18
     */
    record Amount(BigDecimal amount) implements Most {}

    /** No price is known. */
    record Unpriced() implements Most {}

    /** Neither the request nor the offering limits the tokens. */
    record Unbounded() implements Most {}
  }

  private final PriceBook prices;
  private final List<Discount> discounts;

  /**
   * @param discounts of the tenant; none for what the list says
   */
  public Owed(PriceBook prices, List<Discount> discounts) {
    this.prices = prices;
    this.discounts = discounts;
  }

  Most most(Offering offering, BudgetHold hold, Instant at) {
    Long ofOne = least(hold.getOutputTokens(), offering.getMaxOutputTokens());
    if (hold.getInputTokens() == null || ofOne == null) {
      return new Most.Unbounded();
    }
    long output = ofOne * hold.getAnswers();
    PriceBook.Terms terms = prices.terms(offering.getId(), DEAREST_TIER, hold.getInputTokens(), at);
    if (!prices(terms, TokenClass.UNCACHED_INPUT)
        || (output > 0 && !prices(terms, TokenClass.OUTPUT))) {
      return new Most.Unpriced();
    }
    if (output > PriceBook.MOST_TOKENS) {
      return new Most.Unbounded();
    }
    BigDecimal list =
        dearest(terms, INPUT, hold.getInputTokens()).add(dearest(terms, OUTPUT, output));
    // A discount may end before the answer comes.
    BigDecimal factor =
        Discounts.factor(discounts, offering.getId(), offering.getLane(), at)
            .orElse(BigDecimal.ONE)
            .max(BigDecimal.ONE);
    return new Most.Amount(scaled(list.multiply(factor)));
  }

  private static Long least(Long one, Long other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return Math.min(one, other);
  }

  private static boolean prices(PriceBook.Terms terms, TokenClass tokenClass) {
    return terms.quote(tokenClass, 0) instanceof Quote.Priced;
  }

  private static BigDecimal dearest(PriceBook.Terms terms, Set<TokenClass> classes, long tokens) {
    BigDecimal dearest = NOTHING;
    for (TokenClass each : classes) {
      if (terms.quote(each, tokens) instanceof Quote.Priced priced) {
        dearest = dearest.max(priced.amount());
      }
    }
    return dearest;
  }

  /**
   * What is owed for an exchange, as the ledger has it.
   *
   * @return US dollars, scale 18; nothing where no price is known, or not what was used
   */
  public Optional<BigDecimal> of(Exchange exchange) {
    boolean free =
        exchange.getShadow()
            || exchange.getSource() == AnswerSource.CACHE
            || exchange.getSource() == AnswerSource.JOINED;
    if (free) {
      return Optional.of(NOTHING);
    }
    Usage usage = exchange.getUsage();
    if (usage == null) {
      return exchange.getSource() == AnswerSource.PROVIDER
          ? Optional.empty()
          : Optional.of(NOTHING);
    }
    PriceBook.Terms terms =
        prices.terms(
            exchange.getOffering(),
            exchange.getTier(),
            UsageClasses.input(usage),
            exchange.getAt());
    BigDecimal factor =
        Discounts.factor(discounts, exchange.getOffering(), exchange.getLane(), exchange.getAt())
            .orElse(BigDecimal.ONE);
    BigDecimal owed = NOTHING;
    for (TokenClass each : TokenClass.values()) {
      long tokens = UsageClasses.tokens(usage, each);
      if (tokens != 0) {
        if (!(terms.quote(each, tokens) instanceof Quote.Priced priced)) {
          return Optional.empty();
        }
        owed = owed.add(scaled(priced.amount().multiply(factor)));
      }
    }
    return Optional.of(owed);
  }

  private static BigDecimal scaled(BigDecimal amount) {
    return amount.setScale(PriceBook.SCALE, RoundingMode.HALF_EVEN);
  }
}
