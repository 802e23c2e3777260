package io.dualtrack.faults;

import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.local.stack.StackOptions.Services;
import java.time.Duration;
import java.util.List;

/**
 * What a scenario happens to.
 *
 * @param services where they run; only processes can be killed or frozen
 * @param latency of the provider's answers
 * @param callTimeout after which a dispatcher gives a call up
 * @param cluster whether Kafka is three brokers in processes of their own, each record on all of
 *     them, and not a broker in the stack's own
 * @param ways names of services that come to the brokers by a way that can be cut
 * @param lasts how long a batch takes at least, because only as many lines are in flight; zero for
 *     as fast as it goes
 */
record Setting(
    StackOptions.Services services,
    Duration latency,
    Duration callTimeout,
    boolean cluster,
    List<String> ways,
    Duration lasts) {

  /** How many brokers a cluster has. */
  static final int BROKERS = 3;

  /** Lines of a batch that are in flight at once, and less where it has few lines. */
  private static final int MOST_IN_FLIGHT = 500;

  private static final int SHARE_IN_FLIGHT = 10;

  Setting {
    ways = List.copyOf(ways);
  }

  /** A broker in the stack's own process, and a batch that goes as fast as it can. */
  static Setting oneBroker(Services services, Duration latency, Duration callTimeout) {
    return new Setting(services, latency, callTimeout, false, List.of(), Duration.ZERO);
  }

  /** The same with a batch that takes its time. */
  Setting lasting(Duration atLeast) {
    return new Setting(services, latency, callTimeout, cluster, ways, atLeast);
  }

  /** The same with three brokers, and two of each service. */
  Setting onCluster(String... waysToCut) {
    return new Setting(Services.ALL_TWICE, latency, callTimeout, true, List.of(waysToCut), lasts);
  }

  /** Lines of a batch that a tenant has in flight at most. */
  int inFlight(int lines) {
    if (lasts.isZero()) {
      return Math.max(1, Math.min(MOST_IN_FLIGHT, lines / SHARE_IN_FLIGHT));
    }
    return Math.toIntExact(Math.max(1, lines * latency.toMillis() / lasts.toMillis()));
  }
}
