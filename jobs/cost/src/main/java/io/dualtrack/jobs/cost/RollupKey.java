package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.ChargeClass;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Period;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;

/**
 * The dimensions that rows are added up by.
 *
 * @param day UTC day of use, as days since 1970
 * @param billingMonth first instant of the month that bills
 * @param jurisdiction all of them joined by "+", sorted
 */
record RollupKey(
    long day,
    Instant billingMonth,
    String tenant,
    String costCentre,
    String account,
    String model,
    String offering,
    Lane lane,
    String jurisdiction,
    String tier,
    String price,
    ChargeClass chargeClass,
    boolean shadow,
    String currency) {

  private static final long MILLIS_OF_DAY = 86_400_000;

  static RollupKey of(LedgerEntry row) {
    return new RollupKey(
        Math.floorDiv(row.getAt().toEpochMilli(), MILLIS_OF_DAY),
        row.getBillingMonth(),
        row.getTenant(),
        row.getCostCentre(),
        row.getAccount(),
        row.getModel(),
        row.getOffering(),
        row.getLane(),
        joined(row.getJurisdictions()),
        row.getTier(),
        row.getPrice(),
        row.getChargeClass(),
        row.getShadow(),
        row.getCurrency());
  }

  /** First instant of the day of use, or of the month that bills. */
  Instant start(Period period) {
    return switch (period) {
      case DAY -> Instant.ofEpochMilli(day * MILLIS_OF_DAY);
      case MONTH -> billingMonth;
    };
  }

  private static String joined(List<String> jurisdictions) {
    return switch (jurisdictions.size()) {
      case 0 -> "";
      case 1 -> jurisdictions.get(0);
      default -> String.join("+", jurisdictions.stream().sorted().toList());
    };
  }

  /** Of what differs most between rows; a key is made for each of them. */
  @Override
  public int hashCode() {
    int hash = Long.hashCode(day);
    hash = 31 * hash + account.hashCode();
    hash = 31 * hash + Objects.hashCode(offering);
    hash = 31 * hash + Objects.hashCode(price);
    return 31 * hash + model.hashCode();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RollupKey that
        && day == that.day
        && account.equals(that.account)
        && Objects.equals(offering, that.offering)
        && Objects.equals(price, that.price)
        && model.equals(that.model)
        && tenant.equals(that.tenant)
        && Objects.equals(costCentre, that.costCentre)
        && billingMonth.equals(that.billingMonth)
        && lane == that.lane
        && jurisdiction.equals(that.jurisdiction)
        && tier.equals(that.tier)
        && chargeClass == that.chargeClass
        && shadow == that.shadow
        && currency.equals(that.currency);
  }

  /** Unique, and the same for the same dimensions in every process. */
  String id(Period period) {
    return String.join(
        "|",
        period.name(),
        date(start(period)),
        part(tenant),
        part(costCentre),
        part(model),
        part(offering),
        lane == null ? "" : lane.name(),
        jurisdiction,
        currency,
        part(account),
        part(tier),
        part(price),
        chargeClass.name(),
        date(billingMonth),
        shadow ? "shadow" : "");
  }

  private static String date(Instant instant) {
    return LocalDate.ofInstant(instant, ZoneOffset.UTC).toString();
  }

  /** Keeps a name with a separator in it from looking like two parts of an id. */
  private static String part(String name) {
    return Objects.requireNonNullElse(name, "").replace("%", "%25").replace("|", "%7C");
  }
}
