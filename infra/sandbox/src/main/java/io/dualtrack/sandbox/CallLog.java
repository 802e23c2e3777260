package io.dualtrack.sandbox;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts of the calls since the start or the last reset. Whether a call repeats another is told by
 * its {@code Idempotency-Key}, of which 63 bits of a hash are remembered.
 */
final class CallLog {

  /**
   * What a call is for.
   *
   * @param offering null where the call names none
   */
  record Target(String offering, String model) {}

  /**
   * @param calls calls of any outcome
   * @param answered calls that got an answer, and that a provider would bill
   * @param limited calls over a limit
   * @param failed calls that got another error
   * @param lastCallAt when the last call arrived, milliseconds since 1970
   */
  record OfModel(
      long calls,
      long answered,
      long limited,
      long failed,
      @JsonProperty("last_call_at") long lastCallAt) {

    static OfModel ended(long answered, long limited, long failed) {
      return new OfModel(0, answered, limited, failed, 0);
    }

    OfModel plus(OfModel more) {
      return new OfModel(
          calls + more.calls,
          answered + more.answered,
          limited + more.limited,
          failed + more.failed,
          Math.max(lastCallAt, more.lastCallAt));
    }
  }

  /**
   * @param distinct keys that were seen
   * @param repeated calls whose key had been seen before, whatever came of the earlier call
   * @param answeredAgain calls that got an answer although a call of the same key had got one
   * @param withoutKey calls that had no key
   * @param untracked calls with a key that came when no more keys could be remembered
   * @param inFlight calls that wait for their answer now
   * @param maxInFlight most calls that waited at once
   * @param byOffering of the calls that named one
   */
  record Stats(
      long calls,
      long distinct,
      long repeated,
      @JsonProperty("answered_again") long answeredAgain,
      @JsonProperty("without_key") long withoutKey,
      long untracked,
      @JsonProperty("in_flight") long inFlight,
      @JsonProperty("max_in_flight") long maxInFlight,
      @JsonProperty("by_model") Map<String, OfModel> byModel,
      @JsonProperty("by_offering") Map<String, OfModel> byOffering) {}

  /** Moments of each kind that are remembered. */
  private static final int MOST_MOMENTS = 50_000;

  /**
   * When calls of one model arrived and when callers gave some up, milliseconds since 1970, in
   * their order; the oldest are forgotten where there are very many.
   */
  record Moments(List<Long> arrived, List<Long> abandoned) {}

  private record Moment(String model, long at) {}

  private final Deque<Moment> arrivals = new ArrayDeque<>();
  private final Deque<Moment> abandonments = new ArrayDeque<>();
  private final Map<String, OfModel> byModel = new TreeMap<>();
  private final Map<String, OfModel> byOffering = new TreeMap<>();
  private KeySet keys = new KeySet(KeySet.DEFAULT_LIMIT);
  private long calls;
  private long repeated;
  private long answeredAgain;
  private long withoutKey;
  private long untracked;
  private long inFlight;
  private long maxInFlight;

  /**
   * @param key hash of the idempotency key; {@link KeySet#NO_KEY} for none
   */
  synchronized void arrived(Target target, long key) {
    calls++;
    long now = System.currentTimeMillis();
    count(target, new OfModel(1, 0, 0, 0, now));
    remember(arrivals, new Moment(target.model(), now));
    inFlight++;
    maxInFlight = Math.max(maxInFlight, inFlight);
    if (key == KeySet.NO_KEY) {
      withoutKey++;
      return;
    }
    switch (keys.see(key)) {
      case NEW -> {}
      case KNOWN -> repeated++;
      case FULL -> untracked++;
    }
  }

  synchronized void answered(Target target, long key) {
    inFlight--;
    count(target, OfModel.ended(1, 0, 0));
    if (key != KeySet.NO_KEY && keys.answer(key)) {
      answeredAgain++;
    }
  }

  synchronized void refused(Target target, boolean limited) {
    inFlight--;
    count(target, limited ? OfModel.ended(0, 1, 0) : OfModel.ended(0, 0, 1));
  }

  /** The caller of a call went away before its answer. */
  synchronized void abandoned(Target target) {
    inFlight--;
    remember(abandonments, new Moment(target.model(), System.currentTimeMillis()));
  }

  synchronized Moments moments(String model, long since) {
    return new Moments(times(arrivals, model, since), times(abandonments, model, since));
  }

  private static List<Long> times(Deque<Moment> moments, String model, long since) {
    return moments.stream()
        .filter(each -> each.at() >= since && each.model().equals(model))
        .map(Moment::at)
        .toList();
  }

  private static void remember(Deque<Moment> moments, Moment moment) {
    if (moments.size() == MOST_MOMENTS) {
      moments.removeFirst();
    }
    moments.addLast(moment);
  }

  synchronized Stats stats() {
    return new Stats(
        calls,
        keys.size(),
        repeated,
        answeredAgain,
        withoutKey,
        untracked,
        inFlight,
        maxInFlight,
        new TreeMap<>(byModel),
        new TreeMap<>(byOffering));
  }

  synchronized void reset() {
    arrivals.clear();
    abandonments.clear();
    byModel.clear();
    byOffering.clear();
    keys = new KeySet(KeySet.DEFAULT_LIMIT);
    calls = 0;
    repeated = 0;
    answeredAgain = 0;
    withoutKey = 0;
    untracked = 0;
    maxInFlight = inFlight;
  }

  private void count(Target target, OfModel more) {
    byModel.merge(target.model(), more, OfModel::plus);
    if (target.offering() != null) {
      byOffering.merge(target.offering(), more, OfModel::plus);
    }
  }
}
