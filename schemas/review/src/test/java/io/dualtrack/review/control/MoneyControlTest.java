package io.dualtrack.review.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.schemas.Budget;
import io.dualtrack.schemas.BudgetAction;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Shadowing;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Prices, currencies and budgets in control files. */
class MoneyControlTest {

  private static final String OFFERING =
      """
      offerings:
        - id: home
          model: llama
          provider_model: llama
          provider: local
          lane: LOCAL
          weights: OPEN
          dialect: openai
          endpoint: sandbox
          processing_regions: [EU]
          storage_regions: [EU]
          provider_country: NO
          export_state: OPEN
          max_concurrency: 10
          timeout_seconds: 60
          effective_from: 2026-01-01
      """;

  private static final String PRICE =
      """
      prices:
        - offering: home
          currency: EUR
          effective_from: 2026-03-01
          tier_factors: [{tier: batch, factor: 0.5}]
          reference_for_model: llama
          rates:
            - {token_class: UNCACHED_INPUT, per_million: 1}
            - {token_class: OUTPUT, per_million: 2}
            - {token_class: AUDIO_INPUT, per_million: 3}
      """;

  private static final String CURRENCY =
      """
      currencies:
        - {currency: EUR, day: 2026-03-01, per_unit: 1.08, source: ECB}
      """;

  private static final String TENANT =
      """
      tenants:
        - id: acme
          name: Acme
          status: ACTIVE
          controller_country: DE
          jurisdictions: [EU]
          processing_regions: [EU]
          models:
            - {model: llama}
          cache: {enabled: true, ttl_seconds: 60, sampled: false}
          budgets:
            - {amount: 100.50, alert_percents: [50, 80]}
            - {amount: 200, hard: true}
            - {cost_centre: risk, amount: 20, hard: true, action: LOCAL}
          accounts:
            - {id: one}
          shadowings:
            - {id: try-home, model: llama, offering: home, percent: 2.5, monthly_budget: 50}
      """;

  @Test
  void aPriceMayBeInAnotherCurrencyWithItsRates() throws Exception {
    ControlSet read = read(OFFERING + PRICE + CURRENCY);

    CurrencyRate rate = read.currencies().get(0);
    assertThat(rate.getRateId()).isEqualTo("EUR@2026-03-01");
    assertThat(rate.getPerUnit()).isEqualByComparingTo("1.08");
    Price price = read.prices().get(0);
    assertThat(price.getReferenceForModel()).isEqualTo("llama");
    assertThat(price.getTierFactors().get(0).getFactor()).isEqualByComparingTo("0.5");
    assertThat(price.getRates()).hasSize(3);
  }

  @Test
  void aCurrencysRatesMayBePublishedBeforeItsPrices() throws Exception {
    ControlSet published = read(OFFERING + CURRENCY);

    assertThat(ControlReader.readTexts(Map.of("f.yaml", PRICE), published, List.of()).prices())
        .hasSize(1);
  }

  @Test
  void aTenantHasSoftAndHardBudgets() throws Exception {
    assertThat(read(OFFERING + TENANT).tenants().get(0).getBudgets())
        .extracting(
            Budget::getCostCentre,
            budget -> budget.getAmount().doubleValue(),
            Budget::getAlertPercents,
            Budget::getHard,
            Budget::getAction)
        .containsExactly(
            tuple(null, 100.5, List.of(50, 80), false, BudgetAction.REFUSE),
            tuple(null, 200.0, List.of(80, 100), true, BudgetAction.REFUSE),
            tuple("risk", 20.0, List.of(80, 100), true, BudgetAction.LOCAL));
  }

  @Test
  void aTenantsRequestsMayBeCopied() throws Exception {
    assertThat(read(OFFERING + TENANT).tenants().get(0).getShadowings())
        .extracting(
            Shadowing::getId, Shadowing::getOffering, each -> each.getPercent().doubleValue())
        .containsExactly(tuple("try-home", "home", 2.5));
  }

  static Stream<Arguments> badFiles() {
    return Stream.of(
        bad(
            OFFERING + PRICE,
            "f.yaml:19: no rate of EUR is known, so nothing could be priced with it; add its US"
                + " dollars for each UTC day under 'currencies', or write the price in USD"),
        bad(
            OFFERING + PRICE.replace("EUR", "ERU"),
            "f.yaml:19: 'currency' cannot be 'ERU'; write its ISO 4217 code"),
        bad(OFFERING + PRICE.replace("0.5", "0") + CURRENCY, "f.yaml:21: 'factor' is not above 0"),
        bad(
            OFFERING + PRICE.replace("tier: batch", "tier: bach") + CURRENCY,
            "f.yaml:21: 'tier' cannot be 'bach'"),
        bad(
            OFFERING + PRICE.replace("model: llama", "model: lama") + CURRENCY,
            "f.yaml:22: no offering serves the model 'lama'"),
        bad(CURRENCY.replace("1.08", "-1"), "f.yaml:2: 'per_unit' is not above 0"),
        bad(CURRENCY.replace("2026-03-01", "March"), "f.yaml:2: 'day' is no day: March"),
        bad(CURRENCY.replace("EUR", "USD"), "f.yaml:2: USD is what every amount is in already"),
        bad(CURRENCY + CURRENCY.substring(12), "is there twice"),
        bad(OFFERING + TENANT.replace("100.50", "0"), "f.yaml:28: 'amount' is not above 0"),
        bad(OFFERING + TENANT.replace("[50, 80]", "[0]"), "an alert is below 1 percent"),
        bad(OFFERING + TENANT.replace("[50, 80]", "[50, 50]"), "has one twice"),
        bad(
            OFFERING + TENANT.replace("amount: 20, hard: true,", "amount: 20,"),
            "f.yaml:30: a budget that is not hard moves nothing; add 'hard: true'"),
        bad(
            OFFERING + TENANT.replace("cost_centre: risk, ", ""),
            "f.yaml:30: budget 'hard for the whole tenant' is there twice"),
        bad(OFFERING + TENANT.replace("risk", "' '"), "f.yaml:30: 'cost_centre' is blank"),
        bad(OFFERING + TENANT.replace("2.5", "0"), "f.yaml:34: 'percent' is not above 0"),
        bad(OFFERING + TENANT.replace("2.5", "101"), "f.yaml:34: 'percent' is above 100"),
        bad(
            OFFERING + TENANT.replace("monthly_budget: 50", "monthly_budget: 0"),
            "f.yaml:34: 'monthly_budget' is not above 0"),
        bad(
            OFFERING + TENANT.replace("offering: home", "offering: away"),
            "f.yaml:34: no offering 'away' serves a model of the contract"),
        bad(
            OFFERING + TENANT.replace("home, model: llama", "home, model: lama"),
            "f.yaml:34: the contract of 'acme' has no model 'lama'"),
        bad(
            OFFERING + TENANT.replace("LOCAL", "MOVE"),
            "f.yaml:30: 'action' cannot be 'MOVE'; write one of REFUSE, LOCAL"));
  }

  @ParameterizedTest
  @MethodSource("badFiles")
  void whatIsWrongIsNamedWithItsPlaceAndRemedy(String text, String problem) {
    InvalidControlException refused =
        catchThrowableOfType(InvalidControlException.class, () -> read(text));

    assertThat(refused.problems().stream().map(Problem::toString))
        .anyMatch(each -> each.contains(problem));
  }

  private static Arguments bad(String text, String problem) {
    return Arguments.of(text, problem);
  }

  private static ControlSet read(String text) throws InvalidControlException {
    return ControlReader.readTexts(Map.of("f.yaml", text), ControlSet.empty(), List.of());
  }
}
