package io.dualtrack.jobs.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.jobs.runtime.RecordSerializer;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Budget;
import io.dualtrack.schemas.BudgetAction;
import io.dualtrack.schemas.BudgetAlert;
import io.dualtrack.schemas.CostControl;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.Tenant;
import java.time.Instant;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.operators.co.CoBroadcastWithKeyedOperator;
import org.apache.flink.streaming.util.KeyedBroadcastOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BudgetWatchTest {

  private KeyedBroadcastOperatorTestHarness<String, CostRollup, CostControl, BudgetAlert> watch;

  @BeforeEach
  void open() throws Exception {
    watch = harness();
    watch.open();
  }

  @AfterEach
  void close() throws Exception {
    watch.close();
  }

  @Test
  void eachThresholdIsAlertedOnceWhenSpendReachesIt() throws Exception {
    watch.processBroadcastElement(Samples.control(Samples.tenant("acme", "100")), 0);
    spend("acme", 79, Samples.NOON);
    assertThat(watch.extractOutputValues()).isEmpty();

    spend("acme", 1, Samples.NOON);
    spend("acme", 19, Samples.NOON);
    spend("acme", 1, Samples.NOON);
    spend("acme", 50, Samples.NOON);

    assertThat(watch.extractOutputValues())
        .extracting(
            BudgetAlert::getAlertId, BudgetAlert::getThresholdPercent, a -> a.getSpent().intValue())
        .containsExactly(
            tuple("acme/2026-11-01/80", 80, 80), tuple("acme/2026-11-01/100", 100, 100));
  }

  @Test
  void anotherMonthAndAnotherTenantCountForThemselves() throws Exception {
    watch.processBroadcastElement(Samples.control(Samples.tenant("acme", "100")), 0);
    watch.processBroadcastElement(Samples.control(Samples.tenant("globex", "100")), 0);
    spend("acme", 70, Samples.NOON);
    spend("globex", 70, Samples.NOON);
    spend("acme", 70, Instant.parse("2026-12-01T00:00:00Z"));

    assertThat(watch.extractOutputValues()).isEmpty();
  }

  @Test
  void aBudgetThatIsReadAfterTheSpendIsCheckedAtOnce() throws Exception {
    spend("acme", 90, Samples.NOON);

    watch.processBroadcastElement(Samples.control(Samples.tenant("acme", "100")), 0);
    watch.processBroadcastElement(Samples.control(Samples.tenant("acme", "100")), 0);

    assertThat(watch.extractOutputValues())
        .extracting(BudgetAlert::getThresholdPercent)
        .containsExactly(80);
  }

  @Test
  void aTenantWithoutABudgetIsNotWatched() throws Exception {
    watch.processBroadcastElement(Samples.control(Samples.tenant("acme", null)), 0);

    spend("acme", 1_000_000, Samples.NOON);

    assertThat(watch.extractOutputValues()).isEmpty();
  }

  @Test
  void aCostCentresBudgetIsItsOwn() throws Exception {
    Tenant tenant = Samples.tenant("acme", null);
    tenant.setBudgets(
        List.of(
            new Budget("research", Samples.money("10"), List.of(50), false, BudgetAction.REFUSE),
            new Budget("risk", Samples.money("1"), List.of(50), false, BudgetAction.REFUSE)));
    watch.processBroadcastElement(Samples.control(tenant), 0);

    spend("acme", 5, Samples.NOON);

    assertThat(watch.extractOutputValues())
        .extracting(BudgetAlert::getAlertId, BudgetAlert::getCostCentre)
        .containsExactly(tuple("acme/research/2026-11-01/50", "research"));
  }

  @Test
  void aHardBudgetIsAlertedAboutWhereItIsKept() throws Exception {
    Tenant tenant = Samples.tenant("acme", null);
    tenant.setBudgets(
        List.of(new Budget(null, Samples.money("1"), List.of(50), true, BudgetAction.REFUSE)));
    watch.processBroadcastElement(Samples.control(tenant), 0);

    spend("acme", 5, Samples.NOON);

    assertThat(watch.extractOutputValues()).isEmpty();
  }

  @Test
  void anAlertIsNotRaisedAgainAfterARestart() throws Exception {
    watch.processBroadcastElement(Samples.control(Samples.tenant("acme", "100")), 0);
    spend("acme", 85, Samples.NOON);
    var checkpoint = watch.snapshot(1, 1);

    try (var restored = harness()) {
      restored.initializeState(checkpoint);
      restored.open();
      restored.processElement(change("acme", 5, Samples.NOON), 0);
      restored.processBroadcastElement(Samples.control(Samples.tenant("acme", "100")), 0);

      assertThat(restored.extractOutputValues()).isEmpty();
    }
  }

  private void spend(String tenant, long dollars, Instant at) throws Exception {
    watch.processElement(change(tenant, dollars, at), 0);
  }

  private static CostRollup change(String tenant, long dollars, Instant at) {
    var exchange =
        Samples.exchange(
            "x", tenant, Samples.OFFERING, AnswerSource.PROVIDER, Samples.usage(dollars, 0, 0), at);
    CostRollup change =
        Rollups.empty(
            RollupKey.of(
                Ledger.entry(
                    exchange, Ledger.price(exchange, Samples.controls(), 0).get(0), true, 1)),
            Period.MONTH);
    change.setCost(Samples.money(Long.toString(dollars)));
    return change;
  }

  private static KeyedBroadcastOperatorTestHarness<String, CostRollup, CostControl, BudgetAlert>
      harness() throws Exception {
    KeyedBroadcastOperatorTestHarness<String, CostRollup, CostControl, BudgetAlert> harness =
        new KeyedBroadcastOperatorTestHarness<>(
            new CoBroadcastWithKeyedOperator<>(new BudgetWatch(), List.of(ControlBroadcast.STATE)),
            CostRollup::getTenant,
            Types.STRING,
            8,
            1,
            0);
    harness.setup(new RecordSerializer<>(BudgetAlert.class));
    return harness;
  }
}
