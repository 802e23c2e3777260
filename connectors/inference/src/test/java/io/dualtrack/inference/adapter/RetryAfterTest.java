package io.dualtrack.inference.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {

  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

  private static HttpHeaders headers(Map<String, String> values) {
    return HttpHeaders.of(
        values.entrySet().stream()
            .collect(
                java.util.stream.Collectors.toMap(Map.Entry::getKey, e -> List.of(e.getValue()))),
        (name, value) -> true);
  }

  @ParameterizedTest
  @CsvSource({"0,0", "7,7000", "1.5,1500", "' 20 ',20000", "86400,3600000"})
  void secondsAreWaitedUpToAnHour(String header, long millis) {
    assertThat(RetryAfter.of(headers(Map.of("Retry-After", header)), NOW))
        .hasValue(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @CsvSource({
    "'Sat, 21 Nov 2026 10:00:30 GMT',30",
    "'Sat, 21 Nov 2026 09:00:00 GMT',0",
    "'Tue, 31 Dec 2999 23:59:59 GMT',3600"
  })
  void aDateIsWaitedFor(String header, long seconds) {
    assertThat(RetryAfter.of(headers(Map.of("retry-after", header)), NOW))
        .hasValue(Duration.ofSeconds(seconds));
  }

  @Test
  void millisecondsAreMoreExactThanSeconds() {
    assertThat(RetryAfter.of(headers(Map.of("retry-after-ms", "250", "Retry-After", "1")), NOW))
        .hasValue(Duration.ofMillis(250));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "soon", "1e9", "9999999999999999999999", "NaN", "0x10"})
  void anythingElseSaysNothing(String header) {
    assertThat(RetryAfter.of(headers(Map.of("Retry-After", header)), NOW)).isEmpty();
  }
}
