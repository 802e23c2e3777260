package io.dualtrack.jobs.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.BookedRow;
import io.dualtrack.schemas.Discount;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.MonthClose;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.PriceProblem;
import io.dualtrack.schemas.SavingKind;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TierFactor;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.Usage;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerTest {

  private static final Controls BOOK = Samples.controls(Samples.standardPrice(Samples.OFFERING));
  private static final Controls EMPTY = Samples.controls();

  @Test
  void anExchangeGivesOneRowPerTokenClassThatItUsed() {
    Exchange exchange = Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(100, 0, 7));

    List<BookedRow> rows = Ledger.price(exchange, BOOK, 0);

    assertThat(rows)
        .extracting(BookedRow::getTokenClass, BookedRow::getTokens, BookedRow::getCost)
        .containsExactly(
            tuple(TokenClass.UNCACHED_INPUT, 100L, Samples.money("0.0005")),
            tuple(TokenClass.OUTPUT, 7L, Samples.money("0.00021")));
    assertThat(rows)
        .extracting(BookedRow::getPrice)
        .containsOnly(Samples.OFFERING + "@2026-01-01#1");
    LedgerEntry first = Ledger.entry(exchange, rows.get(0), true, 2);
    assertThat(first.getEntryId()).isEqualTo("x1/UNCACHED_INPUT");
    assertThat(first.getRowsOfExchange()).isEqualTo(2);
    assertThat(first.getExchanges()).isEqualTo(1);
    assertThat(first.getBillingMonth()).isEqualTo(Instant.parse("2026-11-01T00:00:00Z"));
  }

  @Test
  void anAnswerFromTheCacheOrJoinedCostsNothingAndSavesItsPrice() {
    for (AnswerSource source : List.of(AnswerSource.CACHE, AnswerSource.JOINED)) {
      List<BookedRow> rows =
          Ledger.price(Samples.exchange("x1", source, Samples.usage(100, 0, 0)), BOOK, 0);

      assertThat(rows)
          .extracting(BookedRow::getCost, BookedRow::getListCost, BookedRow::getSaved)
          .containsExactly(tuple(Samples.money("0"), Samples.money("0"), Samples.money("0.0005")));
    }
  }

  @Test
  void aTenantsDiscountLowersTheContractedCostAndNotTheListCost() {
    Tenant tenant = Samples.tenant("acme", null);
    tenant.setDiscounts(
        List.of(
            new Discount(null, Samples.money("0.9"), Instant.parse("2026-01-01T00:00:00Z"), null),
            new Discount(
                Samples.OFFERING,
                Samples.money("0.8"),
                Instant.parse("2026-01-01T00:00:00Z"),
                Instant.parse("2026-12-01T00:00:00Z"))));
    Controls controls = Samples.controls(Samples.standardPrice(Samples.OFFERING), tenant);

    List<BookedRow> rows =
        Ledger.price(
            Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(100, 0, 0)), controls, 0);

    assertThat(rows)
        .extracting(BookedRow::getListCost, BookedRow::getContractedCost, BookedRow::getCost)
        .containsExactly(
            tuple(Samples.money("0.0005"), Samples.money("0.0004"), Samples.money("0.0004")));
  }

  @Test
  void aProvidersBatchSavesWhatTheStandardTierWouldHaveCost() {
    Price price = Samples.standardPrice(Samples.OFFERING);
    price.setTierFactors(List.of(new TierFactor("batch", Samples.money("0.5"))));
    Exchange exchange = Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(0, 0, 1_000));
    exchange.setTier("batch");

    assertThat(Ledger.price(exchange, Samples.controls(price), 0))
        .extracting(BookedRow::getCost, BookedRow::getSaved, BookedRow::getSavingKind)
        .containsExactly(
            tuple(Samples.money("0.015"), Samples.money("0.015"), SavingKind.BATCH_LANE));
  }

  @Test
  void theLocalLaneSavesWhatTheModelsReferencePriceIsAboveItsOwn() {
    Price reference = Samples.standardPrice("openai-sol-us");
    reference.setReferenceForModel("gpt-5.6-sol");
    Price own =
        Samples.price(
            "llama-home", "2026-01-01T00:00:00Z", null, Samples.rate("OUTPUT", "0.0000055"));
    Exchange exchange =
        Samples.exchange(
            "x1",
            "acme",
            "llama-home",
            AnswerSource.PROVIDER,
            Samples.usage(0, 0, 1_000),
            Samples.NOON);
    exchange.setLane(Lane.LOCAL);

    assertThat(Ledger.price(exchange, Samples.controls(reference, own), 0))
        .extracting(BookedRow::getCost, BookedRow::getSaved, BookedRow::getSavingKind)
        .containsExactly(
            tuple(Samples.money("0.0055"), Samples.money("0.0245"), SavingKind.LOCAL_LANE));
    assertThat(Ledger.price(exchange, Samples.controls(own), 0))
        .extracting(BookedRow::getSaved, BookedRow::getSavingKind)
        .containsExactly(tuple(Samples.money("0"), SavingKind.NONE));
  }

  @Test
  void anExchangeWithoutUsageGivesOneRowThatCostsNothing() {
    for (Usage usage : new Usage[] {null, Samples.usage(0, 0, 0)}) {
      assertThat(Ledger.price(Samples.exchange("x1", AnswerSource.NONE, usage), EMPTY, 0))
          .extracting(BookedRow::getTokenClass, BookedRow::getTokens, BookedRow::getCost)
          .containsExactly(tuple(TokenClass.NONE, 0L, Samples.money("0")));
    }
  }

  @Test
  void aProvidersAnswerThatDoesNotSayWhatItUsedIsNotFree() {
    Exchange exchange = Samples.exchange("x1", AnswerSource.PROVIDER, null);
    exchange.setOutcome(Outcome.ANSWERED);

    assertThat(Ledger.price(exchange, BOOK, 0))
        .extracting(BookedRow::getProblem, BookedRow::getCost)
        .containsExactly(tuple(PriceProblem.NO_USAGE, null));
  }

  @Test
  void aCallThatWasBrokenOffIsNotFree() {
    Exchange exchange = Samples.exchange("order-1", AnswerSource.PROVIDER, null);
    exchange.setOutcome(Outcome.EXPIRED);

    assertThat(Ledger.price(exchange, BOOK, 0))
        .extracting(BookedRow::getProblem, BookedRow::getCost)
        .containsExactly(tuple(PriceProblem.NO_USAGE, null));
  }

  @Test
  void tokensWithoutAPriceAreUnpricedAndNotFree() {
    List<BookedRow> rows =
        Ledger.price(
            Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(100, 0, 7)), EMPTY, 0);

    assertThat(rows).extracting(BookedRow::getProblem).containsOnly(PriceProblem.NO_PRICE);
    assertThat(rows).extracting(BookedRow::getCost).containsOnlyNulls();
    assertThat(rows).extracting(BookedRow::getSaved).containsOnlyNulls();
    assertThat(rows).allMatch(Ledger::isCurable);
  }

  @Test
  void aCountThatIsNoCountStaysVisibleAsItWasReportedAndIsNotWaitedFor() {
    Usage usage = Samples.usage(-5, 0, 1_000_000_000_000L);
    usage.setMismatch(3L);

    List<BookedRow> rows =
        Ledger.price(Samples.exchange("x1", AnswerSource.PROVIDER, usage), BOOK, 0);

    assertThat(rows)
        .extracting(BookedRow::getTokens, BookedRow::getProblem)
        .containsExactly(
            tuple(-5L, PriceProblem.INVALID_COUNT),
            tuple(1_000_000_000_000L, PriceProblem.INVALID_COUNT),
            tuple(3L, PriceProblem.MISMATCH));
    assertThat(rows).noneMatch(Ledger::isCurable);
  }

  @Test
  void theWholeInputSelectsTheThreshold() {
    Controls thresholds =
        Samples.controls(
            Samples.price(
                Samples.OFFERING,
                "2026-01-01T00:00:00Z",
                null,
                Samples.rate("UNCACHED_INPUT", "1"),
                Samples.rate("UNCACHED_INPUT", 100, "2"),
                Samples.rate("CACHE_READ", "0"),
                Samples.rate("OUTPUT", "0")));
    Exchange exchange = Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(60, 60, 900));

    assertThat(Ledger.price(exchange, thresholds, 0).get(0).getCost())
        .isEqualTo(Samples.money("120"));
  }

  @Test
  void usageOfAClosedMonthIsACorrectionInTheNextOpenOne() {
    Controls controls =
        Samples.controls(
            Samples.standardPrice(Samples.OFFERING),
            new MonthClose("2026-11", Samples.NOON, "finance"),
            new MonthClose("2026-12", Samples.NOON, "finance"));
    Exchange exchange = Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(1, 0, 0));

    LedgerEntry row = Ledger.entry(exchange, Ledger.price(exchange, controls, 0).get(0), true, 1);

    assertThat(row.getAt()).isEqualTo(Samples.NOON);
    assertThat(row.getBillingMonth()).isEqualTo(Instant.parse("2027-01-01T00:00:00Z"));
    assertThat(row.getChargeClass()).hasToString("CORRECTION");
  }

  @Test
  void aShadowIsMeasuredAndOwedByNobody() {
    Exchange exchange = Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(100, 0, 0));
    exchange.setShadow(true);

    assertThat(Ledger.price(exchange, BOOK, 0))
        .extracting(BookedRow::getListCost, BookedRow::getCost)
        .containsExactly(tuple(Samples.money("0.0005"), Samples.money("0")));
  }
}
