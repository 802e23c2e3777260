package io.dualtrack.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SoakPlanTest {

  @Test
  void theSameSeedGivesTheSameFaultsAgain() {
    assertThat(firstHundred(7)).isEqualTo(firstHundred(7));
  }

  @Test
  void anotherSeedGivesOthers() {
    assertThat(firstHundred(7)).isNotEqualTo(firstHundred(8));
  }

  private static List<String> firstHundred(long seed) {
    SoakPlan plan = new SoakPlan(seed, Duration.ZERO);
    return Stream.generate(plan::next)
        .limit(100)
        .map(fault -> fault.after() + " " + fault.what())
        .toList();
  }
}
