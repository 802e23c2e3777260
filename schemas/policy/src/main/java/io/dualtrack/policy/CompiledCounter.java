package io.dualtrack.policy;

import io.dualtrack.schemas.VolumeCounter;
import java.util.Optional;

/**
 * One counter, ready to be asked what it counts.
 *
 * @param condition empty where it did not compile; then everything counts
 */
record CompiledCounter(VolumeCounter counter, Optional<Expression> condition) {}
