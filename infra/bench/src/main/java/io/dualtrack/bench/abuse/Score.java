package io.dualtrack.bench.abuse;

import io.dualtrack.bench.UnusableInput;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * How good the alerts about a labelled log are.
 *
 * @param campaigns by name
 * @param named accounts in alerts
 * @param precision hidden accounts among the named ones
 * @param harmed honest organisations with a named account, by kind
 */
record Score(
    Map<String, Found> campaigns, int named, Share precision, Map<String, Integer> harmed) {

  /**
   * What was found of one campaign.
   *
   * @param recall accounts that were named
   * @param firstAlert after the campaign's first exchange; empty where there was none
   * @param exchanges of the campaign in the log
   * @param leakedBeforeFirst exchanges before the first alert; all where there was none
   * @param leakedBeforeHalf exchanges before half of the accounts were named
   * @param leakedBeforeMost exchanges before 95% of the accounts were named
   * @param named how long after the campaign's first exchange each account was named, in order
   */
  record Found(
      Share recall,
      Optional<Duration> firstAlert,
      long exchanges,
      long leakedBeforeFirst,
      long leakedBeforeHalf,
      long leakedBeforeMost,
      List<Duration> named) {}

  /** A share with its 95% interval (Wilson, 1927), which also holds for few and for extremes. */
  record Share(long part, long whole) {

    private static final double Z = 1.959964;

    double value() {
      return whole == 0 ? 0 : (double) part / whole;
    }

    double low() {
      return whole == 0 ? 0 : Math.max(0, centre() - margin());
    }

    double high() {
      return whole == 0 ? 1 : Math.min(1, centre() + margin());
    }

    private double centre() {
      return (value() + Z * Z / (2 * whole)) / (1 + Z * Z / whole);
    }

    private double margin() {
      double variance = value() * (1 - value()) / whole + Z * Z / (4.0 * whole * whole);
      return Z / (1 + Z * Z / whole) * Math.sqrt(variance);
    }
  }

  /** An account's naming in an alert. */
  record Naming(Instant at, String account) {}

  /**
   * @param truths of all accounts, by account
   * @param asked times of each account's exchanges, in order
   * @param namings in any order; of several of one account the first counts
   * @throws UnusableInput if an alert names an account that the labels do not have
   */
  static Score of(
      Map<String, Truth> truths, Map<String, List<Instant>> asked, Collection<Naming> namings)
      throws UnusableInput {
    Map<String, Instant> named = new HashMap<>();
    for (Naming naming : namings) {
      if (!truths.containsKey(naming.account())) {
        throw new UnusableInput(
            "an alert names account %s, which the labels do not have".formatted(naming.account()));
      }
      named.merge(naming.account(), naming.at(), (a, b) -> a.isBefore(b) ? a : b);
    }
    long hidden = named.keySet().stream().filter(account -> truths.get(account).hidden()).count();
    return new Score(
        campaigns(truths, asked, named),
        named.size(),
        new Share(hidden, named.size()),
        harmed(truths, named.keySet()));
  }

  private static Map<String, Integer> harmed(Map<String, Truth> truths, Set<String> named) {
    Map<String, Set<String>> organisations = new TreeMap<>();
    for (String account : named) {
      Truth truth = truths.get(account);
      if (!truth.hidden()) {
        organisations
            .computeIfAbsent(truth.kind(), kind -> new HashSet<>())
            .add(truth.organisation());
      }
    }
    Map<String, Integer> counts = new TreeMap<>();
    organisations.forEach((kind, ids) -> counts.put(kind, ids.size()));
    return counts;
  }

  private static Map<String, Found> campaigns(
      Map<String, Truth> truths, Map<String, List<Instant>> asked, Map<String, Instant> named) {
    Map<String, List<String>> accounts = new TreeMap<>();
    for (Truth truth : truths.values()) {
      if (truth.hidden()) {
        accounts.computeIfAbsent(truth.kind(), kind -> new ArrayList<>()).add(truth.account());
      }
    }
    Map<String, Found> found = new TreeMap<>();
    accounts.forEach((kind, members) -> found.put(kind, found(members, asked, named)));
    return found;
  }

  private static Found found(
      List<String> members, Map<String, List<Instant>> asked, Map<String, Instant> named) {
    List<Instant> times =
        members.stream()
            .flatMap(account -> asked.getOrDefault(account, List.of()).stream())
            .sorted()
            .toList();
    List<Instant> namings =
        members.stream().map(named::get).filter(at -> at != null).sorted().toList();
    return new Found(
        new Share(namings.size(), members.size()),
        namings.isEmpty() || times.isEmpty()
            ? Optional.empty()
            : Optional.of(Duration.between(times.get(0), namings.get(0))),
        times.size(),
        leaked(times, namings, 1),
        leaked(times, namings, (members.size() + 1) / 2),
        leaked(times, namings, (int) Math.ceil(0.95 * members.size())),
        times.isEmpty()
            ? List.of()
            : namings.stream().map(at -> Duration.between(times.get(0), at)).toList());
  }

  /** Exchanges up to the moment at which so many accounts were named; all if that never came. */
  private static long leaked(List<Instant> times, List<Instant> namings, int count) {
    if (namings.size() < count) {
      return times.size();
    }
    Instant until = namings.get(count - 1);
    return times.stream().takeWhile(at -> !at.isAfter(until)).count();
  }
}
