package io.dualtrack.faults.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.faults.oracle.Outcomes.Delivered;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutcomesTest {

  private static final Delivered A = new Delivered("a", "batch-1");
  private static final Delivered B = new Delivered("b", "batch-2");

  @Test
  void oneOutcomeAndOneResultOfEachLineIsAsItMustBe() {
    assertThat(judge(List.of(A, B), Map.of("batch-1", 1, "batch-2", 1))).isEmpty();
  }

  @Test
  void aLineThatIsLostOnTheWayToItsFileIsNamed() {
    assertThat(judge(List.of(A), Map.of("batch-1", 1)))
        .containsExactly("1 lines have no outcome: b");
  }

  @Test
  void aLineThatWasDeliveredWithoutAResultIsNamed() {
    assertThat(judge(List.of(A, B), Map.of("batch-1", 1)))
        .containsExactly("1 lines have no result on the topic: b");
  }

  @Test
  void aDoubledResultIsNamed() {
    assertThat(judge(List.of(A, B), Map.of("batch-1", 2, "batch-2", 1)))
        .containsExactly("1 lines have more than one result on the topic: a");
  }

  @Test
  void aDoubledOutcomeIsNamed() {
    assertThat(judge(List.of(A, B, B), Map.of("batch-1", 1, "batch-2", 1)))
        .containsExactly("1 lines have more than one outcome: b");
  }

  @Test
  void whatNobodyAskedForIsNamed() {
    Delivered foreign = new Delivered("x", "batch-3");

    assertThat(
            judge(
                List.of(A, B, foreign),
                Map.of("batch-1", 1, "batch-2", 1, "batch-3", 1, "batch-4", 1)))
        .containsExactly(
            "1 outcomes are of no line that was sent: x",
            "1 results are of no line that was delivered: batch-4");
  }

  private static List<String> judge(List<Delivered> delivered, Map<String, Integer> results) {
    return Outcomes.judge(List.of("a", "b"), delivered, results).problems();
  }
}
