package io.dualtrack.operations.focus;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/** Ledger rows for tests, priced at a rate for a million tokens. */
final class Rows {

  static {
    AvroSerde.trustRecords();
  }

  private Rows() {}

  static LedgerEntry priced(
      String exchange,
      String at,
      String offering,
      TokenClass tokenClass,
      long tokens,
      String perMillion) {
    BigDecimal perToken = new BigDecimal(perMillion).movePointLeft(6).setScale(18);
    BigDecimal cost = perToken.multiply(BigDecimal.valueOf(tokens));
    return LedgerEntry.newBuilder()
        .setEntryId(exchange + "/" + tokenClass)
        .setExchangeId(exchange)
        .setRequestId(exchange)
        .setReplyKey("run")
        .setTenant("acme")
        .setAccount("batch")
        .setCostCentre("research, \"north\"")
        .setAt(Instant.parse(at))
        .setModel("gpt-5.6-sol")
        .setOffering(offering)
        .setLane(Lane.API)
        .setJurisdictions(List.of("EU"))
        .setSource(AnswerSource.PROVIDER)
        .setTokenClass(tokenClass)
        .setTokens(tokens)
        .setPriceStatus(PriceStatus.PRICED)
        .setPrice(offering + "@2026-01-01#1")
        .setCurrency("USD")
        .setCost(cost)
        .setSaved(BigDecimal.ZERO.setScale(18))
        .setRowsOfExchange(1)
        .setListCost(cost)
        .setContractedCost(cost)
        .setListPerToken(perToken)
        .setPricingCurrency("USD")
        .build();
  }

  static LedgerEntry unpriced(
      String exchange, String at, String offering, TokenClass tokenClass, long tokens) {
    LedgerEntry row = priced(exchange, at, offering, tokenClass, tokens, "0");
    row.setPriceStatus(PriceStatus.UNPRICED);
    row.setPrice(null);
    row.setCost(null);
    row.setSaved(null);
    row.setListCost(null);
    row.setContractedCost(null);
    row.setListPerToken(null);
    row.setPricingCurrency(null);
    return row;
  }
}
