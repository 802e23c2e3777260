package io.dualtrack.operations.finance;

import io.dualtrack.schemas.Budget;
import io.dualtrack.schemas.BudgetBalance;
import io.dualtrack.schemas.BudgetEvent;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.prices.PriceBook;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** How the budgets of all tenants stand in a month. */
public final class BudgetTable {

  /**
   * One budget; all amounts in US dollars.
   *
   * @param budget its record; a tenant's monthly budget is a soft one
   * @param committed what was spent: of a hard budget as requests are held to it, of a soft one as
   *     the ledger has it
   * @param reserved for requests that are under way; zero for a soft budget, which reserves nothing
   */
  public record Line(String tenant, Budget budget, BigDecimal committed, BigDecimal reserved) {

    /** Below zero where the local lane, or nobody, was held to it. */
    public BigDecimal left() {
      return budget.getAmount().subtract(committed).subtract(reserved);
    }
  }

  private BudgetTable() {}

  /**
   * The budgets, by tenant and cost centre.
   *
   * @param balances of hard budgets; one of an earlier month has nothing spent in this one
   * @param rollups of all months
   */
  public static List<Line> of(
      YearMonth month,
      Collection<Tenant> tenants,
      Collection<BudgetBalance> balances,
      Collection<CostRollup> rollups) {
    List<Line> lines = new ArrayList<>();
    for (Tenant tenant : tenants) {
      for (Budget budget : budgets(tenant)) {
        lines.add(
            budget.getHard()
                ? hard(month, tenant.getId(), budget, balances)
                : soft(month, tenant.getId(), budget, rollups));
      }
    }
    lines.sort(
        Comparator.comparing(Line::tenant)
            .thenComparing(
                line -> line.budget().getCostCentre(),
                Comparator.nullsFirst(Comparator.naturalOrder())));
    return List.copyOf(lines);
  }

  private static List<Budget> budgets(Tenant tenant) {
    List<Budget> budgets = new ArrayList<>(tenant.getBudgets());
    if (tenant.getMonthlyBudget() != null) {
      budgets.add(Budget.newBuilder().setAmount(tenant.getMonthlyBudget()).build());
    }
    return budgets;
  }

  private static Line hard(
      YearMonth month, String tenant, Budget budget, Collection<BudgetBalance> balances) {
    Optional<BudgetBalance> balance =
        balances.stream()
            .filter(each -> each.getTenant().equals(tenant))
            .filter(each -> Objects.equals(each.getCostCentre(), budget.getCostCentre()))
            .findFirst();
    return new Line(
        tenant,
        budget,
        balance
            .filter(each -> each.getMonth().equals(month.toString()))
            .map(BudgetBalance::getSpent)
            .orElse(BigDecimal.ZERO),
        balance.map(BudgetBalance::getReserved).orElse(BigDecimal.ZERO));
  }

  private static Line soft(
      YearMonth month, String tenant, Budget budget, Collection<CostRollup> rollups) {
    return new Line(
        tenant, budget, spent(month, tenant, budget.getCostCentre(), rollups), BigDecimal.ZERO);
  }

  /** What the ledger has of a tenant, or of one of its cost centres where that is not null. */
  private static BigDecimal spent(
      YearMonth month, String tenant, String costCentre, Collection<CostRollup> rollups) {
    return rollups.stream()
        .filter(each -> each.getPeriod() == Period.MONTH)
        .filter(
            each -> YearMonth.from(each.getPeriodStart().atOffset(ZoneOffset.UTC)).equals(month))
        .filter(each -> each.getTenant().equals(tenant))
        .filter(each -> costCentre == null || costCentre.equals(each.getCostCentre()))
        .map(CostRollup::getCost)
        .reduce(BigDecimal.ZERO, BigDecimal::add);
  }

  /** Whether a tenant's record has a hard budget that it did not have before. */
  public static boolean begins(Tenant tenant, Collection<Tenant> before) {
    return !beginning(tenant, before).isEmpty();
  }

  /**
   * What hard budgets begin with that are published in the middle of a month.
   *
   * @param now their first instant
   * @param before the tenants as they were published before
   */
  public static List<BudgetEvent> openings(
      Instant now,
      Collection<Tenant> tenants,
      Collection<Tenant> before,
      Collection<CostRollup> rollups) {
    YearMonth month = YearMonth.from(now.atOffset(ZoneOffset.UTC));
    List<BudgetEvent> openings = new ArrayList<>();
    for (Tenant tenant : tenants) {
      for (Budget budget : beginning(tenant, before)) {
        openings.add(
            BudgetEvent.newBuilder()
                .setTenant(tenant.getId())
                .setCostCentre(budget.getCostCentre())
                .setExchangeId("opening/" + month)
                .setAt(now)
                .setOpening(
                    spent(month, tenant.getId(), budget.getCostCentre(), rollups)
                        .setScale(PriceBook.SCALE))
                .build());
      }
    }
    return openings;
  }

  private static List<Budget> beginning(Tenant tenant, Collection<Tenant> before) {
    Set<String> held =
        before.stream()
            .filter(each -> each.getId().equals(tenant.getId()))
            .flatMap(each -> each.getBudgets().stream())
            .filter(Budget::getHard)
            .map(BudgetTable::centre)
            .collect(Collectors.toSet());
    return tenant.getBudgets().stream()
        .filter(Budget::getHard)
        .filter(budget -> !held.contains(centre(budget)))
        .toList();
  }

  private static String centre(Budget budget) {
    return Objects.requireNonNullElse(budget.getCostCentre(), "");
  }
}
