package io.dualtrack.faults;

import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * Faults without end, drawn from a seed. The same seed gives the same faults, in the same order and
 * as far apart, however long each of them takes.
 */
final class SoakPlan {

  /** Services that come to the brokers by a way that can be cut. */
  static final List<String> WAYS = List.of("topology", "dispatcher-api", "gateway");

  private static final List<String> SERVICES =
      List.of("topology", "dispatcher-api", "dispatcher-local", "gateway");
  private static final List<String> MODELS =
      List.of("gpt-5.6-sol", "llama-3.1-405b", "claude-opus-4.8", "kimi-k2.7");
  private static final List<String> PROVIDER_FAULTS =
      List.of(
          "{\"hang\": true}",
          "{\"status\": 429, \"retry_after_seconds\": 1}",
          "{\"fault\": \"half_body\"}");
  private static final List<Kind> KINDS =
      List.of(
          SoakPlan::killOne,
          SoakPlan::killOne,
          SoakPlan::killTwo,
          SoakPlan::freezeOne,
          SoakPlan::restartOne,
          SoakPlan::loseBroker,
          SoakPlan::loseLeader,
          SoakPlan::loseTwoBrokers,
          SoakPlan::freezeBroker,
          SoakPlan::restartBroker,
          SoakPlan::freezeRegistry,
          SoakPlan::hurtProvider,
          SoakPlan::cut,
          SoakPlan::reset,
          SoakPlan::fillDisk,
          SoakPlan::poison,
          SoakPlan::wrongClock);

  /**
   * A fault.
   *
   * @param after how long after the end of the one before it begins
   * @param what is done, for whoever watches
   */
  record Fault(Duration after, String what, Scenario.Action action) {}

  /** What is done and its name. */
  private record Deed(String what, Scenario.Action action) {}

  @FunctionalInterface
  private interface Kind {
    Deed draw(SoakPlan plan);
  }

  private final Random random;
  private final Duration latency;

  /**
   * @param latency of the provider's answers while nothing is wrong with it
   */
  SoakPlan(long seed, Duration latency) {
    this.random = new Random(seed);
    this.latency = latency;
  }

  Fault next() {
    Duration after = seconds(2, 12);
    Deed deed = KINDS.get(random.nextInt(KINDS.size())).draw(this);
    return new Fault(after, deed.what(), deed.action());
  }

  private Deed killOne() {
    String one = instance();
    return new Deed("kill " + one, faults -> faults.kill(one));
  }

  private Deed killTwo() {
    String one = instance();
    String other = instance();
    return one.equals(other)
        ? new Deed("kill " + one, faults -> faults.kill(one))
        : new Deed("kill %s and %s".formatted(one, other), faults -> faults.kill(one, other));
  }

  private Deed freezeOne() {
    String one = instance();
    Duration howLong = seconds(3, 16);
    return new Deed(
        "freeze %s for %d s".formatted(one, howLong.toSeconds()),
        faults -> faults.zombie(one, howLong));
  }

  private Deed restartOne() {
    String one = instance();
    return new Deed("restart " + one, faults -> faults.restart(one));
  }

  private Deed loseBroker() {
    int one = broker();
    Duration howLong = seconds(1, 14);
    return new Deed(
        "lose broker %d for %d s".formatted(one, howLong.toSeconds()),
        faults -> faults.brokers().lose(howLong, one));
  }

  private Deed loseLeader() {
    Duration howLong = seconds(1, 14);
    return new Deed(
        "lose the leader of the hottest partition of completions for %d s"
            .formatted(howLong.toSeconds()),
        faults -> faults.brokers().loseLeader(Topics.COMPLETIONS, howLong));
  }

  private Deed loseTwoBrokers() {
    int stays = broker();
    int one = stays % Setting.BROKERS + 1;
    int other = one % Setting.BROKERS + 1;
    Duration howLong = seconds(3, 12);
    return new Deed(
        "lose brokers %d and %d for %d s".formatted(one, other, howLong.toSeconds()),
        faults -> faults.brokers().lose(howLong, one, other));
  }

  private Deed freezeBroker() {
    int one = broker();
    Duration howLong = seconds(3, 14);
    return new Deed(
        "freeze broker %d for %d s".formatted(one, howLong.toSeconds()),
        faults -> faults.brokers().freeze(one, howLong));
  }

  private Deed restartBroker() {
    int one = broker();
    return new Deed("restart broker " + one, faults -> faults.brokers().restart(one));
  }

  private Deed freezeRegistry() {
    Duration howLong = seconds(3, 15);
    return new Deed(
        "the registry does not answer for %d s".formatted(howLong.toSeconds()),
        faults -> {
          faults.freezeRegistry();
          try {
            faults.pause(howLong);
          } finally {
            faults.thawRegistry();
          }
        });
  }

  private Deed hurtProvider() {
    String model = one(MODELS);
    String fault = one(PROVIDER_FAULTS);
    Duration howLong = seconds(2, 8);
    return new Deed(
        "%s answers with %s for %d s".formatted(model, fault, howLong.toSeconds()),
        faults -> faults.provider(model, fault, howLong, latency));
  }

  private Deed cut() {
    String way = one(WAYS);
    Duration howLong = seconds(2, 20);
    return new Deed(
        "cut %s off for %d s".formatted(way, howLong.toSeconds()),
        faults -> faults.cut(way, howLong));
  }

  private Deed reset() {
    String way = one(WAYS);
    int times = 1 + random.nextInt(5);
    return new Deed(
        "break the connections of %s, times %d".formatted(way, times),
        faults -> faults.reset(way, times, Duration.ofSeconds(1)));
  }

  private Deed fillDisk() {
    Duration howLong = seconds(3, 12);
    if (random.nextBoolean()) {
      int one = broker();
      return new Deed(
          "the disk of broker %d is full for %d s".formatted(one, howLong.toSeconds()),
          faults -> faults.brokers().fillDisk(one, howLong));
    }
    String one = random.nextBoolean() ? "topology" : "gateway";
    return new Deed(
        "the disk of %s is full for %d s".formatted(one, howLong.toSeconds()),
        faults -> faults.fillDisk(one, howLong));
  }

  private Deed poison() {
    return new Deed("poison in every topic", faults -> faults.rogue().poison());
  }

  private Deed wrongClock() {
    Duration wrong = Duration.ofMinutes(random.nextInt(110) - 55L);
    return new Deed(
        "a clock is wrong by %d min".formatted(wrong.toMinutes()),
        faults -> faults.rogue().wrongClock(wrong));
  }

  private String instance() {
    String service = one(SERVICES);
    return random.nextBoolean() ? service : service + "-1";
  }

  private int broker() {
    return 1 + random.nextInt(Setting.BROKERS);
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private Duration seconds(int least, int most) {
    return Duration.ofSeconds(least + random.nextInt(most - least + 1));
  }
}
