package io.dualtrack.sandbox;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;

/**
 * How the sandbox answers calls of one model. Zero or false switches a property off; a property
 * that is absent in JSON is off.
 *
 * @param latencyMs milliseconds from a call's last byte to its answer
 * @param jitterMs at most this many milliseconds are added to the latency, by the request's hash
 * @param requestsPerMinute more calls than this get 429 with {@code Retry-After}; the first
 *     minute's worth may come at once
 * @param tokensPerMinute the same for prompt and completion tokens
 * @param failFirstN the first calls after the behaviour was set that fail
 * @param failRate share of requests that fail, 0 … 1, told by the request's hash: a request that
 *     fails does so every time
 * @param status HTTP status of failing calls, 500 where it is zero; where neither {@code
 *     failFirstN} nor {@code failRate} is set, every call gets it
 * @param hang whether calls are read and never answered
 */
public record Behaviour(
    @JsonProperty("latency_ms") long latencyMs,
    @JsonProperty("jitter_ms") long jitterMs,
    @JsonProperty("requests_per_minute") long requestsPerMinute,
    @JsonProperty("tokens_per_minute") long tokensPerMinute,
    @JsonProperty("fail_first_n") long failFirstN,
    @JsonProperty("fail_rate") double failRate,
    @JsonProperty("status") int status,
    @JsonProperty("hang") boolean hang) {

  /** Answers every call at once. */
  public static final Behaviour PROMPT = new Behaviour(0, 0, 0, 0, 0, 0, 0, false);

  /**
   * Throws an {@link IllegalArgumentException} that names the property that is out of its range.
   */
  public Behaviour {
    atLeastZero("latency_ms", latencyMs);
    atLeastZero("jitter_ms", jitterMs);
    atLeastZero("requests_per_minute", requestsPerMinute);
    atLeastZero("tokens_per_minute", tokensPerMinute);
    atLeastZero("fail_first_n", failFirstN);
    if (!(failRate >= 0 && failRate <= 1)) {
      throw new IllegalArgumentException("fail_rate is %s, not within 0 … 1".formatted(failRate));
    }
    if (status != 0 && (status < 400 || status > 599)) {
      throw new IllegalArgumentException("status is %d, not within 400 … 599".formatted(status));
    }
  }

  public static Behaviour withLatency(Duration latency) {
    return new Behaviour(latency.toMillis(), 0, 0, 0, 0, 0, 0, false);
  }

  boolean failsAlways() {
    return status != 0 && failFirstN == 0 && failRate == 0;
  }

  int failureStatus() {
    return status == 0 ? 500 : status;
  }

  private static void atLeastZero(String name, long value) {
    if (value < 0) {
      throw new IllegalArgumentException("%s is %d, below 0".formatted(name, value));
    }
  }
}
