package io.dualtrack.inference.adapter;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How long a provider asks to wait: {@code retry-after-ms}, which OpenAI and Azure send, before
 * {@code Retry-After} in seconds or as a date (RFC 9110, 10.2.3).
 */
public final class RetryAfter {

  /** No header makes an offering wait longer than this. */
  static final Duration LONGEST = Duration.ofHours(1);

  /** Digits that fit a long, and the fraction that some providers send. */
  private static final Pattern NUMBER = Pattern.compile("\\d{1,12}(\\.\\d{1,9})?");

  private RetryAfter() {}

  /** Empty where the headers do not say, or not in a form that the standard knows. */
  public static Optional<Duration> of(HttpHeaders headers, Instant now) {
    return headers
        .firstValue("retry-after-ms")
        .flatMap(value -> number(value, 1))
        .or(() -> headers.firstValue("retry-after").flatMap(value -> secondsOrDate(value, now)))
        .map(wait -> wait.compareTo(LONGEST) > 0 ? LONGEST : wait);
  }

  private static Optional<Duration> secondsOrDate(String value, Instant now) {
    return number(value, 1_000).or(() -> date(value, now));
  }

  private static Optional<Duration> number(String value, int millisPerUnit) {
    String trimmed = value.trim();
    return NUMBER.matcher(trimmed).matches()
        ? Optional.of(
            Duration.ofMillis((long) Math.ceil(Double.parseDouble(trimmed) * millisPerUnit)))
        : Optional.empty();
  }

  private static Optional<Duration> date(String value, Instant now) {
    try {
      Instant at =
          ZonedDateTime.parse(value.trim(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration wait = Duration.between(now, at);
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
