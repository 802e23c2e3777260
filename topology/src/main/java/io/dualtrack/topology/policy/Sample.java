package io.dualtrack.topology.policy;

import com.google.common.hash.Hashing;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/**
 * Chooses a share of requests by their ids alone: the same ones are chosen again after a restart
 * and in every instance, a smaller share is a part of a larger one, and two names choose
 * independently.
 */
public final class Sample {

  private static final long BUCKETS = 1L << 32;
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  private Sample() {}

  /**
   * @param name what is chosen for
   * @param percent of the requests, 0 to 100
   */
  public static boolean holds(String name, BigDecimal percent, String requestId) {
    long bucket =
        Integer.toUnsignedLong(
            Hashing.murmur3_128()
                .hashString(name + '/' + requestId, StandardCharsets.UTF_8)
                .asInt());
    return percent
            .multiply(BigDecimal.valueOf(BUCKETS))
            .compareTo(HUNDRED.multiply(BigDecimal.valueOf(bucket)))
        > 0;
  }
}
