package io.dualtrack.jobs.abuse;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.ServiceClass;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Exchanges as the topology writes them, of accounts that share what a test says. */
final class Samples {

  static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

  /** Long ago, and for each account of a crowd another time. */
  static final Instant LONG_AGO = Instant.parse("2024-01-01T00:00:00Z");

  private Samples() {}

  /** Features of a text that is like no other. */
  static Features ownText(int seed) {
    Random random = new Random(seed);
    return features(minima(random), random.nextLong(), random.nextLong());
  }

  /** Features of a text from a template: wording and opening are the template's. */
  static Features templated(int template, int seed) {
    Random random = new Random(template * 7_919L);
    ByteBuffer minHash = minima(random);
    long prefix = random.nextLong();
    Random own = new Random(seed * 31L + template);
    minHash.putInt(63 * Integer.BYTES, own.nextInt());
    return features(minHash, prefix, own.nextLong());
  }

  private static Features features(ByteBuffer minHash, long prefix, long suffix) {
    return Features.newBuilder()
        .setKeyEpoch(1)
        .setMinHash(minHash)
        .setSkeletonPrefix(prefix)
        .setSkeletonSuffix(suffix)
        .setCapabilities(List.of("coding"))
        .build();
  }

  private static ByteBuffer minima(Random random) {
    byte[] minima = new byte[64 * Integer.BYTES];
    random.nextBytes(minima);
    return ByteBuffer.wrap(minima);
  }

  /** Relations of an account that shares nothing with anybody. */
  static Relations own(int account) {
    return Relations.newBuilder()
        .setPayment("card-" + account)
        .setDevice("device-" + account)
        .setNetwork("network-" + account)
        .setAccountCreatedAt(LONG_AGO.plus(Duration.ofHours(37L * account)))
        .build();
  }

  static Relations payment(int account, String payment) {
    Relations relations = own(account);
    relations.setPayment(payment);
    return relations;
  }

  static Relations network(int account, String network) {
    Relations relations = own(account);
    relations.setNetwork(network);
    return relations;
  }

  /** One exchange each of accounts that share nothing, in the tenant of all strangers. */
  static List<Exchange> crowd(int accounts) {
    List<Exchange> crowd = new ArrayList<>();
    for (int i = 0; i < accounts; i++) {
      crowd.add(exchange("honest-" + i, ownText(100_000 + i), own(10_000 + i)));
    }
    return crowd;
  }

  static Exchange exchange(String account, Features features, Relations relations) {
    return exchange("public", account, NOON, features, relations);
  }

  static Exchange exchange(
      String tenant, String account, Instant at, Features features, Relations relations) {
    String id = account + "@" + at.toEpochMilli() + "/" + features.hashCode();
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
