package io.dualtrack.faults.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.faults.oracle.Planted.Letter;
import java.util.List;
import org.junit.jupiter.api.Test;

class LettersTest {

  private static final Letter ONE = new Letter("dualtrack.requests-0-7", "topology");
  private static final Letter OTHER = new Letter("dualtrack.requests-0-8", "topology");

  @Test
  void aLetterOfEachPlantedRecordIsAsItMustBe() {
    assertThat(Letters.judge(List.of(ONE, OTHER), List.of(OTHER, ONE)).problems()).isEmpty();
  }

  @Test
  void aRecordWithoutALetterIsReported() {
    assertThat(Letters.judge(List.of(ONE, OTHER), List.of(ONE)).problems())
        .singleElement()
        .asString()
        .startsWith("1 records that nobody can read have no dead letter: ")
        .contains("dualtrack.requests-0-8");
  }

  @Test
  void aLetterThatIsThereTwiceIsReported() {
    assertThat(Letters.judge(List.of(ONE), List.of(ONE, ONE)).problems())
        .singleElement()
        .asString()
        .startsWith("1 dead letters were written more than once: ");
  }

  @Test
  void aLetterOfARecordThatNobodyPlantedIsReported() {
    assertThat(Letters.judge(List.of(), List.of(ONE)).problems())
        .singleElement()
        .asString()
        .startsWith("1 dead letters are of records that can be read: ");
  }

  @Test
  void twoComponentsThatReadTheSameRecordWriteALetterEach() {
    Letter second = new Letter(ONE.key(), "job-cost");

    assertThat(Letters.judge(List.of(ONE, second), List.of(ONE, second)).problems()).isEmpty();
    assertThat(Letters.judge(List.of(ONE), List.of(ONE, second)).problems()).hasSize(1);
  }
}
