package io.dualtrack.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.gateway.error.ApiException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CreateBodyTest {

  private static CreateBody read(String window) throws IOException {
    return CreateBody.read(
        """
        {"input_file_id": "file-1", "endpoint": "/v1/chat/completions", "completion_window": "%s"}
        """
            .formatted(window)
            .getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({"24h,PT24H", "1s,PT1S", "30s,PT30S", "10m,PT10M", "259200s,PT72H", "72h,PT72H"})
  void aCompletionWindowIsADayOrAnotherTimeUpToThree(String text, Duration window)
      throws IOException {
    assertThat(read(text).window()).isEqualTo(window);
    assertThat(read(text).completionWindow()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0s", "73h", "259201s", "1d", "24", "-1h", "1.5h", "9999999s", " 24h"})
  void anyOtherWindowIsInvalid(String text) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.error().param()).isEqualTo("completion_window"));
  }
}
