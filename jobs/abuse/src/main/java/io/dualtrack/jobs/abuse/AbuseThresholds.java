package io.dualtrack.jobs.abuse;

import io.dualtrack.jobs.runtime.JobConfig;
import java.io.Serializable;
import java.time.Duration;
import java.util.Map;

/**
 * When evidence becomes an alert, and how much of it is kept.
 *
 * @param accounts distinct accounts that must share a relation and content
 * @param exchanges exchanges in which they must have shared both
 * @param window without a new exchange for this long, by the exchanges' own time, evidence is
 *     forgotten
 * @param networkAccounts above this many accounts a network is a campus or a carrier, and sharing
 *     it says nothing
 * @param contentsPerRelation pieces of content that are remembered for one relation
 * @param membersPerRelation accounts in clusters that are remembered for one relation; no further
 *     ones are reported
 */
public record AbuseThresholds(
    int accounts,
    int exchanges,
    Duration window,
    int networkAccounts,
    int contentsPerRelation,
    int membersPerRelation)
    implements Serializable {

  public static final AbuseThresholds DEFAULT =
      new AbuseThresholds(5, 20, Duration.ofDays(7), 500, 8_192, 50_000);

  public AbuseThresholds {
    if (accounts < 2) {
      throw new IllegalArgumentException("a cluster has at least 2 accounts, not " + accounts);
    }
    if (exchanges < accounts) {
      throw new IllegalArgumentException(
          "%d accounts cannot share content in %d exchanges".formatted(accounts, exchanges));
    }
    if (contentsPerRelation < 64 || networkAccounts < accounts || membersPerRelation < accounts) {
      throw new IllegalArgumentException("limits too small to find a cluster in: " + this);
    }
  }

  public AbuseThresholds with(int minAccounts, int minExchanges) {
    return new AbuseThresholds(
        minAccounts,
        minExchanges,
        window,
        networkAccounts,
        contentsPerRelation,
        membersPerRelation);
  }

  /**
   * Reads {@code DUALTRACK_ABUSE_ACCOUNTS} and {@code DUALTRACK_ABUSE_EXCHANGES}.
   *
   * @throws IllegalArgumentException if one of them is no sensible number
   */
  public static AbuseThresholds fromEnvironment(Map<String, String> environment) {
    return DEFAULT.with(
        JobConfig.number(environment, "DUALTRACK_ABUSE_ACCOUNTS", DEFAULT.accounts),
        JobConfig.number(environment, "DUALTRACK_ABUSE_EXCHANGES", DEFAULT.exchanges));
  }
}
