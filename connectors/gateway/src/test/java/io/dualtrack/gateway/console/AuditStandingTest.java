package io.dualtrack.gateway.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AuditStatus;
import io.dualtrack.schemas.AuditVerdict;
import io.dualtrack.schemas.SealingStatus;
import io.dualtrack.schemas.VerificationStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class AuditStandingTest {

  private static final Instant NOW = Instant.parse("2026-06-12T10:00:00Z");

  @Test
  void aTrailThatIsSealedAndWasVerifiedHolds() {
    assertThat(AuditStanding.of(sealing(5), verification(AuditVerdict.HOLDS), NOW))
        .isEqualTo(AuditStanding.HOLDS);
  }

  @Test
  void aSealerThatIsSilentForAMinuteHasStopped() {
    assertThat(AuditStanding.of(sealing(61), verification(AuditVerdict.HOLDS), NOW))
        .isEqualTo(AuditStanding.SEALING_STOPPED);
    assertThat(AuditStanding.of(null, verification(AuditVerdict.HOLDS), NOW))
        .isEqualTo(AuditStanding.NEVER_SEALED);
  }

  @Test
  void whatDoesNotHoldIsSaidBeforeAnythingElse() {
    assertThat(AuditStanding.of(null, verification(AuditVerdict.DOES_NOT_HOLD), NOW))
        .isEqualTo(AuditStanding.DOES_NOT_HOLD);
    assertThat(AuditStanding.of(sealing(5), verification(AuditVerdict.DOES_NOT_HOLD), NOW))
        .isEqualTo(AuditStanding.DOES_NOT_HOLD);
  }

  @Test
  void withoutAVerificationOfLateNothingIsSaidToHold() {
    assertThat(AuditStanding.of(sealing(5), null, NOW)).isEqualTo(AuditStanding.NEVER_VERIFIED);
    assertThat(AuditStanding.of(sealing(5), verification(AuditVerdict.NOT_DONE), NOW))
        .isEqualTo(AuditStanding.NOT_DONE);
    Instant later = NOW.plus(Duration.ofDays(1)).plus(AuditStanding.VERIFIED_WITHIN);
    AuditStatus fresh = new AuditStatus(later, sealing(0).getSealing(), null);
    assertThat(AuditStanding.of(fresh, verification(AuditVerdict.HOLDS), later))
        .isEqualTo(AuditStanding.HOLDS);
    assertThat(AuditStanding.of(fresh, verification(AuditVerdict.HOLDS), later.plusMillis(1)))
        .isEqualTo(AuditStanding.VERIFICATION_OVERDUE);
  }

  private static AuditStatus sealing(long secondsAgo) {
    return new AuditStatus(
        NOW.minusSeconds(secondsAgo), new SealingStatus(NOW, 1L, NOW, List.of()), null);
  }

  private static AuditStatus verification(AuditVerdict verdict) {
    return new AuditStatus(
        NOW,
        null,
        new VerificationStatus(
            NOW, verdict, 1L, 0L, 1L, NOW, 0L, 0, List.of(), NOW.plus(Duration.ofDays(1))));
  }
}
