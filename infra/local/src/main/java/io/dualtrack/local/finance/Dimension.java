package io.dualtrack.local.finance;

import io.dualtrack.schemas.CostRollup;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.function.Function;

/** What costs can be grouped by; values are texts, empty for none. */
public enum Dimension {
  DAY(rollup -> rollup.getPeriodStart().atOffset(ZoneOffset.UTC).toLocalDate().toString()),
  TENANT(CostRollup::getTenant),
  COST_CENTRE(CostRollup::getCostCentre),
  ACCOUNT(CostRollup::getAccount),
  MODEL(CostRollup::getModel),
  OFFERING(CostRollup::getOffering),
  LANE(rollup -> rollup.getLane() == null ? null : rollup.getLane().name()),
  JURISDICTION(CostRollup::getJurisdiction),
  TIER(CostRollup::getTier),
  CHARGE_CLASS(rollup -> rollup.getChargeClass().name()),
  CURRENCY(CostRollup::getCurrency);

  private final Function<CostRollup, String> value;

  Dimension(Function<CostRollup, String> value) {
    this.value = value;
  }

  String of(CostRollup rollup) {
    String text = value.apply(rollup);
    return text == null ? "" : text;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
