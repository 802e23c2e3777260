package io.dualtrack.jobs.abuse;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.ServiceClass;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Random;

/** Exchanges as the topology writes them, of accounts that share what a test says. */
final class Samples {

  static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

  private Samples() {}

  /** Features of a text that is like no other. */
  static Features ownText(int seed) {
    Random random = new Random(seed);
    return new Features(
        1, minima(random), random.nextLong(), random.nextLong(), List.of("reasoning"));
  }

  /** Features of a text from a template: wording and opening are the template's. */
  static Features templated(int template, int seed) {
    Random random = new Random(template * 7_919L);
    ByteBuffer minHash = minima(random);
    long prefix = random.nextLong();
    return new Features(1, minHash, prefix, new Random(seed).nextLong(), List.of("coding"));
  }

  private static ByteBuffer minima(Random random) {
    byte[] minima = new byte[64 * Integer.BYTES];
    random.nextBytes(minima);
    return ByteBuffer.wrap(minima);
  }

  static Relations payment(String value) {
    return new Relations(value, null, null, NOON);
  }

  static Relations network(String value) {
    return new Relations(null, null, value, NOON);
  }

  static Exchange exchange(String account, Features features, Relations relations) {
    return exchange("acme", account, NOON, features, relations);
  }

  static Exchange exchange(
      String tenant, String account, Instant at, Features features, Relations relations) {
    String id = account + "@" + features.hashCode();
    return new Exchange(
        id,
        id,
        "batch-1",
        tenant,
        account,
        null,
        at,
        "gpt-5.6-sol",
        "openai-sol-eu",
        Lane.API,
        ServiceClass.BATCH,
        List.of("EU"),
        Outcome.ANSWERED,
        AnswerSource.PROVIDER,
        null,
        null,
        features,
        relations,
        "standard",
        0,
        false);
  }
}
