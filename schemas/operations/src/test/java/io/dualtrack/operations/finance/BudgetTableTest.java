package io.dualtrack.operations.finance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.schemas.Budget;
import io.dualtrack.schemas.BudgetAction;
import io.dualtrack.schemas.BudgetBalance;
import io.dualtrack.schemas.BudgetEvent;
import io.dualtrack.schemas.CacheContract;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantStatus;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.YearMonth;
import java.util.List;
import org.junit.jupiter.api.Test;

class BudgetTableTest {

  private static final YearMonth MONTH = YearMonth.of(2026, 11);

  @Test
  void hardBudgetsStandAsTheyAreHeldAndSoftOnesAsTheLedgerHasThem() {
    Tenant tenant = tenant("acme");
    tenant.setMonthlyBudget(money("100"));
    tenant.setBudgets(List.of(hard(null, "50"), hard("risk", "5"), soft("risk", "4")));

    List<BudgetTable.Line> lines =
        BudgetTable.of(
            MONTH,
            List.of(tenant),
            List.of(balance(null, "2026-11", "20", "7"), balance("risk", "2026-10", "5", "1")),
            List.of(
                rollup("acme", "risk", Period.MONTH, "2026-11-01"),
                rollup("acme", "care", Period.MONTH, "2026-11-01"),
                rollup("acme", "care", Period.DAY, "2026-11-01"),
                rollup("acme", "care", Period.MONTH, "2026-10-01"),
                rollup("globex", "care", Period.MONTH, "2026-11-01")));

    assertThat(lines)
        .extracting(
            line -> line.budget().getCostCentre(),
            line -> line.budget().getHard(),
            line -> line.committed().intValue(),
            line -> line.reserved().intValue(),
            line -> line.left().intValue())
        .containsExactly(
            tuple(null, true, 20, 7, 23),
            tuple(null, false, 6, 0, 94),
            tuple("risk", true, 0, 1, 4),
            tuple("risk", false, 3, 0, 1));
  }

  @Test
  void aHardBudgetThatNobodyUsedIsWhole() {
    Tenant tenant = tenant("acme");
    tenant.setBudgets(List.of(hard(null, "50")));

    assertThat(BudgetTable.of(MONTH, List.of(tenant), List.of(), List.of()))
        .extracting(line -> line.left().intValue())
        .containsExactly(50);
  }

  @Test
  void aHardBudgetBeginsWithWhatTheMonthHasCost() {
    Tenant before = tenant("acme");
    before.setBudgets(List.of(hard("care", "50"), soft(null, "50")));
    Tenant now = tenant("acme");
    now.setBudgets(List.of(hard("care", "60"), hard("risk", "5"), hard(null, "50")));

    assertThat(
            BudgetTable.openings(
                Instant.parse("2026-11-21T08:00:00Z"),
                List.of(now),
                List.of(before),
                List.of(
                    rollup("acme", "risk", Period.MONTH, "2026-11-01"),
                    rollup("acme", "care", Period.MONTH, "2026-11-01"))))
        .extracting(BudgetEvent::getCostCentre, event -> event.getOpening().intValue())
        .containsExactly(tuple("risk", 3), tuple(null, 6));
    assertThat(BudgetTable.begins(before, List.of(before))).isFalse();
  }

  private static Budget hard(String costCentre, String amount) {
    return new Budget(costCentre, money(amount), List.of(80), true, BudgetAction.REFUSE);
  }

  private static Budget soft(String costCentre, String amount) {
    return new Budget(costCentre, money(amount), List.of(80), false, BudgetAction.REFUSE);
  }

  private static BudgetBalance balance(
      String costCentre, String month, String spent, String reserved) {
    return BudgetBalance.newBuilder()
        .setTenant("acme")
        .setCostCentre(costCentre)
        .setMonth(month)
        .setSpent(money(spent))
        .setReserved(money(reserved))
        .build();
  }

  /** Three dollars. */
  private static CostRollup rollup(String tenant, String costCentre, Period period, String day) {
    return CostRollup.newBuilder()
        .setRollupId("id")
        .setPeriod(period)
        .setPeriodStart(Instant.parse(day + "T00:00:00Z"))
        .setTenant(tenant)
        .setCostCentre(costCentre)
        .setModel("gpt")
        .setJurisdiction("EU")
        .setCurrency("USD")
        .setExchanges(1)
        .setUncachedInput(1)
        .setCacheRead(0)
        .setCacheWrite(0)
        .setOutput(1)
        .setUnpricedTokens(0)
        .setCost(money("3"))
        .setSaved(money("0"))
        .build();
  }

  private static Tenant tenant(String id) {
    return Tenant.newBuilder()
        .setId(id)
        .setName(id)
        .setStatus(TenantStatus.ACTIVE)
        .setControllerCountry("DE")
        .setJurisdictions(List.of())
        .setDataClasses(List.of())
        .setProcessingRegions(List.of())
        .setTransferMechanisms(List.of())
        .setModels(List.of())
        .setCache(new CacheContract(false, 0L, false))
        .setAccounts(List.of())
        .build();
  }

  private static BigDecimal money(String amount) {
    return new BigDecimal(amount).setScale(18);
  }
}
