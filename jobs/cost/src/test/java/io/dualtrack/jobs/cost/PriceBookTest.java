package io.dualtrack.jobs.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PriceBookTest {

  private static final String OFFERING = Samples.OFFERING;

  @Test
  void tokensCostTheirRateTimesTheirNumberToTheLastDecimal() {
    PriceBook book =
        PriceBook.of(
            List.of(
                Samples.price(
                    OFFERING,
                    "2026-01-01T00:00:00Z",
                    null,
                    Samples.rate("OUTPUT", "0.000000000000000001"))));

    assertThat(quote(book, TokenClass.OUTPUT, 3, 0))
        .isEqualTo(priced("2026-01-01", "0.000000000000000003"));
  }

  @Test
  void aPriceIsInForceFromItsFirstInstantUntilBeforeItsLast() {
    PriceBook book =
        PriceBook.of(
            List.of(
                Samples.price(
                    OFFERING,
                    "2026-01-01T00:00:00Z",
                    "2026-07-01T00:00:00Z",
                    Samples.rate("OUTPUT", "2")),
                Samples.price(
                    OFFERING, "2026-07-01T00:00:00Z", null, Samples.rate("OUTPUT", "3"))));

    assertThat(at(book, "2025-12-31T23:59:59.999Z")).isEqualTo(new Quote.NoPrice());
    assertThat(at(book, "2026-01-01T00:00:00Z")).isEqualTo(priced("2026-01-01", "2"));
    assertThat(at(book, "2026-06-30T23:59:59.999Z")).isEqualTo(priced("2026-01-01", "2"));
    assertThat(at(book, "2026-07-01T00:00:00Z")).isEqualTo(priced("2026-07-01", "3"));
  }

  @Test
  void aTemporaryPriceGoesOverAStandingOneAndGivesWayToItAgain() {
    PriceBook book =
        PriceBook.of(
            List.of(
                Samples.price(
                    OFFERING,
                    "2026-07-01T00:00:00Z",
                    "2026-08-01T00:00:00Z",
                    Samples.rate("OUTPUT", "1")),
                Samples.price(
                    OFFERING, "2026-01-01T00:00:00Z", null, Samples.rate("OUTPUT", "2"))));

    assertThat(at(book, "2026-07-15T00:00:00Z")).isEqualTo(priced("2026-07-01", "1"));
    assertThat(at(book, "2026-08-01T00:00:00Z")).isEqualTo(priced("2026-01-01", "2"));
  }

  @Test
  void aContextThresholdAppliesToInputAboveItOnly() {
    PriceBook book =
        PriceBook.of(
            List.of(
                Samples.price(
                    OFFERING,
                    "2026-01-01T00:00:00Z",
                    null,
                    Samples.rate("OUTPUT", "1"),
                    Samples.rate("OUTPUT", 200_000, "1.5"),
                    Samples.rate("OUTPUT", 272_000, "2"))));

    assertThat(quote(book, TokenClass.OUTPUT, 1, 0)).isEqualTo(priced("2026-01-01", "1"));
    assertThat(quote(book, TokenClass.OUTPUT, 1, 200_000)).isEqualTo(priced("2026-01-01", "1"));
    assertThat(quote(book, TokenClass.OUTPUT, 1, 200_001)).isEqualTo(priced("2026-01-01", "1.5"));
    assertThat(quote(book, TokenClass.OUTPUT, 1, 1_000_000)).isEqualTo(priced("2026-01-01", "2"));
  }

  @Test
  void aTokenClassOrTierWithoutARateIsNotFree() {
    PriceBook book = PriceBook.of(List.of(Samples.standardPrice(OFFERING)));

    assertThat(quote(book, TokenClass.CACHE_WRITE_1H, 5, 5)).isEqualTo(new Quote.NoRate("USD"));
    assertThat(book.quote(OFFERING, "flex", TokenClass.OUTPUT, 5, 5, Samples.NOON))
        .isEqualTo(new Quote.NoRate("USD"));
  }

  @Test
  void anotherOfferingsPriceDoesNotApply() {
    PriceBook book = PriceBook.of(List.of(Samples.standardPrice("another")));

    assertThat(quote(book, TokenClass.OUTPUT, 5, 5)).isEqualTo(new Quote.NoPrice());
  }

  @Test
  void countsThatAreNoCountsHaveNoPrice() {
    PriceBook book = PriceBook.of(List.of(Samples.standardPrice(OFFERING)));

    for (long tokens : new long[] {-1, Long.MIN_VALUE, PriceBook.MOST_TOKENS + 1, Long.MAX_VALUE}) {
      assertThat(quote(book, TokenClass.OUTPUT, tokens, 5)).isInstanceOf(Quote.Invalid.class);
    }
    assertThat(quote(book, TokenClass.OUTPUT, PriceBook.MOST_TOKENS, 5))
        .isInstanceOf(Quote.Priced.class);
  }

  @Test
  void aRateThatIsNegativeOrTooFineOrTooLargeIsRefusedAndNotRounded() {
    for (String perToken : List.of("-0.1", "0.0000000000000000001", "1e21")) {
      Price price = Samples.standardPrice(OFFERING);
      price.getRates().get(2).setPerToken(new BigDecimal(perToken));

      assertThat(quote(PriceBook.of(List.of(price)), TokenClass.OUTPUT, 3, 5))
          .as(perToken)
          .isInstanceOf(Quote.Invalid.class);
    }
  }

  @Test
  void aWithdrawnPricePricesNothing() {
    PriceBook book = PriceBook.of(List.of(PriceBook.withdrawn(OFFERING + "@2026-01-01")));

    assertThat(quote(book, TokenClass.OUTPUT, 5, 5)).isEqualTo(new Quote.NoPrice());
  }

  private static Quote quote(PriceBook book, TokenClass tokenClass, long tokens, long input) {
    return book.quote(OFFERING, "standard", tokenClass, tokens, input, Samples.NOON);
  }

  private static Quote at(PriceBook book, String instant) {
    return book.quote(OFFERING, "standard", TokenClass.OUTPUT, 1, 0, Instant.parse(instant));
  }

  private static Quote priced(String day, String amount) {
    return new Quote.Priced(
        OFFERING + "@" + day + "#1", "USD", new BigDecimal(amount).setScale(18));
  }
}
