package io.dualtrack.topology.policy;

import io.dualtrack.schemas.Offering;
import io.dualtrack.topology.jurisdiction.RequestProfile;
import java.time.Instant;
import java.util.List;

/** Says which of some offerings a request may use. */
public interface PolicyEngine {

  /**
   * Judges every candidate, so that all reasons are known.
   *
   * @param candidates in the order of preference
   * @param at the moment that effective dates are read at
   */
  Decision decide(RequestProfile profile, List<Offering> candidates, Instant at);
}
