package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.ChargeClass;
import io.dualtrack.schemas.CostControl;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Discount;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.MonthClose;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Repricing;
import io.dualtrack.schemas.SelfHostedCost;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.prices.Discounts;
import io.dualtrack.schemas.prices.PriceBook;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Everything that people say about money, as of one moment. Not for several threads at once. */
final class Controls {

  private final List<Price> everyVersion = new ArrayList<>();
  private final List<CurrencyRate> currencies = new ArrayList<>();
  private final Map<String, List<Discount>> discounts = new HashMap<>();
  private final Set<YearMonth> closed = new HashSet<>();
  private final Set<String> hosted = new HashSet<>();
  private final List<Repricing> repricings = new ArrayList<>();
  private final Map<String, PriceBook> byVersion = new HashMap<>();
  private final PriceBook prices;

  /** Of the exchange before; the next one is as a rule of the same month. */
  private Instant monthStart = Instant.MAX;

  private Instant monthEnd = Instant.MIN;
  private Billing ofMonth;

  /**
   * @param records one for each id
   * @param past versions of price records that were replaced since
   */
  Controls(Iterable<CostControl> records, Iterable<Price> past) {
    List<Price> current = new ArrayList<>();
    for (CostControl control : records) {
      Object record = control.getRecord();
      if (record instanceof Price price) {
        current.add(price);
      } else if (record instanceof CurrencyRate rate) {
        currencies.add(rate);
      } else if (record instanceof Tenant tenant && !tenant.getDiscounts().isEmpty()) {
        discounts.put(tenant.getId(), sorted(tenant.getDiscounts()));
      } else if (record instanceof MonthClose close) {
        closed.add(YearMonth.parse(close.getMonth()));
      } else if (record instanceof SelfHostedCost cost) {
        hosted.add(cost.getHostingId());
      } else if (record instanceof Repricing repricing) {
        repricings.add(repricing);
      }
    }
    repricings.sort(
        Comparator.comparing(Repricing::getAt).thenComparing(Repricing::getId).reversed());
    everyVersion.addAll(current);
    past.forEach(everyVersion::add);
    prices = PriceBook.of(current, currencies);
  }

  private static List<Discount> sorted(List<Discount> discounts) {
    List<Discount> sorted = new ArrayList<>(discounts);
    // Those of one offering go before general ones, and the latest before those it replaces.
    sorted.sort(
        Comparator.comparing((Discount each) -> each.getOffering() == null)
            .thenComparing(Discount::getEffectiveFrom, Comparator.reverseOrder()));
    return sorted;
  }

  PriceBook prices() {
    return prices;
  }

  /**
   * The book for one exchange: that of the last repricing which covers it, else the one in force.
   */
  PriceBook pricesFor(Exchange exchange) {
    for (Repricing repricing : repricings) {
      if (covers(repricing, exchange)) {
        return repricing.getPriceVersion() == null
            ? prices
            : byVersion.computeIfAbsent(repricing.getPriceVersion(), this::ofVersion);
      }
    }
    return prices;
  }

  static boolean covers(Repricing repricing, Exchange exchange) {
    return !exchange.getAt().isBefore(repricing.getFrom())
        && exchange.getAt().isBefore(repricing.getTo())
        && (repricing.getOffering() == null
            || repricing.getOffering().equals(exchange.getOffering()));
  }

  private PriceBook ofVersion(String version) {
    return PriceBook.of(
        everyVersion.stream().filter(price -> price.getVersion().equals(version)).toList(),
        currencies);
  }

  /** Factor on list prices by the tenant's contract; null for none. */
  BigDecimal discount(Exchange exchange) {
    List<Discount> contract = discounts.get(exchange.getTenant());
    if (contract == null) {
      return null;
    }
    return Discounts.factor(contract, exchange.getOffering(), exchange.getLane(), exchange.getAt())
        .orElse(null);
  }

  /**
   * Where usage is billed.
   *
   * @param start first instant of the month that bills it
   */
  record Billing(Instant start, ChargeClass charge) {}

  /** The month of the usage if that is open, else the next open one. */
  Billing billing(Instant at) {
    if (at.isBefore(monthStart) || !at.isBefore(monthEnd)) {
      YearMonth own = month(at);
      YearMonth billing = own;
      while (closed.contains(billing)) {
        billing = billing.plusMonths(1);
      }
      ofMonth =
          new Billing(
              start(billing), billing.equals(own) ? ChargeClass.NONE : ChargeClass.CORRECTION);
      monthStart = start(own);
      monthEnd = start(own.plusMonths(1));
    }
    return ofMonth;
  }

  /** Whether the month's cost of the offering will be shared out at its close. */
  boolean isHosted(String offering, Instant at) {
    return !hosted.isEmpty() && hosted.contains(offering + "@" + month(at));
  }

  static YearMonth month(Instant at) {
    return YearMonth.from(at.atOffset(ZoneOffset.UTC));
  }

  static Instant start(YearMonth month) {
    return month.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant();
  }
}
