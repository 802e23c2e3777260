package io.dualtrack.gateway.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.gateway.console.CostFigures.Dimension;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Period;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class CostFiguresTest {

  static {
    AvroSerde.trustRecords();
  }

  private static final LocalDate TODAY = LocalDate.parse("2026-11-22");

  private final CostFigures costs = new CostFigures();

  @Test
  void theLastRollupOfAKeyCountsAndDaysOutsideDoNot() {
    put("a", TODAY, "sol", "1.10");
    put("a", TODAY, "sol", "1.25");
    put("b", TODAY, "luna", "0.50");
    put("c", TODAY.minusDays(1), "sol", "4");

    assertThat(costs.sums(TODAY, TODAY, List.of(Dimension.MODEL)))
        .extracting(line -> line.values().get(0), line -> line.sum().cost())
        .containsExactly(
            tuple("luna", new BigDecimal("0.50")), tuple("sol", new BigDecimal("1.25")));
    assertThat(costs.sums(TODAY.minusDays(1), TODAY, List.of(Dimension.LANE)))
        .singleElement()
        .extracting(line -> line.sum().cost())
        .isEqualTo(new BigDecimal("5.75"));
  }

  @Test
  void whatWasWithdrawnOrIsACopyOrLongAgoIsNoCost() {
    put("a", TODAY, "sol", "1");
    costs.put("a", null, TODAY);
    CostRollup copy = rollup(TODAY, "sol", "1");
    copy.setShadow(true);
    costs.put("b", copy, TODAY);
    put("c", TODAY.minusDays(500), "sol", "1");

    assertThat(costs.sums(TODAY.minusDays(900), TODAY, List.of(Dimension.DAY))).isEmpty();
  }

  @Test
  void aNameThatASpreadsheetWouldCalculateStaysAName() {
    assertThat(FinanceRoutes.harmless("=HYPERLINK(\"x\")")).isEqualTo("'=HYPERLINK(\"x\")");
    assertThat(FinanceRoutes.harmless("acme")).isEqualTo("acme");
  }

  private void put(String key, LocalDate day, String model, String cost) {
    costs.put(key, rollup(day, model, cost), TODAY);
  }

  private static CostRollup rollup(LocalDate day, String model, String cost) {
    return CostRollup.newBuilder()
        .setRollupId("x")
        .setPeriod(Period.DAY)
        .setPeriodStart(day.atStartOfDay().toInstant(ZoneOffset.UTC))
        .setTenant("acme")
        .setModel(model)
        .setLane(Lane.API)
        .setJurisdiction("EU")
        .setCurrency("USD")
        .setExchanges(1)
        .setUncachedInput(10)
        .setCacheRead(0)
        .setCacheWrite(0)
        .setOutput(5)
        .setUnpricedTokens(0)
        .setCost(new BigDecimal(cost))
        .setSaved(BigDecimal.ZERO)
        .build();
  }
}
