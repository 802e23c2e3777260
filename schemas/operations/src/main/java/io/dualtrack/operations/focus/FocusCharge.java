package io.dualtrack.operations.focus;

import io.dualtrack.schemas.ChargeClass;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Objects;

/**
 * What makes ledger rows one row of the export: everything but quantities and money. Null in a
 * field means what it means in the ledger.
 */
record FocusCharge(
    YearMonth billed,
    LocalDate day,
    String tenant,
    String account,
    String costCentre,
    String model,
    String offering,
    String lane,
    String jurisdiction,
    TokenClass tokenClass,
    String tier,
    PriceStatus status,
    String price,
    BigDecimal listPerToken,
    String pricingCurrency,
    BigDecimal currencyRate,
    String currency,
    ChargeClass chargeClass) {

  static FocusCharge of(LedgerEntry row) {
    LocalDate day = LocalDate.ofInstant(row.getAt(), ZoneOffset.UTC);
    return new FocusCharge(
        billed(row),
        day,
        row.getTenant(),
        row.getAccount(),
        row.getCostCentre(),
        row.getModel(),
        row.getOffering(),
        row.getLane() == null ? null : row.getLane().name(),
        String.join("+", row.getJurisdictions().stream().sorted().toList()),
        row.getTokenClass(),
        row.getTier(),
        row.getPriceStatus(),
        row.getPrice(),
        row.getListPerToken() == null ? null : row.getListPerToken().stripTrailingZeros(),
        Objects.requireNonNullElse(row.getPricingCurrency(), row.getCurrency()),
        row.getCurrencyRate() == null ? null : row.getCurrencyRate().stripTrailingZeros(),
        row.getCurrency(),
        row.getChargeClass());
  }

  /** The month that bills a row. */
  static YearMonth billed(LedgerEntry row) {
    return YearMonth.from(
        (row.getBillingMonth() == null ? row.getAt() : row.getBillingMonth())
            .atOffset(ZoneOffset.UTC));
  }
}
