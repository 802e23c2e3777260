package io.dualtrack.jobs.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Period;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RollupsTest {

  private static final PriceBook BOOK =
      PriceBook.of(List.of(Samples.standardPrice(Samples.OFFERING)));
  private static final PriceBook EMPTY = PriceBook.of(List.of());
  private static final Exchange EXCHANGE =
      Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(100, 40, 7));

  @Test
  void anExchangeCountsOnceInItsDayAndInItsMonthByUtc() {
    CostRollup day = Rollups.changes(List.of(), Ledger.rows(EXCHANGE, BOOK)).get(0);
    List<CostRollup> changes = List.of(day, Rollups.inMonth(day));

    assertThat(changes).extracting(CostRollup::getPeriod).containsExactly(Period.DAY, Period.MONTH);
    assertThat(changes)
        .extracting(CostRollup::getPeriodStart)
        .containsExactly(
            Instant.parse("2026-11-21T00:00:00Z"), Instant.parse("2026-11-01T00:00:00Z"));
    assertThat(changes).extracting(CostRollup::getExchanges).containsOnly(1L);
    assertThat(changes).extracting(CostRollup::getUncachedInput).containsOnly(100L);
    assertThat(changes).extracting(CostRollup::getCacheRead).containsOnly(40L);
    assertThat(changes).extracting(CostRollup::getOutput).containsOnly(7L);
    assertThat(changes)
        .extracting(CostRollup::getCost)
        .containsOnly(new BigDecimal("0.00073").setScale(18));
    assertThat(changes)
        .extracting(CostRollup::getRollupId)
        .containsExactly(
            "DAY|2026-11-21|acme|research|gpt-5.6-sol|openai-sol-eu|API|EU|USD",
            "MONTH|2026-11-01|acme|research|gpt-5.6-sol|openai-sol-eu|API|EU|USD");
  }

  @Test
  void midnightBelongsToTheDayAndMonthThatBegin() {
    assertThat(Rollups.start(Period.DAY, Instant.parse("2026-12-01T00:00:00Z")))
        .isEqualTo("2026-12-01T00:00:00Z");
    assertThat(Rollups.start(Period.MONTH, Instant.parse("2026-11-30T23:59:59.999Z")))
        .isEqualTo("2026-11-01T00:00:00Z");
  }

  @Test
  void aPriceThatComesLaterMovesTokensFromUnpricedToCostAndCountsNothingTwice() {
    List<LedgerEntry> unpriced = Ledger.rows(EXCHANGE, EMPTY);
    List<LedgerEntry> priced = Ledger.reprice(unpriced, BOOK);
    CostRollup before = Rollups.changes(List.of(), unpriced).get(0);

    CostRollup after = Rollups.plus(before, Rollups.changes(unpriced, priced).get(0));

    assertThat(before.getUnpricedTokens()).isEqualTo(147);
    assertThat(before.getCost()).isZero();
    assertThat(after).isEqualTo(Rollups.changes(List.of(), Ledger.rows(EXCHANGE, BOOK)).get(0));
  }

  @Test
  void aLaterPriceInAnotherCurrencyMovesTheExchangeToThatCurrencysRollup() {
    var price = Samples.standardPrice(Samples.OFFERING);
    price.setCurrency("EUR");
    List<LedgerEntry> unpriced = Ledger.rows(EXCHANGE, EMPTY);
    List<LedgerEntry> priced = Ledger.reprice(unpriced, PriceBook.of(List.of(price)));

    List<CostRollup> days = Rollups.changes(unpriced, priced);

    assertThat(days).extracting(CostRollup::getCurrency).containsExactlyInAnyOrder("EUR", "USD");
    assertThat(days.stream().mapToLong(CostRollup::getExchanges).sum()).isZero();
    assertThat(days.stream().mapToLong(CostRollup::getUncachedInput).sum()).isZero();
    assertThat(days.stream().mapToLong(CostRollup::getUnpricedTokens).sum()).isEqualTo(-147);
  }

  @Test
  void whatTheCacheAnsweredIsSavedAndIsNoTokenOfTheProvidersBill() {
    Exchange cached = Samples.exchange("x1", AnswerSource.CACHE, Samples.usage(100, 0, 0));

    CostRollup day = Rollups.changes(List.of(), Ledger.rows(cached, BOOK)).get(0);

    assertThat(day.getExchanges()).isEqualTo(1);
    assertThat(day.getUncachedInput()).isZero();
    assertThat(day.getCost()).isZero();
    assertThat(day.getSaved()).isEqualTo(new BigDecimal("0.0005").setScale(18));
  }

  @Test
  void aCountThatIsNoCountShowsAmongTheUnpricedTokens() {
    Exchange negative = Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(-5, 0, 0));
    Exchange absurd =
        Samples.exchange("x2", AnswerSource.PROVIDER, Samples.usage(Long.MIN_VALUE, 0, 0));

    assertThat(Rollups.changes(List.of(), Ledger.rows(negative, BOOK)).get(0).getUnpricedTokens())
        .isEqualTo(5);
    assertThat(Rollups.changes(List.of(), Ledger.rows(absurd, BOOK)).get(0).getUnpricedTokens())
        .isEqualTo(PriceBook.MOST_TOKENS);
    assertThat(Rollups.changes(List.of(), Ledger.rows(negative, BOOK)).get(0).getUncachedInput())
        .isZero();
  }

  @Test
  void namesWithASeparatorInThemDoNotShareARollup() {
    Exchange one = Samples.exchange("x1", AnswerSource.NONE, null);
    Exchange other = Samples.exchange("x2", AnswerSource.NONE, null);
    one.setTenant("a|b");
    one.setCostCentre("c");
    other.setTenant("a");
    other.setCostCentre("b|c");

    assertThat(Rollups.changes(List.of(), Ledger.rows(one, BOOK)).get(0).getRollupId())
        .isNotEqualTo(Rollups.changes(List.of(), Ledger.rows(other, BOOK)).get(0).getRollupId());
  }
}
