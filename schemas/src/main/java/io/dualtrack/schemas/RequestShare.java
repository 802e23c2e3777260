package io.dualtrack.schemas;

import com.google.common.hash.Hashing;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/**
 * A share of requests, drawn by their ids alone: every process draws the same ones, today and when
 * it looks again.
 */
public final class RequestShare {

  private static final long BUCKETS = 1L << 32;
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  private RequestShare() {}

  /**
   * Whether a request is in the share.
   *
   * @param of id of what the share is for, so that each draws others
   * @param percent 0 to 100
   */
  public static boolean draws(String of, String requestId, BigDecimal percent) {
    long bucket =
        Integer.toUnsignedLong(
            Hashing.murmur3_128().hashString(of + '/' + requestId, StandardCharsets.UTF_8).asInt());
    return percent
            .multiply(BigDecimal.valueOf(BUCKETS))
            .compareTo(HUNDRED.multiply(BigDecimal.valueOf(bucket)))
        > 0;
  }
}
