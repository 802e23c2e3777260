package io.dualtrack.gateway.models;

import io.dualtrack.schemas.Lane;
import java.time.Instant;
import java.util.List;

/**
 * How a model stands for a tenant.
 *
 * @param created when the first of its offerings was offered
 * @param offerings those of the model, then those of what may stand in for it, in order
 * @param reasons why the model cannot be asked for at all; empty where it can
 */
record ModelStanding(
    String model, Instant created, List<OfferingStanding> offerings, List<Why> reasons) {

  /** A reason, as decisions have them. */
  record Why(String code, String text) {}

  /**
   * @param reasons why the offering is not used for any request of the tenant now; empty where only
   *     the rules and the request decide
   */
  record OfferingStanding(
      String offering, String model, String provider, Lane lane, List<Why> reasons) {}

  boolean usable() {
    return reasons.isEmpty() && offerings.stream().anyMatch(each -> each.reasons().isEmpty());
  }
}
