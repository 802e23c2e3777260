package io.dualtrack.faults.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProviderCallsTest {

  @Test
  void repetitionsBeyondTheBudgetAreReported() {
    ProviderCalls calls = new ProviderCalls(1_000, 11, 3, 0);

    assertThat(calls.judge(10).problems())
        .containsExactly("11 calls were repeated without a failure, 10 may be");
    assertThat(calls.judge(11).holds()).isTrue();
  }

  @Test
  void aCallThatTheProviderRefusedMayBeRepeated() {
    assertThat(new ProviderCalls(1_000, 11, 0, 11).judge(0).holds()).isTrue();
  }
}
