package io.dualtrack.local;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads times as people write them: {@code 250ms}, {@code 1s}, {@code 2m}, {@code 24h}; a bare
 * number is milliseconds.
 */
public final class DurationText implements ITypeConverter<Duration> {

  private static final Pattern TEXT = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h)?");

  @Override
  public Duration convert(String text) {
    Matcher matcher = TEXT.matcher(text.strip());
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'%s' is no time such as 250ms, 1s, 2m or 24h".formatted(text));
    }
    long amount = Long.parseLong(matcher.group(1));
    String unit = matcher.group(2);
    if ("s".equals(unit)) {
      return Duration.ofSeconds(amount);
    }
    if ("h".equals(unit)) {
      return Duration.ofHours(amount);
    }
    return "m".equals(unit) ? Duration.ofMinutes(amount) : Duration.ofMillis(amount);
  }
}
