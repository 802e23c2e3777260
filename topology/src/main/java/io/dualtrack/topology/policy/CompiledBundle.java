package io.dualtrack.topology.policy;

import io.dualtrack.schemas.PolicyBundle;
import java.time.Instant;
import java.util.List;

/** A published set of rules, ready to be evaluated. */
public record CompiledBundle(PolicyBundle bundle, List<CompiledRule> rules) {

  boolean staleAt(Instant at) {
    return bundle.getValidUntil() != null && !at.isBefore(bundle.getValidUntil());
  }
}
