package io.dualtrack.jobs.abuse;

import io.dualtrack.jobs.runtime.JobConfig;
import java.io.Serializable;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * When evidence becomes an alert, and how much of it is kept.
 *
 * @param accounts distinct accounts, an organisation counting once, that make a cluster
 * @param exchanges exchanges that the accounts of a cluster must have had together
 * @param window what was not seen for this long, by the exchanges' own time, is forgotten
 * @param networkAccounts above this many accounts a network that is no hosting provider's is a
 *     campus or a carrier, and sharing it says nothing
 * @param membersPerItem accounts that are remembered of one shared thing; later ones are not
 *     examined under it
 * @param memberEvidence natural logarithm of how much likelier an account must look in a cluster
 *     than outside of it to be named
 * @param falseDiscoveries share of clusters that may be chance (Benjamini and Hochberg 1995)
 * @param signals evidence that counts
 */
public record AbuseThresholds(
    int accounts,
    int exchanges,
    Duration window,
    int networkAccounts,
    int membersPerItem,
    double memberEvidence,
    double falseDiscoveries,
    Set<Signal> signals)
    implements Serializable {

  public static final AbuseThresholds DEFAULT =
      new AbuseThresholds(
          5, 5, Duration.ofDays(7), 64, 50_000, 7, 0.001, EnumSet.allOf(Signal.class));

  public AbuseThresholds {
    if (accounts < 2) {
      throw new IllegalArgumentException("a cluster has at least 2 accounts, not " + accounts);
    }
    if (exchanges < accounts) {
      throw new IllegalArgumentException(
          "%d accounts cannot share content in %d exchanges".formatted(accounts, exchanges));
    }
    if (networkAccounts < accounts || membersPerItem < 4 * accounts) {
      throw new IllegalArgumentException(
          "limits too small to find a cluster of %d accounts in: %d of a network, %d of an item"
              .formatted(accounts, networkAccounts, membersPerItem));
    }
    EnumSet<Signal> counted = EnumSet.noneOf(Signal.class);
    counted.addAll(signals);
    signals = counted;
  }

  public AbuseThresholds with(int minAccounts, int minExchanges) {
    return new AbuseThresholds(
        minAccounts,
        minExchanges,
        window,
        networkAccounts,
        membersPerItem,
        memberEvidence,
        falseDiscoveries,
        signals);
  }

  /** As these, but blind to some evidence: what each kind contributes is measured this way. */
  public AbuseThresholds without(Set<Signal> unseen) {
    EnumSet<Signal> left = EnumSet.noneOf(Signal.class);
    left.addAll(signals);
    left.removeAll(unseen);
    return new AbuseThresholds(
        accounts,
        exchanges,
        window,
        networkAccounts,
        membersPerItem,
        memberEvidence,
        falseDiscoveries,
        left);
  }

  /**
   * Reads {@code DUALTRACK_ABUSE_ACCOUNTS}, {@code DUALTRACK_ABUSE_EXCHANGES} and {@code
   * DUALTRACK_ABUSE_WITHOUT}, the codes of signals to be blind to, divided by commas.
   *
   * @throws IllegalArgumentException if a number or a code is none
   */
  public static AbuseThresholds fromEnvironment(Map<String, String> environment) {
    AbuseThresholds thresholds =
        DEFAULT.with(
            JobConfig.number(environment, "DUALTRACK_ABUSE_ACCOUNTS", DEFAULT.accounts),
            JobConfig.number(environment, "DUALTRACK_ABUSE_EXCHANGES", DEFAULT.exchanges));
    EnumSet<Signal> unseen = EnumSet.noneOf(Signal.class);
    for (String code : environment.getOrDefault("DUALTRACK_ABUSE_WITHOUT", "").split(",")) {
      if (!code.isBlank()) {
        unseen.add(signal(code.strip()));
      }
    }
    return thresholds.without(unseen);
  }

  private static Signal signal(String code) {
    try {
      return Signal.valueOf(code.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "DUALTRACK_ABUSE_WITHOUT names no signal of S1 to S8: " + code, e);
    }
  }
}
