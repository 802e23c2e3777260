package io.dualtrack.policy;

import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.Offering;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** Says which of some offerings a request may use. */
public interface PolicyEngine {

  /**
   * Judges every candidate, so that all reasons are known.
   *
   * @param candidates in the order of preference
   * @param permits ids of those that the tenant's contract permits by name; told with the decision,
   *     and no answer to any rule
   * @param at the moment that effective dates are read at
   */
  Decision decide(
      RequestProfile profile, List<Offering> candidates, Set<String> permits, Instant at);
}
