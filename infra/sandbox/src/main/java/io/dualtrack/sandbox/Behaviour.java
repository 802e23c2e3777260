package io.dualtrack.sandbox;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;

/**
 * How the sandbox answers calls of one offering or model. Zero or false switches a property off; a
 * property that is absent in JSON is off.
 *
 * @param latencyMs milliseconds from a call's last byte to its answer; the median where a tail is
 *     set
 * @param jitterMs at most this many milliseconds are added to the latency, by the request's hash
 * @param latencyP99Ms the latency is log-normal with this 99th percentile
 * @param requestsPerMinute more calls than this get 429 with {@code Retry-After}; the first
 *     minute's worth may come at once
 * @param tokensPerMinute the same for prompt and completion tokens
 * @param failFirstN the first calls after the behaviour was set that fail
 * @param failRate share of requests that fail, 0 … 1, told by the request's hash: a request that
 *     fails does so every time
 * @param status HTTP status of failing calls, 500 where it is zero; where neither {@code
 *     failFirstN} nor {@code failRate} is set, every call gets it
 * @param fault what is wrong with failing calls; an error with {@code status} where it is null
 * @param retryAfterSeconds that errors come with; where zero, 1 with status 429 and none else
 * @param hang whether calls are read and never answered
 * @param completionTokens of every answer, unless its request permits fewer; where zero, 20 … 200
 *     by the request's hash
 * @param chunkTokens tokens of one event of a stream; 8 where it is zero
 * @param chunkMs milliseconds between the events of a stream
 * @param cacheBlocks blocks of 512 tokens that the prefix cache of vLLM's dialect holds; 5,000
 *     where it is zero
 * @param accuracy share of word problems that are solved, above 0 … 1, told by model and prompt:
 *     those that end in {@code What is 12 + 30 + 5?} are answered as in GSM8K, {@code #### 47}; the
 *     others are not solved, nor any where it is zero
 */
public record Behaviour(
    @JsonProperty("latency_ms") long latencyMs,
    @JsonProperty("jitter_ms") long jitterMs,
    @JsonProperty("latency_p99_ms") long latencyP99Ms,
    @JsonProperty("requests_per_minute") long requestsPerMinute,
    @JsonProperty("tokens_per_minute") long tokensPerMinute,
    @JsonProperty("fail_first_n") long failFirstN,
    @JsonProperty("fail_rate") double failRate,
    @JsonProperty("status") int status,
    @JsonProperty("fault") Fault fault,
    @JsonProperty("retry_after_seconds") long retryAfterSeconds,
    @JsonProperty("hang") boolean hang,
    @JsonProperty("completion_tokens") long completionTokens,
    @JsonProperty("chunk_tokens") int chunkTokens,
    @JsonProperty("chunk_ms") long chunkMs,
    @JsonProperty("cache_blocks") int cacheBlocks,
    @JsonProperty("accuracy") double accuracy) {

  private static final int USUAL_CHUNK_TOKENS = 8;
  private static final int USUAL_CACHE_BLOCKS = 5_000;

  /** Of the standard normal distribution at 99%. */
  private static final double Z99 = 2.3263478740408408;

  /** Answers every call at once. */
  public static final Behaviour PROMPT = withLatency(Duration.ZERO);

  /**
   * Throws an {@link IllegalArgumentException} that names the property that is out of its range.
   */
  public Behaviour {
    atLeastZero("latency_ms", latencyMs);
    atLeastZero("jitter_ms", jitterMs);
    atLeastZero("latency_p99_ms", latencyP99Ms);
    atLeastZero("requests_per_minute", requestsPerMinute);
    atLeastZero("tokens_per_minute", tokensPerMinute);
    atLeastZero("fail_first_n", failFirstN);
    atLeastZero("retry_after_seconds", retryAfterSeconds);
    atLeastZero("completion_tokens", completionTokens);
    atLeastZero("chunk_tokens", chunkTokens);
    atLeastZero("chunk_ms", chunkMs);
    atLeastZero("cache_blocks", cacheBlocks);
    if (!(failRate >= 0 && failRate <= 1)) {
      throw new IllegalArgumentException("fail_rate is %s, not within 0 … 1".formatted(failRate));
    }
    if (!(accuracy >= 0 && accuracy <= 1)) {
      throw new IllegalArgumentException("accuracy is %s, not within 0 … 1".formatted(accuracy));
    }
    if (status != 0 && (status < 400 || status > 599)) {
      throw new IllegalArgumentException("status is %d, not within 400 … 599".formatted(status));
    }
    if (latencyP99Ms != 0 && (latencyP99Ms < latencyMs || latencyMs == 0)) {
      throw new IllegalArgumentException(
          "latency_p99_ms is %d, below latency_ms, which must be set".formatted(latencyP99Ms));
    }
  }

  public static Behaviour withLatency(Duration latency) {
    return withLatency(latency, Duration.ZERO);
  }

  /**
   * @param spread at most this much is added, by the request's hash
   */
  public static Behaviour withLatency(Duration latency, Duration spread) {
    return new Behaviour(
        latency.toMillis(), spread.toMillis(), 0, 0, 0, 0, 0, 0, null, 0, false, 0, 0, 0, 0, 0);
  }

  boolean failsAlways() {
    return (status != 0 || fault != null) && failFirstN == 0 && failRate == 0;
  }

  Fault failure() {
    return hang ? Fault.HANG : fault == null ? Fault.STATUS : fault;
  }

  int failureStatus() {
    return status == 0 ? 500 : status;
  }

  /** 0 for no header. */
  long failureRetryAfter() {
    return retryAfterSeconds == 0 && failureStatus() == 429 ? 1 : retryAfterSeconds;
  }

  int tokensOfChunk() {
    return chunkTokens == 0 ? USUAL_CHUNK_TOKENS : chunkTokens;
  }

  int blocksOfCache() {
    return cacheBlocks == 0 ? USUAL_CACHE_BLOCKS : cacheBlocks;
  }

  /**
   * @param hash of the request: equal requests take equally long
   */
  long delayMs(long hash) {
    double median = latencyMs;
    if (latencyP99Ms != 0) {
      double sigma = Math.log((double) latencyP99Ms / latencyMs) / Z99;
      median = latencyMs * Math.exp(sigma * normal(hash));
    }
    long jitter = jitterMs == 0 ? 0 : Long.remainderUnsigned(hash, jitterMs + 1);
    return Math.round(median) + jitter;
  }

  /** A number of the standard normal distribution, by Box and Muller from two parts of a hash. */
  private static double normal(long hash) {
    double steps = 1L << 32;
    double one = ((hash >>> 32) + 0.5) / steps;
    double two = ((hash & 0xffff_ffffL) + 0.5) / steps;
    return Math.sqrt(-2 * Math.log(one)) * Math.cos(2 * Math.PI * two);
  }

  private static void atLeastZero(String name, long value) {
    if (value < 0) {
      throw new IllegalArgumentException("%s is %d, below 0".formatted(name, value));
    }
  }
}
