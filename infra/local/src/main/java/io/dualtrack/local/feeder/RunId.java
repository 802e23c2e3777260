package io.dualtrack.local.feeder;

import java.security.SecureRandom;
import java.time.Clock;

/** Names runs: {@code batch_} and 26 characters that sort by time, as a ULID does. */
final class RunId {

  private static final char[] CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();
  private static final int TIME_CHARACTERS = 10;
  private static final int RANDOM_CHARACTERS = 16;

  private RunId() {}

  static String next(Clock clock, SecureRandom random) {
    StringBuilder id = new StringBuilder("batch_");
    long millis = clock.millis();
    for (int i = TIME_CHARACTERS - 1; i >= 0; i--) {
      id.append(CROCKFORD[(int) ((millis >>> (5 * i)) & 31)]);
    }
    for (int i = 0; i < RANDOM_CHARACTERS; i++) {
      id.append(CROCKFORD[random.nextInt(CROCKFORD.length)]);
    }
    return id.toString();
  }
}
