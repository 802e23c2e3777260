package io.dualtrack.jobs.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.Usage;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerTest {

  private static final PriceBook BOOK =
      PriceBook.of(List.of(Samples.standardPrice(Samples.OFFERING)));
  private static final PriceBook EMPTY = PriceBook.of(List.of());

  @Test
  void anExchangeGivesOneRowPerTokenClassThatItUsed() {
    List<LedgerEntry> rows =
        Ledger.rows(Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(100, 0, 7)), BOOK);

    assertThat(rows)
        .extracting(
            LedgerEntry::getEntryId,
            LedgerEntry::getTokens,
            LedgerEntry::getCost,
            LedgerEntry::getSaved,
            LedgerEntry::getRowsOfExchange)
        .containsExactly(
            tuple("x1/UNCACHED_INPUT", 100L, money("0.0005"), money("0"), 2),
            tuple("x1/OUTPUT", 7L, money("0.00021"), money("0"), 2));
    assertThat(rows)
        .extracting(LedgerEntry::getPrice)
        .containsOnly(Samples.OFFERING + "@2026-01-01#1");
  }

  @Test
  void anAnswerFromTheCacheOrJoinedCostsNothingAndSavesItsPrice() {
    for (AnswerSource source : List.of(AnswerSource.CACHE, AnswerSource.JOINED)) {
      List<LedgerEntry> rows =
          Ledger.rows(Samples.exchange("x1", source, Samples.usage(100, 0, 0)), BOOK);

      assertThat(rows)
          .extracting(LedgerEntry::getCost, LedgerEntry::getSaved)
          .containsExactly(tuple(money("0"), money("0.0005")));
    }
  }

  @Test
  void anExchangeWithoutUsageGivesOneRowThatCostsNothing() {
    for (Usage usage : new Usage[] {null, Samples.usage(0, 0, 0)}) {
      List<LedgerEntry> rows = Ledger.rows(Samples.exchange("x1", AnswerSource.NONE, usage), EMPTY);

      assertThat(rows)
          .extracting(
              LedgerEntry::getEntryId,
              LedgerEntry::getTokenClass,
              LedgerEntry::getTokens,
              LedgerEntry::getPriceStatus,
              LedgerEntry::getCost,
              LedgerEntry::getRowsOfExchange)
          .containsExactly(
              tuple("x1/NONE", TokenClass.NONE, 0L, PriceStatus.PRICED, money("0"), 1));
    }
  }

  @Test
  void tokensWithoutAPriceAreUnpricedAndNotFree() {
    List<LedgerEntry> rows =
        Ledger.rows(Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(100, 0, 7)), EMPTY);

    assertThat(rows).extracting(LedgerEntry::getPriceStatus).containsOnly(PriceStatus.UNPRICED);
    assertThat(rows).extracting(LedgerEntry::getCost).containsOnlyNulls();
    assertThat(rows).extracting(LedgerEntry::getSaved).containsOnlyNulls();
    assertThat(rows).extracting(LedgerEntry::getPrice).containsOnlyNulls();
    assertThat(rows).allMatch(Ledger::isCurable);
  }

  @Test
  void aCountThatIsNoCountStaysVisibleAsItWasReportedAndIsNotWaitedFor() {
    List<LedgerEntry> rows =
        Ledger.rows(
            Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(-5, 0, Long.MAX_VALUE)),
            BOOK);

    assertThat(rows)
        .extracting(LedgerEntry::getTokens, LedgerEntry::getPriceStatus)
        .containsExactly(
            tuple(-5L, PriceStatus.UNPRICED), tuple(Long.MAX_VALUE, PriceStatus.UNPRICED));
    assertThat(rows).noneMatch(Ledger::isCurable);
  }

  @Test
  void whatAProvidersBatchAnsweredHasThePriceOfTheBatchTier() {
    Rate batch = Samples.rate("OUTPUT", "0.000015");
    batch.setTier("batch");
    PriceBook book =
        PriceBook.of(
            List.of(
                Samples.price(
                    Samples.OFFERING,
                    "2026-01-01T00:00:00Z",
                    null,
                    Samples.rate("OUTPUT", "0.00003"),
                    batch)));
    Exchange exchange = Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(0, 0, 1_000));
    exchange.setTier("batch");

    List<LedgerEntry> unpriced = Ledger.rows(exchange, EMPTY);

    assertThat(Ledger.rows(exchange, book))
        .extracting(LedgerEntry::getTier, LedgerEntry::getCost)
        .containsExactly(tuple("batch", money("0.015")));
    assertThat(Ledger.reprice(unpriced, book))
        .extracting(LedgerEntry::getCost)
        .containsExactly(money("0.015"));
  }

  @Test
  void theWholeInputSelectsTheThresholdAlsoWhenPricedLater() {
    PriceBook thresholds =
        PriceBook.of(
            List.of(
                Samples.price(
                    Samples.OFFERING,
                    "2026-01-01T00:00:00Z",
                    null,
                    Samples.rate("UNCACHED_INPUT", "1"),
                    Samples.rate("UNCACHED_INPUT", 100, "2"),
                    Samples.rate("CACHE_READ", "0"),
                    Samples.rate("OUTPUT", "0"))));
    var exchange = Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(60, 60, 900));

    assertThat(Ledger.rows(exchange, thresholds).get(0).getCost()).isEqualTo(money("120"));
    assertThat(Ledger.reprice(Ledger.rows(exchange, EMPTY), thresholds))
        .isEqualTo(Ledger.rows(exchange, thresholds));
  }

  private static BigDecimal money(String dollars) {
    return new BigDecimal(dollars).setScale(18);
  }
}
