package io.dualtrack.review.control;

import io.dualtrack.schemas.Budget;
import io.dualtrack.schemas.BudgetAction;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Discount;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.Shadowing;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TierFactor;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.prices.PriceBook;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.Currency;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;

/** What a schema cannot say of prices, budgets and discounts. */
final class MoneyChecks {

  private static final List<String> TOKEN_CLASSES =
      EnumSet.complementOf(EnumSet.of(TokenClass.NONE, TokenClass.MISMATCH, TokenClass.ALLOCATION))
          .stream()
          .map(TokenClass::name)
          .toList();
  private static final List<String> TIERS = List.of("standard", "batch", "flex", "priority");
  private static final Set<String> CURRENCIES =
      Currency.getAvailableCurrencies().stream()
          .map(Currency::getCurrencyCode)
          .collect(Collectors.toUnmodifiableSet());

  private final Places places;
  private final FieldChecks fields;

  MoneyChecks(Places places, FieldChecks fields) {
    this.places = places;
    this.fields = fields;
  }

  void price(Price price) {
    fields.period(price, price.getEffectiveFrom(), price.getEffectiveTo());
    currency(price, price.getCurrency());
    fields.unique(
        price.getRates(),
        rate ->
            "%s %s above %d"
                .formatted(rate.getTokenClass(), rate.getTier(), rate.getAboveInputTokens()),
        "rate",
        "token_class");
    price.getRates().forEach(this::rate);
    fields.unique(price.getTierFactors(), TierFactor::getTier, "tier factor", "tier");
    for (TierFactor factor : price.getTierFactors()) {
      fields.oneOf(factor, "tier", factor.getTier(), TIERS);
      aboveZero(factor, "factor", factor.getFactor());
    }
    aboveZero(price, "regional_uplift", price.getRegionalUplift());
    aboveZero(price, "compliance_factor", price.getComplianceFactor());
    for (String needed : List.of("UNCACHED_INPUT", "OUTPUT")) {
      if (price.getRates().stream()
          .noneMatch(
              rate ->
                  rate.getTokenClass().equals(needed)
                      && rate.getTier().equals("standard")
                      && rate.getAboveInputTokens() == 0)) {
        places.problem(
            price,
            "rates",
            "the price of '%s' has no standard rate for %s".formatted(price.getOffering(), needed),
            "add one; tokens without a rate stay unpriced");
      }
    }
  }

  private void rate(Rate rate) {
    fields.oneOf(rate, "token_class", rate.getTokenClass(), TOKEN_CLASSES);
    fields.oneOf(rate, "tier", rate.getTier(), TIERS);
    if (rate.getPerToken().signum() < 0) {
      places.problem(rate, "per_token", "a rate is negative", "write 0 or more");
    }
    if (rate.getAboveInputTokens() < 0) {
      places.problem(
          rate, "above_input_tokens", "'above_input_tokens' is negative", "write 0 or more");
    }
  }

  void rateOfDay(CurrencyRate rate) {
    currency(rate, rate.getCurrency());
    aboveZero(rate, "per_unit", rate.getPerUnit());
    if (rate.getCurrency().equals(PriceBook.CURRENCY)) {
      places.problem(
          rate,
          "currency",
          "%s is what every amount is in already".formatted(PriceBook.CURRENCY),
          "leave the rate out");
    }
    try {
      LocalDate.parse(rate.getDay());
    } catch (DateTimeParseException e) {
      places.problem(
          rate,
          "day",
          "'day' is no day: %s".formatted(rate.getDay()),
          "write a UTC day like 2026-01-31");
    }
  }

  /** A price in a currency of which nobody told a rate would leave everything unpriced. */
  void ratesOf(List<Price> prices, Stream<CurrencyRate> rates) {
    Set<String> known = rates.map(CurrencyRate::getCurrency).collect(Collectors.toSet());
    for (Price price : prices) {
      if (CURRENCIES.contains(price.getCurrency())
          && !price.getCurrency().equals(PriceBook.CURRENCY)
          && !known.contains(price.getCurrency())) {
        places.problem(
            price,
            "currency",
            "no rate of %s is known, so nothing could be priced with it"
                .formatted(price.getCurrency()),
            "add its US dollars for each UTC day under 'currencies', or write the price in USD");
      }
    }
  }

  private void currency(SpecificRecord record, String currency) {
    if (!CURRENCIES.contains(currency)) {
      places.problem(
          record,
          "currency",
          "'currency' cannot be '%s'".formatted(currency),
          "write its ISO 4217 code, like USD or EUR");
    }
  }

  void tenant(Tenant tenant) {
    if (tenant.getMonthlyBudget() != null && tenant.getMonthlyBudget().signum() < 0) {
      places.problem(
          tenant,
          "monthly_budget",
          "'monthly_budget' is negative",
          "write US dollars, or leave it out");
    }
    fields.unique(
        tenant.getBudgets(),
        budget ->
            "%s %s"
                .formatted(
                    budget.getHard() ? "hard" : "soft",
                    Objects.requireNonNullElse(budget.getCostCentre(), "for the whole tenant")),
        "budget",
        "cost_centre");
    tenant.getBudgets().forEach(this::budget);
    for (Discount discount : tenant.getDiscounts()) {
      aboveZero(discount, "factor", discount.getFactor());
      fields.period(discount, discount.getEffectiveFrom(), discount.getEffectiveTo());
    }
  }

  void shadowing(Shadowing shadowing) {
    aboveZero(shadowing, "percent", shadowing.getPercent());
    aboveZero(shadowing, "monthly_budget", shadowing.getMonthlyBudget());
    if (shadowing.getPercent().compareTo(BigDecimal.valueOf(100)) > 0) {
      places.problem(
          shadowing, "percent", "'percent' is above 100", "write how many requests of a hundred");
    }
  }

  private void budget(Budget budget) {
    aboveZero(budget, "amount", budget.getAmount());
    if (budget.getCostCentre() != null && budget.getCostCentre().isBlank()) {
      places.problem(
          budget,
          "cost_centre",
          "'cost_centre' is blank",
          "name one, or leave it out for the whole tenant");
    }
    for (int percent : budget.getAlertPercents()) {
      if (percent < 1) {
        places.problem(
            budget,
            "alert_percents",
            "an alert is below 1 percent",
            "write percents like [50, 80]");
      }
    }
    if (new TreeSet<>(budget.getAlertPercents()).size() < budget.getAlertPercents().size()) {
      places.problem(
          budget, "alert_percents", "'alert_percents' has one twice", "keep one of them");
    }
    if (!budget.getHard() && budget.getAction() != BudgetAction.REFUSE) {
      places.problem(
          budget,
          "action",
          "a budget that is not hard moves nothing",
          "add 'hard: true', or leave 'action' out");
    }
  }

  private void aboveZero(SpecificRecord record, String key, BigDecimal value) {
    if (value != null && value.signum() <= 0) {
      places.problem(record, key, "'%s' is not above 0".formatted(key), "write a number above 0");
    }
  }
}
