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
    return features(minima(random), random.nextLong(), random.nextLong(), "reasoning");
  }

  /** Features of a text from a template: wording and opening are the template's. */
  static Features templated(int template, int seed) {
    Random random = new Random(template * 7_919L);
    ByteBuffer minHash = minima(random);
    long prefix = random.nextLong();
    return features(minHash, prefix, new Random(seed).nextLong(), "coding");
  }

  private static Features features(
      ByteBuffer minHash, long prefix, long suffix, String capability) {
    return Features.newBuilder()
        .setKeyEpoch(1)
        .setMinHash(minHash)
        .setSkeletonPrefix(prefix)
        .setSkeletonSuffix(suffix)
        .setCapabilities(List.of(capability))
        .build();
  }

  private static ByteBuffer minima(Random random) {
    byte[] minima = new byte[64 * Integer.BYTES];
    random.nextBytes(minima);
    return ByteBuffer.wrap(minima);
  }

  static Relations payment(String value) {
    return Relations.newBuilder().setPayment(value).setAccountCreatedAt(NOON).build();
  }

  static Relations network(String value) {
    return Relations.newBuilder().setNetwork(value).setAccountCreatedAt(NOON).build();
  }

  static Exchange exchange(String account, Features features, Relations relations) {
    return exchange("acme", account, NOON, features, relations);
  }

  static Exchange exchange(
      String tenant, String account, Instant at, Features features, Relations relations) {
    String id = account + "@" + features.hashCode();
    return Exchange.newBuilder()
        .setExchangeId(id)
        .setRequestId(id)
        .setReplyKey("batch-1")
        .setTenant(tenant)
        .setAccount(account)
        .setAt(at)
        .setModel("gpt-5.6-sol")
        .setOffering("openai-sol-eu")
        .setLane(Lane.API)
        .setServiceClass(ServiceClass.BATCH)
        .setJurisdictions(List.of("EU"))
        .setOutcome(Outcome.ANSWERED)
        .setSource(AnswerSource.PROVIDER)
        .setFeatures(features)
        .setRelations(relations)
        .build();
  }
}
