package io.dualtrack.topology.settlement;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.Shadowing;
import java.math.BigDecimal;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ShadowsTest {

  @Test
  void asManyRequestsAreChosenAsWereAskedFor() {
    assertThat(chosen("a", "10")).hasSizeBetween(9_500, 10_500);
    assertThat(chosen("a", "0.1")).hasSizeBetween(60, 140);
    assertThat(chosen("a", "100")).hasSize(100_000);
  }

  @Test
  void aSmallerShareIsAPartOfALargerOne() {
    assertThat(chosen("a", "10")).containsAll(chosen("a", "5"));
  }

  @Test
  void twoShadowingsChooseEachForItself() {
    Set<String> both = chosen("a", "10");
    both.retainAll(chosen("b", "10"));

    assertThat(both).hasSizeBetween(850, 1_150);
  }

  private static Set<String> chosen(String id, String percent) {
    Shadowing shadowing =
        Shadowing.newBuilder()
            .setId(id)
            .setOffering("llama-home")
            .setPercent(new BigDecimal(percent))
            .setMonthlyBudget(BigDecimal.ONE)
            .build();
    Predicate<String> isSampled = request -> Shadows.isSampled(shadowing, request);
    return IntStream.range(0, 100_000)
        .mapToObj(i -> "req-" + i)
        .filter(isSampled)
        .collect(Collectors.toSet());
  }
}
