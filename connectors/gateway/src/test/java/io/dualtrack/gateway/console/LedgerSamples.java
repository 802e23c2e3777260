package io.dualtrack.gateway.console;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** A million tokens at $30 that would cost $11 at home. */
final class LedgerSamples {

  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.MILLIS);
  static final String MONTH = NOW.toString().substring(0, 7);

  private LedgerSamples() {}

  static Offering home(Offering like) {
    return Offering.newBuilder(like).setId("home").setLane(Lane.LOCAL).build();
  }

  static Price price() {
    return Price.newBuilder()
        .setPriceId("home@2026-01-01")
        .setVersion("1")
        .setOffering("home")
        .setCurrency("USD")
        .setEffectiveFrom(Instant.EPOCH)
        .setRates(
            List.of(
                Rate.newBuilder()
                    .setTokenClass(TokenClass.OUTPUT.name())
                    .setAboveInputTokens(0)
                    .setPerToken(new BigDecimal("0.000011000000000000"))
                    .build()))
        .build();
  }

  static LedgerEntry row() {
    BigDecimal cost = new BigDecimal("30.000000000000000000");
    return LedgerEntry.newBuilder()
        .setEntryId("e/OUTPUT")
        .setExchangeId("e")
        .setRequestId("e")
        .setReplyKey("run")
        .setTenant("acme")
        .setAccount("batch")
        .setAt(NOW)
        .setModel("gpt<sol>")
        .setOffering("openai-sol-eu")
        .setLane(Lane.API)
        .setJurisdictions(List.of("EU"))
        .setSource(AnswerSource.PROVIDER)
        .setTokenClass(TokenClass.OUTPUT)
        .setTokens(1_000_000)
        .setPriceStatus(PriceStatus.PRICED)
        .setPrice("openai-sol-eu@1")
        .setCurrency("USD")
        .setCost(cost)
        .setListCost(cost)
        .setContractedCost(cost)
        .setPricingCurrency("USD")
        .setRowsOfExchange(1)
        .build();
  }
}
