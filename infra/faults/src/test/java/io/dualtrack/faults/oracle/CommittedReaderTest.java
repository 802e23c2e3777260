package io.dualtrack.faults.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.faults.oracle.CommittedReader.Seen;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CommittedReaderTest {

  private static final Seen FIRST = new Seen(0, 7);
  private static final Seen SECOND = new Seen(2, 8);

  @Test
  void aReaderThatSawTheSameInTheSameOrderAgrees() {
    Map<Integer, List<Seen>> same = Map.of(0, List.of(FIRST, SECOND), 1, List.of(SECOND));

    assertThat(CommittedReader.judge(same, same).problems()).isEmpty();
  }

  @Test
  void aRecordThatWasSeenAndIsGoneIsReported() {
    assertThat(
            CommittedReader.judge(Map.of(0, List.of(FIRST, SECOND)), Map.of(0, List.of(FIRST)))
                .problems())
        .containsExactly(
            "partition 0 differs from its record 1 on: read along offset 2, read again nothing (2 and 1 records)");
  }

  @Test
  void aRecordThatNobodySawComingIsReported() {
    assertThat(CommittedReader.judge(Map.of(), Map.of(3, List.of(FIRST))).problems())
        .containsExactly(
            "partition 3 differs from its record 0 on: read along nothing, read again offset 0 (0 and 1 records)");
  }

  @Test
  void aRecordThatChangedInItsPlaceIsReported() {
    assertThat(
            CommittedReader.judge(Map.of(0, List.of(FIRST)), Map.of(0, List.of(new Seen(0, 9))))
                .holds())
        .isFalse();
  }
}
