package io.dualtrack.bench.cost;

import io.dualtrack.schemas.CacheContract;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Discount;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantStatus;
import io.dualtrack.schemas.TierFactor;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/**
 * What tokens cost in the {@link ExchangeLog}, as a formula and as the records that say the same.
 * Prices change every nine hours, so inside the days too.
 */
public final class PriceTable {

  static final int OFFERINGS = 10;

  private static final int LOCAL_FROM = 8;
  private static final int IN_EURO = 7;
  private static final long CHANGE_MS = 9 * 3_600_000L;
  private static final int CHANGES = 14;

  private PriceTable() {}

  static boolean isLocal(int offering) {
    return offering >= LOCAL_FROM;
  }

  /** Trillionths of the currency for one token: input, read from the cache, output. */
  static long[] perToken(int offering, long at) {
    long step = (at - ExchangeLog.START.toEpochMilli()) / CHANGE_MS;
    long input = 1_000_000L * (offering + 1) + 10_000L * step;
    return new long[] {input, input / 10, input * 5};
  }

  /** Hundred-thousandths of a US dollar for a unit of the offering's currency. */
  static long currency(int offering, LocalDate day) {
    return offering == IN_EURO ? 108_000 + 37L * day.getDayOfMonth() : 100_000;
  }

  /** Hundredths of the list price that a tenant pays on the API lane. */
  static long contract(String tenant) {
    return tenant.endsWith("3") ? 93 : 100;
  }

  public static List<Price> prices() {
    List<Price> prices = new ArrayList<>();
    for (int offering = 0; offering < OFFERINGS; offering++) {
      for (int change = 0; change < CHANGES; change++) {
        prices.add(price(offering, change));
      }
    }
    // Wrong date range: it must price nothing.
    Price backwards = price(0, 0);
    backwards.setPriceId("offering-0@backwards");
    backwards.setEffectiveFrom(ExchangeLog.START.plusMillis(5 * CHANGE_MS));
    backwards.setEffectiveTo(ExchangeLog.START);
    prices.add(backwards);
    return prices;
  }

  private static Price price(int offering, int change) {
    Instant from = ExchangeLog.START.plusMillis(change * CHANGE_MS);
    long[] rates = perToken(offering, from.toEpochMilli());
    return Price.newBuilder()
        .setPriceId("offering-" + offering + "@" + change)
        .setVersion("1")
        .setOffering("offering-" + offering)
        .setCurrency(offering == IN_EURO ? "EUR" : "USD")
        .setEffectiveFrom(from)
        .setEffectiveTo(change + 1 == CHANGES ? null : from.plusMillis(CHANGE_MS))
        .setRates(
            List.of(
                rate("UNCACHED_INPUT", rates[0]),
                rate("CACHE_READ", rates[1]),
                rate("OUTPUT", rates[2])))
        .setTierFactors(
            isLocal(offering) ? List.of() : List.of(new TierFactor("batch", money(5, 1))))
        .build();
  }

  public static List<CurrencyRate> currencies() {
    List<CurrencyRate> rates = new ArrayList<>();
    LocalDate first = LocalDate.ofInstant(ExchangeLog.START, ZoneOffset.UTC);
    for (int i = 0; i < 6; i++) {
      LocalDate day = first.plusDays(i);
      rates.add(
          new CurrencyRate(
              "EUR@" + day, "EUR", day.toString(), money(currency(IN_EURO, day), 5), "bench"));
    }
    return rates;
  }

  public static List<Tenant> tenants() {
    List<Tenant> tenants = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String id = "tenant-" + i;
      List<Discount> discounts =
          contract(id) == 100
              ? List.of()
              : List.of(new Discount(null, money(contract(id), 2), Instant.EPOCH, null));
      tenants.add(
          Tenant.newBuilder()
              .setId(id)
              .setName(id)
              .setStatus(TenantStatus.ACTIVE)
              .setControllerCountry("DE")
              .setJurisdictions(List.of())
              .setDataClasses(List.of())
              .setProcessingRegions(List.of())
              .setTransferMechanisms(List.of())
              .setModels(List.of())
              .setCache(new CacheContract(true, 60L, false))
              .setAccounts(List.of())
              .setDiscounts(discounts)
              .build());
    }
    return tenants;
  }

  private static Rate rate(String tokenClass, long trillionths) {
    return new Rate(tokenClass, "standard", 0L, money(trillionths, 12));
  }

  private static BigDecimal money(long unscaled, int scale) {
    return BigDecimal.valueOf(unscaled, scale).setScale(18);
  }
}
