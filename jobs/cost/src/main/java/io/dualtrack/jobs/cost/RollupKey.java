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

  /** 2^32 by the golden ratio: names that differ in a digit get hashes that differ everywhere. */
  private static final int SPREAD = 0x9E3779B9;

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

  /**
   * Whether two rows surely have the same key: their names are the same objects, as they are in
   * rows of one exchange. It is much cheaper than two keys.
   */
  @SuppressWarnings("ReferenceEquality")
  static boolean isSame(LedgerEntry one, LedgerEntry other) {
    return one.getExchangeId() == other.getExchangeId()
        && one.getAt() == other.getAt()
        && one.getBillingMonth() == other.getBillingMonth()
        && one.getTenant() == other.getTenant()
        && one.getCostCentre() == other.getCostCentre()
        && one.getAccount() == other.getAccount()
        && one.getModel() == other.getModel()
        && one.getOffering() == other.getOffering()
        && one.getLane() == other.getLane()
        && one.getJurisdictions() == other.getJurisdictions()
        && one.getTier() == other.getTier()
        && one.getPrice() == other.getPrice()
        && one.getChargeClass() == other.getChargeClass()
        && one.getShadow() == other.getShadow()
        && one.getCurrency() == other.getCurrency();
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
    int hash = Long.hashCode(day) * SPREAD + account.hashCode();
    hash = hash * SPREAD + Objects.hashCode(offering);
    hash = hash * SPREAD + Objects.hashCode(price);
    hash = hash * SPREAD + tier.hashCode();
    return (hash * SPREAD + chargeClass.ordinal()) * SPREAD;
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
