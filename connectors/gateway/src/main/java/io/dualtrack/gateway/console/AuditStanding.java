package io.dualtrack.gateway.console;

import io.dualtrack.schemas.AuditStatus;
import io.dualtrack.schemas.AuditVerdict;
import io.dualtrack.schemas.SealingStatus;
import io.dualtrack.schemas.VerificationStatus;
import java.time.Duration;
import java.time.Instant;

/**
 * How the audit trail stands by what its sealer said last. The worst thing that is known comes
 * first, and silence is never taken for health.
 */
enum AuditStanding {
  DOES_NOT_HOLD,
  NEVER_SEALED,
  SEALING_STOPPED,
  NEVER_VERIFIED,
  /** The verification itself failed. */
  NOT_DONE,
  VERIFICATION_OVERDUE,
  HOLDS;

  /** A sealer says every ten seconds that it is at work. */
  static final Duration HEARD_OF_WITHIN = Duration.ofMinutes(1);

  /** A verification reads the whole trail, which may take its time. */
  static final Duration VERIFIED_WITHIN = Duration.ofHours(6);

  /**
   * @param sealing null where nothing was ever said of it
   * @param verification the same
   */
  static AuditStanding of(AuditStatus sealing, AuditStatus verification, Instant now) {
    SealingStatus sealed = sealing == null ? null : sealing.getSealing();
    VerificationStatus verified = verification == null ? null : verification.getVerification();
    if (verified != null && verified.getVerdict() == AuditVerdict.DOES_NOT_HOLD) {
      return DOES_NOT_HOLD;
    }
    if (sealed == null) {
      return NEVER_SEALED;
    }
    if (sealing.getAt().isBefore(now.minus(HEARD_OF_WITHIN))) {
      return SEALING_STOPPED;
    }
    if (verified == null) {
      return NEVER_VERIFIED;
    }
    if (verified.getVerdict() != AuditVerdict.HOLDS) {
      return NOT_DONE;
    }
    return verified.getNextAt().isBefore(now.minus(VERIFIED_WITHIN)) ? VERIFICATION_OVERDUE : HOLDS;
  }
}
