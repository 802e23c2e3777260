package io.dualtrack.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ResultOracleTest {

  @Test
  void oneResultEachIsAccepted() {
    var verdict = ResultOracle.judge(Set.of("a", "b"), Map.of("a", 1, "b", 1));

    assertThat(verdict.exactlyOneResultEach()).isTrue();
    assertThat(verdict.results()).isEqualTo(2);
  }

  @Test
  void aLostRequestIsNamed() {
    var verdict = ResultOracle.judge(Set.of("a", "b"), Map.of("a", 1));

    assertThat(verdict.exactlyOneResultEach()).isFalse();
    assertThat(verdict.missing()).containsExactly("b");
  }

  @Test
  void aDoubledResultIsNamed() {
    var verdict = ResultOracle.judge(Set.of("a", "b"), Map.of("a", 2, "b", 1));

    assertThat(verdict.exactlyOneResultEach()).isFalse();
    assertThat(verdict.doubled()).containsExactly("a");
  }

  @Test
  void aResultThatNobodyAskedForIsNamed() {
    var verdict = ResultOracle.judge(Set.of("a"), Map.of("a", 1, "x", 1));

    assertThat(verdict.exactlyOneResultEach()).isFalse();
    assertThat(verdict.unasked()).containsExactly("x");
  }
}
