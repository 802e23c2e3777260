package io.dualtrack.schemas.prices;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.PriceProblem;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.TierFactor;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PriceBookTest {

  static {
    AvroSerde.trustRecords();
  }

  private static final String OFFERING = "openai-sol-eu";
  private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
  private static final String ALWAYS = "2026-01-01T00:00:00Z";

  @Test
  void tokensCostTheirRateTimesTheirNumberToTheLastDecimal() {
    PriceBook book = book(price(ALWAYS, null, rate("OUTPUT", "0.000000000000000001")));

    assertThat(amount(book, TokenClass.OUTPUT, 3, 0)).isEqualTo(money("0.000000000000000003"));
  }

  @Test
  void aPriceIsInForceFromItsFirstInstantUntilBeforeItsLast() {
    PriceBook book =
        book(
            price(ALWAYS, "2026-07-01T00:00:00Z", rate("OUTPUT", "2")),
            price("2026-07-01T00:00:00Z", null, rate("OUTPUT", "3")));

    assertThat(at(book, "2025-12-31T23:59:59.999Z")).isEqualTo(unpriced(PriceProblem.NO_PRICE));
    assertThat(at(book, "2026-01-01T00:00:00Z")).isEqualTo(priced("2026-01-01", "2"));
    assertThat(at(book, "2026-06-30T23:59:59.999Z")).isEqualTo(priced("2026-01-01", "2"));
    assertThat(at(book, "2026-07-01T00:00:00Z")).isEqualTo(priced("2026-07-01", "3"));
  }

  @Test
  void aTemporaryPriceGoesOverAStandingOneAndGivesWayToItAgain() {
    PriceBook book =
        book(
            price("2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z", rate("OUTPUT", "1")),
            price(ALWAYS, null, rate("OUTPUT", "2")));

    assertThat(at(book, "2026-07-15T00:00:00Z")).isEqualTo(priced("2026-07-01", "1"));
    assertThat(at(book, "2026-08-01T00:00:00Z")).isEqualTo(priced("2026-01-01", "2"));
  }

  @Test
  void aContextThresholdAppliesToInputAboveItOnly() {
    PriceBook book =
        book(
            price(
                ALWAYS,
                null,
                rate("OUTPUT", "1"),
                rate("OUTPUT", "standard", 200_000, "1.5"),
                rate("OUTPUT", "standard", 272_000, "2")));

    assertThat(amount(book, TokenClass.OUTPUT, 1, 0)).isEqualTo(money("1"));
    assertThat(amount(book, TokenClass.OUTPUT, 1, 200_000)).isEqualTo(money("1"));
    assertThat(amount(book, TokenClass.OUTPUT, 1, 200_001)).isEqualTo(money("1.5"));
    assertThat(amount(book, TokenClass.OUTPUT, 1, 1_000_000)).isEqualTo(money("2"));
  }

  @Test
  void aTokenClassOrTierWithoutARateIsNotFree() {
    PriceBook book = book(price(ALWAYS, null, rate("OUTPUT", "1")));

    assertThat(quote(book, TokenClass.CACHE_WRITE_1H, 5, 5))
        .isEqualTo(unpriced(PriceProblem.NO_RATE));
    assertThat(book.quote(OFFERING, "flex", TokenClass.OUTPUT, 5, 5, NOON))
        .isEqualTo(unpriced(PriceProblem.NO_RATE));
  }

  @Test
  void anotherOfferingsPriceDoesNotApply() {
    PriceBook book = book(price(ALWAYS, null, rate("OUTPUT", "1")));

    assertThat(book.quote("another", "standard", TokenClass.OUTPUT, 5, 5, NOON))
        .isEqualTo(unpriced(PriceProblem.NO_PRICE));
    assertThat(book.quote(null, "standard", TokenClass.OUTPUT, 5, 5, NOON))
        .isEqualTo(unpriced(PriceProblem.NO_OFFERING));
  }

  @Test
  void countsThatAreNoCountsHaveNoPrice() {
    PriceBook book = book(price(ALWAYS, null, rate("OUTPUT", "1")));

    for (long tokens :
        new long[] {-1, Long.MIN_VALUE, 1_000_000_000_000L, PriceBook.MOST_TOKENS + 1}) {
      assertThat(quote(book, TokenClass.OUTPUT, tokens, 5))
          .isEqualTo(unpriced(PriceProblem.INVALID_COUNT));
    }
    assertThat(quote(book, TokenClass.OUTPUT, PriceBook.MOST_TOKENS, 5))
        .isInstanceOf(Quote.Priced.class);
  }

  @Test
  void anAmountThatNoTopicCouldHoldIsNoAmount() {
    PriceBook book = book(price(ALWAYS, null, rate("OUTPUT", "99999999999999999999")));

    assertThat(quote(book, TokenClass.OUTPUT, 2, 5))
        .isEqualTo(unpriced(PriceProblem.INVALID_AMOUNT));
  }

  @Test
  void aRecordThatCannotBeRightIsLeftOutAndNamed() {
    Price backwards = price("2026-07-01T00:00:00Z", ALWAYS, rate("OUTPUT", "1"));
    Price negative = price(ALWAYS, null, rate("OUTPUT", "-1"));
    Price unknown = price(ALWAYS, null, rate("OUTPUTS", "1"));
    PriceBook book = book(backwards, negative, unknown);

    assertThat(quote(book, TokenClass.OUTPUT, 1, 1)).isEqualTo(unpriced(PriceProblem.NO_PRICE));
    assertThat(book.problems())
        .containsExactly(
            "openai-sol-eu@2026-07-01#1: it ends before it begins",
            "openai-sol-eu@2026-01-01#1: the rate of OUTPUT is negative",
            "openai-sol-eu@2026-01-01#1: OUTPUTS is no token class");
  }

  @Test
  void upliftAndComplianceTierMultiplyEveryRate() {
    Price price =
        price(ALWAYS, null, rate("OUTPUT", "0.00001"), rate("OUTPUT", "batch", 0, "0.000005"));
    price.setRegionalUplift(money("1.1"));
    price.setComplianceFactor(money("3"));
    PriceBook book = book(price);

    assertThat(amount(book, TokenClass.OUTPUT, 1_000_000, 1)).isEqualTo(money("33"));
    assertThat(book.quote(OFFERING, "batch", TokenClass.OUTPUT, 1_000_000, 1, NOON))
        .isEqualTo(priced("2026-01-01", "0.0000165", "16.5"));
  }

  @Test
  void aTierWithoutRatesOfItsOwnHasAFactorOfTheStandardOne() {
    Price price =
        price(
            ALWAYS,
            null,
            rate("OUTPUT", "2"),
            rate("OUTPUT", "standard", 100, "4"),
            rate("OUTPUT", "flex", 0, "9"));
    price.setTierFactors(
        List.of(new TierFactor("batch", money("0.5")), new TierFactor("flex", money("0.5"))));
    PriceBook book = book(price);

    assertThat(book.quote(OFFERING, "batch", TokenClass.OUTPUT, 1, 5, NOON))
        .isEqualTo(priced("2026-01-01", "1"));
    assertThat(book.quote(OFFERING, "batch", TokenClass.OUTPUT, 1, 101, NOON))
        .isEqualTo(priced("2026-01-01", "2"));
    assertThat(book.quote(OFFERING, "flex", TokenClass.OUTPUT, 1, 5, NOON))
        .isEqualTo(priced("2026-01-01", "9"));
  }

  @Test
  void anotherCurrencyIsConvertedByTheRateOfTheDayOfUse() {
    Price price = price(ALWAYS, null, rate("OUTPUT", "0.00001"));
    price.setCurrency("EUR");
    PriceBook book =
        PriceBook.of(
            List.of(price),
            List.of(
                new CurrencyRate("EUR@2026-11-20", "EUR", "2026-11-20", money("1.2"), "ECB"),
                new CurrencyRate("EUR@2026-11-21", "EUR", "2026-11-21", money("1.1531"), "ECB")));

    assertThat(amount(book, TokenClass.OUTPUT, 1_000_000, 1)).isEqualTo(money("11.531"));
    assertThat(at(book, "2026-11-22T00:00:00Z")).isEqualTo(unpriced(PriceProblem.NO_CURRENCY_RATE));
  }

  @Test
  void aRequestIsHeldAgainstTheReferencePriceOfItsModel() {
    Price price = price(ALWAYS, null, rate("OUTPUT", "3"));
    price.setReferenceForModel("gpt-5.6-sol");
    PriceBook book = book(price);

    assertThat(book.referenceTerms("gpt-5.6-sol", "standard", 1, NOON).quote(TokenClass.OUTPUT, 2))
        .isEqualTo(priced("2026-01-01", "3", "6"));
    assertThat(book.referenceTerms("another", "standard", 1, NOON).quote(TokenClass.OUTPUT, 2))
        .isEqualTo(unpriced(PriceProblem.NO_PRICE));
  }

  private static PriceBook book(Price... prices) {
    return PriceBook.of(List.of(prices));
  }

  private static Price price(String from, String to, Rate... rates) {
    return Price.newBuilder()
        .setPriceId(OFFERING + "@" + from.substring(0, 10))
        .setVersion("1")
        .setOffering(OFFERING)
        .setCurrency("USD")
        .setEffectiveFrom(Instant.parse(from))
        .setEffectiveTo(to == null ? null : Instant.parse(to))
        .setRates(List.of(rates))
        .build();
  }

  private static Rate rate(String tokenClass, String perToken) {
    return rate(tokenClass, "standard", 0, perToken);
  }

  private static Rate rate(String tokenClass, String tier, long above, String perToken) {
    return new Rate(tokenClass, tier, above, money(perToken));
  }

  private static Quote quote(PriceBook book, TokenClass tokenClass, long tokens, long input) {
    return book.quote(OFFERING, "standard", tokenClass, tokens, input, NOON);
  }

  private static BigDecimal amount(PriceBook book, TokenClass tokenClass, long tokens, long input) {
    return ((Quote.Priced) quote(book, tokenClass, tokens, input)).amount();
  }

  private static Quote at(PriceBook book, String instant) {
    return book.quote(OFFERING, "standard", TokenClass.OUTPUT, 1, 0, Instant.parse(instant));
  }

  private static Quote priced(String day, String amount) {
    return priced(day, amount, amount);
  }

  private static Quote priced(String day, String perToken, String amount) {
    return new Quote.Priced(
        OFFERING + "@" + day + "#1", "USD", null, money(perToken), money(amount));
  }

  private static Quote unpriced(PriceProblem problem) {
    return new Quote.Unpriced(problem);
  }

  private static BigDecimal money(String dollars) {
    return new BigDecimal(dollars).setScale(18);
  }
}
