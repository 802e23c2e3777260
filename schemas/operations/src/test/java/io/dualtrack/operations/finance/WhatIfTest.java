package io.dualtrack.operations.finance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.prices.PriceBook;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WhatIfTest {

  static {
    AvroSerde.trustRecords();
  }

  private static final YearMonth JUNE = YearMonth.of(2026, 6);

  @Test
  void tenBillionTokensAtFifteenDollarsCost63PercentLessAtHome() {
    WhatIf whatIf =
        whatIf(price("home", rate("UNCACHED_INPUT", 0, "5.5"), rate("OUTPUT", 0, "5.5")));
    for (int i = 0; i < 1000; i++) {
      whatIf.add(row("e" + i, TokenClass.UNCACHED_INPUT, 8_000_000, "15", 2));
      whatIf.add(row("e" + i, TokenClass.OUTPUT, 2_000_000, "15", 2));
    }
    whatIf.finish();

    assertThat(whatIf.tokens()).isEqualTo(10_000_000_000L);
    assertThat(whatIf.exchanges()).isEqualTo(1000);
    assertThat(whatIf.cost()).isEqualByComparingTo("150000.00");
    assertThat(whatIf.candidates().get(0).cost()).isEqualByComparingTo("55000.00");
  }

  @Test
  void theWholeInputOfAnExchangeSelectsTheThreshold() {
    WhatIf whatIf =
        whatIf(
            price(
                "long",
                rate("UNCACHED_INPUT", 0, "1"),
                rate("CACHE_READ", 0, "0.1"),
                rate("UNCACHED_INPUT", 200_000, "2"),
                rate("CACHE_READ", 200_000, "0.2")));
    whatIf.add(row("short", TokenClass.UNCACHED_INPUT, 150_000, "5", 1));
    whatIf.add(row("long", TokenClass.UNCACHED_INPUT, 150_000, "5", 2));
    whatIf.add(row("long", TokenClass.CACHE_READ, 100_000, "0.5", 2));
    whatIf.finish();

    assertThat(whatIf.candidates().get(0).cost()).isEqualByComparingTo("0.47");
  }

  @Test
  void aRowThatIsTakenBackIsTakenBackElsewhereToo() {
    WhatIf whatIf = whatIf(price("home", rate("OUTPUT", 0, "1")));
    whatIf.add(row("e", TokenClass.OUTPUT, 1_000_000, "30", 1));
    LedgerEntry back = row("e", TokenClass.OUTPUT, -1_000_000, "30", 1);
    back.setReverses("e/OUTPUT");
    back.setRevision(1);
    whatIf.add(back);
    LedgerEntry again = row("e", TokenClass.OUTPUT, 1_000_000, "20", 1);
    again.setRevision(1);
    whatIf.add(again);
    whatIf.finish();

    assertThat(whatIf.exchanges()).isEqualTo(1);
    assertThat(whatIf.cost()).isEqualByComparingTo("20");
    assertThat(whatIf.candidates().get(0).cost()).isEqualByComparingTo("1");
  }

  @Test
  void whatHasNoPriceThereIsPricedAsItsNearestAndTold() {
    WhatIf whatIf = whatIf(price("home", rate("UNCACHED_INPUT", 0, "1")));
    LedgerEntry cached = row("a", TokenClass.CACHE_READ, 1_000_000, "0.5", 1);
    LedgerEntry batch = row("b", TokenClass.UNCACHED_INPUT, 2_000_000, "2.5", 1);
    batch.setTier("batch");
    whatIf.add(cached);
    whatIf.add(batch);
    whatIf.add(row("c", TokenClass.OUTPUT, 3_000_000, "30", 1));
    whatIf.finish();

    WhatIf.Candidate home = whatIf.candidates().get(0);
    assertThat(home.cost()).isEqualByComparingTo("3");
    assertThat(home.asInput()).isEqualTo(1_000_000);
    assertThat(home.asStandard()).isEqualTo(2_000_000);
    assertThat(home.unpriced()).isEqualTo(3_000_000);
  }

  @Test
  void onlyWhatWasPaidForInTheMonthIsMoved() {
    WhatIf whatIf = whatIf(price("home", rate("OUTPUT", 0, "1")));
    LedgerEntry joined = row("j", TokenClass.OUTPUT, 5, "0", 1);
    joined.setSource(AnswerSource.JOINED);
    LedgerEntry july = row("k", TokenClass.OUTPUT, 5, "1", 1);
    july.setAt(Instant.parse("2026-07-01T00:00:00Z"));
    LedgerEntry other = row("l", TokenClass.OUTPUT, 5, "1", 1);
    other.setModel("claude");
    List.of(joined, july, other).forEach(whatIf::add);
    whatIf.finish();

    assertThat(whatIf.exchanges()).isZero();
  }

  private static WhatIf whatIf(Price price) {
    return new WhatIf(
        JUNE,
        WhatIf.selector(Map.of("model", "gpt-5.6-sol")),
        PriceBook.of(List.of(price)),
        List.of(price.getOffering()));
  }

  private static Price price(String offering, Rate... rates) {
    return Price.newBuilder()
        .setPriceId(offering + "@2026-01-01")
        .setVersion("1")
        .setOffering(offering)
        .setCurrency("USD")
        .setEffectiveFrom(Instant.parse("2026-01-01T00:00:00Z"))
        .setRates(new ArrayList<>(List.of(rates)))
        .build();
  }

  private static Rate rate(String tokenClass, long above, String perMillion) {
    return Rate.newBuilder()
        .setTokenClass(tokenClass)
        .setAboveInputTokens(above)
        .setPerToken(new BigDecimal(perMillion).movePointLeft(6).setScale(18))
        .build();
  }

  private static LedgerEntry row(
      String exchange, TokenClass tokenClass, long tokens, String perMillion, int rows) {
    BigDecimal cost =
        new BigDecimal(perMillion)
            .movePointLeft(6)
            .setScale(18)
            .multiply(BigDecimal.valueOf(tokens));
    return LedgerEntry.newBuilder()
        .setEntryId(exchange + "/" + tokenClass)
        .setExchangeId(exchange)
        .setRequestId(exchange)
        .setReplyKey("run")
        .setTenant("acme")
        .setAccount("batch")
        .setAt(Instant.parse("2026-06-07T12:00:00Z"))
        .setModel("gpt-5.6-sol")
        .setOffering("openai-gpt-5.6-sol-eu")
        .setLane(Lane.API)
        .setJurisdictions(List.of())
        .setSource(AnswerSource.PROVIDER)
        .setTokenClass(tokenClass)
        .setTokens(tokens)
        .setPriceStatus(PriceStatus.PRICED)
        .setCurrency("USD")
        .setCost(cost)
        .setRowsOfExchange(rows)
        .build();
  }
}
