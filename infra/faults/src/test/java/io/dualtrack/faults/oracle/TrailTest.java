package io.dualtrack.faults.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.audit.Verdict;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrailTest {

  @Test
  void aTrailThatIsSealedToItsEndIsAsItMustBe() {
    assertThat(Trail.judge(new Verdict(List.of(), 5, 0, 1, Instant.EPOCH, 0)).holds()).isTrue();
  }

  @Test
  void recordsThatNobodySealsAndATrailWithoutAnyAreReported() {
    assertThat(Trail.judge(new Verdict(List.of(), 0, 0, 0, null, 3)).problems())
        .containsExactly("no decision is in the trail", "3 records are not sealed");
  }
}
