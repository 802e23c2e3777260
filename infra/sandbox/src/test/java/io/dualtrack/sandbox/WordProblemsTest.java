package io.dualtrack.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class WordProblemsTest {

  @Test
  void whoIsAlwaysRightAddsUp() {
    assertThat(WordProblems.solve("m", "Ann has 12, Ben 30. What is 12 + 30 + 5?", 1))
        .hasValueSatisfying(text -> assertThat(text).endsWith("#### 47"));
  }

  @Test
  void theShareOfRightAnswersIsAsSetAndEachIsTheSameAgain() {
    int right = 0;
    for (int i = 0; i < 10_000; i++) {
      String prompt = "What is %d + 1?".formatted(i);
      Optional<String> answer = WordProblems.solve("m", prompt, 0.8);
      assertThat(WordProblems.solve("m", prompt, 0.8)).isEqualTo(answer);
      right += answer.orElseThrow().endsWith("#### " + (i + 1)) ? 1 : 0;
    }

    assertThat(right / 10_000.0).isCloseTo(0.8, within(0.015));
  }

  @Test
  void twoModelsAreWrongIndependentlyAndSayDifferentNumbers() {
    int same = 0;
    for (int i = 0; i < 10_000; i++) {
      String prompt = "What is %d + 1?".formatted(i);
      same +=
          WordProblems.solve("gpt-5.6-sol", prompt, 0.9)
                  .equals(WordProblems.solve("llama-3.1-405b", prompt, 0.7))
              ? 1
              : 0;
    }

    assertThat(same / 10_000.0).isCloseTo(0.9 * 0.7, within(0.015));
  }

  @Test
  void whatIsNoProblemOrIsNotToBeSolvedIsNot() {
    assertThat(WordProblems.solve("m", "What is love?", 1)).isEmpty();
    assertThat(WordProblems.solve("m", "What is 1 + 1?", 0)).isEmpty();
  }
}
