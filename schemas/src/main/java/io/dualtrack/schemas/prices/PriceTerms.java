package io.dualtrack.schemas.prices;

import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.TierFactor;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One price record, its factors multiplied out, ready to be asked for every exchange. */
final class PriceTerms {

  private static final String STANDARD = "standard";

  private record Line(long aboveInputTokens, BigDecimal perToken) {}

  private final String reference;
  private final String currency;
  private final Instant from;
  private final Instant to;
  private final Map<String, EnumMap<TokenClass, List<Line>>> lines = new HashMap<>();

  private PriceTerms(String reference, String currency, Instant from, Instant to) {
    this.reference = reference;
    this.currency = currency;
    this.from = from;
    this.to = to;
  }

  static PriceTerms of(Price price) throws InvalidPriceException {
    String reference = price.getPriceId() + "#" + price.getVersion();
    if (price.getEffectiveTo() != null
        && !price.getEffectiveTo().isAfter(price.getEffectiveFrom())) {
      throw new InvalidPriceException(reference + ": it ends before it begins");
    }
    PriceTerms terms =
        new PriceTerms(
            reference, price.getCurrency(), price.getEffectiveFrom(), price.getEffectiveTo());
    BigDecimal factor =
        factor(reference, price.getRegionalUplift())
            .multiply(factor(reference, price.getComplianceFactor()));
    for (Rate rate : price.getRates()) {
      terms.add(rate, rate.getTier(), factor);
    }
    for (TierFactor tier : price.getTierFactors()) {
      if (terms.lines.containsKey(tier.getTier())) {
        continue;
      }
      BigDecimal both = factor.multiply(factor(reference, tier.getFactor()));
      for (Rate rate : price.getRates()) {
        if (rate.getTier().equals(STANDARD)) {
          terms.add(rate, tier.getTier(), both);
        }
      }
    }
    terms.lines.values().stream()
        .flatMap(classes -> classes.values().stream())
        .forEach(list -> list.sort(Comparator.comparingLong(Line::aboveInputTokens).reversed()));
    return terms;
  }

  private static BigDecimal factor(String reference, BigDecimal factor)
      throws InvalidPriceException {
    if (factor == null) {
      return BigDecimal.ONE;
    }
    if (factor.signum() < 0) {
      throw new InvalidPriceException(reference + ": a factor is negative");
    }
    return factor.stripTrailingZeros();
  }

  private void add(Rate rate, String tier, BigDecimal factor) throws InvalidPriceException {
    TokenClass tokenClass = tokenClass(rate);
    if (rate.getPerToken().signum() < 0) {
      throw new InvalidPriceException(
          "%s: the rate of %s is negative".formatted(reference, tokenClass));
    }
    BigDecimal perToken =
        factor.compareTo(BigDecimal.ONE) == 0
            ? rate.getPerToken()
            : rate.getPerToken().multiply(factor).setScale(PriceBook.SCALE, RoundingMode.HALF_EVEN);
    lines
        .computeIfAbsent(tier, name -> new EnumMap<>(TokenClass.class))
        .computeIfAbsent(tokenClass, name -> new ArrayList<>())
        .add(new Line(Math.max(0, rate.getAboveInputTokens()), perToken));
  }

  private TokenClass tokenClass(Rate rate) throws InvalidPriceException {
    for (TokenClass known : TokenClass.values()) {
      if (known.name().equals(rate.getTokenClass())) {
        return known;
      }
    }
    throw new InvalidPriceException(
        "%s: %s is no token class".formatted(reference, rate.getTokenClass()));
  }

  String reference() {
    return reference;
  }

  String currency() {
    return currency;
  }

  Instant from() {
    return from;
  }

  boolean covers(Instant at) {
    return !at.isBefore(from) && (to == null || at.isBefore(to));
  }

  /** Null where the price has no rate for the class and tier. */
  BigDecimal perToken(String tier, TokenClass tokenClass, long input) {
    EnumMap<TokenClass, List<Line>> classes = lines.get(tier);
    List<Line> thresholds = classes == null ? null : classes.get(tokenClass);
    if (thresholds == null) {
      return null;
    }
    for (Line line : thresholds) {
      if (line.aboveInputTokens() == 0 || input > line.aboveInputTokens()) {
        return line.perToken();
      }
    }
    return null;
  }
}
