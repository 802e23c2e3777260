package io.dualtrack.local.readiness;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Usage;
import java.util.Map;
import java.util.TreeMap;

/**
 * Calls of two offerings, as recorded: how many in which minute, and of what size. Copies for
 * comparison are none of the first offering's, and show what the second can do.
 */
public final class Traffic {

  private final String from;
  private final String to;
  private final Map<Long, Long> fromMinutes = new TreeMap<>();
  private final Map<Long, Long> toMinutes = new TreeMap<>();
  private final Map<Long, Long> toTokens = new TreeMap<>();
  private final Map<Long, Long> byInput = new TreeMap<>();
  private long calls;
  private long input;
  private long output;
  private long longestSeenByTo;

  public Traffic(String from, String to) {
    this.from = from;
    this.to = to;
  }

  public void add(Exchange exchange) {
    Usage usage = exchange.getUsage();
    if (exchange.getSource() != AnswerSource.PROVIDER || usage == null) {
      return;
    }
    long minute = exchange.getAt().getEpochSecond() / 60;
    long prompt = inputOf(usage);
    if (from.equals(exchange.getOffering()) && !exchange.getShadow()) {
      calls++;
      input += prompt;
      output += usage.getOutput();
      byInput.merge(prompt, 1L, Long::sum);
      fromMinutes.merge(minute, 1L, Long::sum);
    } else if (to.equals(exchange.getOffering())) {
      longestSeenByTo = Math.max(longestSeenByTo, prompt);
      toTokens.merge(minute, usage.getOutput(), Long::sum);
      if (!exchange.getShadow()) {
        toMinutes.merge(minute, 1L, Long::sum);
      }
    }
  }

  /** Prompt tokens of a call, whether they were read from a cache or not. */
  static long inputOf(Usage usage) {
    return usage.getUncachedInput()
        + usage.getCacheRead()
        + usage.getCacheWrite5m()
        + usage.getCacheWrite1h();
  }

  /** Calls of the first offering. */
  public long calls() {
    return calls;
  }

  /** Prompt tokens of one call of the first offering on average; 0 where there is none. */
  public long meanInput() {
    return calls == 0 ? 0 : input / calls;
  }

  public long meanOutput() {
    return calls == 0 ? 0 : output / calls;
  }

  /** Calls of the first offering by minute since 1970. */
  public Map<Long, Long> minutes() {
    return fromMinutes;
  }

  /** Calls that the second offering has already, by minute. */
  public Map<Long, Long> minutesOfTo() {
    return toMinutes;
  }

  public long peak() {
    return fromMinutes.values().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /** Most output tokens that the second offering gave in one minute, copies among them. */
  public long bestMinuteOfTo() {
    return toTokens.values().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /** Prompt tokens of the longest prompt that the second offering answered; 0 where none. */
  public long longestSeenByTo() {
    return longestSeenByTo;
  }

  /** Calls of the first offering with a longer prompt than any that the second has answered. */
  public long longerThanSeen() {
    return byInput.entrySet().stream()
        .filter(each -> each.getKey() > longestSeenByTo)
        .mapToLong(Map.Entry::getValue)
        .sum();
  }
}
