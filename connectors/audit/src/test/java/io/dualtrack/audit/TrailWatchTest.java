package io.dualtrack.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.audit.Finding.Kind;
import io.dualtrack.schemas.AuditVerdict;
import io.dualtrack.schemas.VerificationStatus;
import java.io.IOException;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrailWatchTest {

  private static final Instant NOW = Instant.parse("2026-06-12T10:00:00Z");

  @Test
  void aTrailThatHoldsIsSaidToHoldWithItsFigures() {
    VerificationStatus said = TrailWatch.of(now -> new Verdict(List.of(), 90, 10, 7, NOW, 3), NOW);

    assertThat(said.getVerdict()).isEqualTo(AuditVerdict.HOLDS);
    assertThat(said.getBegunAt()).isEqualTo(NOW);
    assertThat(said.getRecords()).isEqualTo(90);
    assertThat(said.getExpired()).isEqualTo(10);
    assertThat(said.getCheckpoints()).isEqualTo(7);
    assertThat(said.getUnsealed()).isEqualTo(3);
    assertThat(said.getFindings()).isEmpty();
  }

  @Test
  void whatDoesNotHoldIsSaidByItsPlaceAndNotByItsRequest() {
    Finding finding =
        new Finding(Kind.ALTERED, "dualtrack.audit", 3, 17, "request-of-ann", 5, "of ann");

    VerificationStatus said =
        TrailWatch.of(now -> new Verdict(Collections.nCopies(50, finding), 90, 0, 7, NOW, 0), NOW);

    assertThat(said.getVerdict()).isEqualTo(AuditVerdict.DOES_NOT_HOLD);
    assertThat(said.getFindingCount()).isEqualTo(50);
    assertThat(said.getFindings()).hasSize(20);
    assertThat(said.getFindings().get(0).getKind()).isEqualTo("ALTERED");
    assertThat(said.getFindings().get(0).getOffset()).isEqualTo(17);
    assertThat(said.toString()).doesNotContain("ann");
  }

  @Test
  void aVerificationThatFailsIsNotTakenForOneThatHolds() {
    VerificationStatus said =
        TrailWatch.of(
            now -> {
              throw new IOException("the folder is gone");
            },
            NOW);

    assertThat(said.getVerdict()).isEqualTo(AuditVerdict.NOT_DONE);
  }
}
