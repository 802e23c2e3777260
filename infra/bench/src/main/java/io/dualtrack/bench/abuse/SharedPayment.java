package io.dualtrack.bench.abuse;

import io.dualtrack.local.abuse.RecordedExchange;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Names all accounts of a means of payment that has too many of them. */
final class SharedPayment implements Baseline {

  private static final int ACCOUNTS = 5;

  private final Map<String, Set<String>> accounts = new HashMap<>();

  @Override
  public List<String> see(RecordedExchange line) {
    Set<String> known =
        accounts.computeIfAbsent(line.paymentFingerprint(), card -> new LinkedHashSet<>());
    if (!known.add(line.account()) || known.size() < ACCOUNTS) {
      return List.of();
    }
    return known.size() == ACCOUNTS ? List.copyOf(known) : List.of(line.account());
  }
}
