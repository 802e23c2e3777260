package io.dualtrack.bench.abuse;

import io.dualtrack.local.abuse.RecordedExchange;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Names whoever asks more than so often within a day: the usual first idea. */
final class VolumeThreshold implements Baseline {

  /** Just below what the accounts of the run of June 2026 asked. */
  private static final int PER_DAY = 24;

  private static final Duration DAY = Duration.ofDays(1);

  private final Map<String, Deque<Instant>> lastDay = new HashMap<>();
  private final Set<String> named = new HashSet<>();

  @Override
  public List<String> see(RecordedExchange line) {
    if (named.contains(line.account())) {
      return List.of();
    }
    Deque<Instant> times = lastDay.computeIfAbsent(line.account(), account -> new ArrayDeque<>());
    times.addLast(line.at());
    while (times.getFirst().isBefore(line.at().minus(DAY))) {
      times.removeFirst();
    }
    if (times.size() <= PER_DAY) {
      return List.of();
    }
    named.add(line.account());
    lastDay.remove(line.account());
    return List.of(line.account());
  }
}
