package io.dualtrack.bench.abuse;

import java.time.Instant;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * One account of a log: who it says it is, when it asks and what.
 *
 * @param kind what it is in truth: {@code individual}, {@code campus}, … or a campaign's name
 * @param organisation whom it belongs to in truth; the campaign's name for hidden accounts
 * @param hidden whether it belongs to a campaign
 * @param later addresses after it moved
 * @param moved when that is, milliseconds since the beginning of the log
 */
record Member(
    String kind,
    String organisation,
    boolean hidden,
    Identity identity,
    Rhythm rhythm,
    Voice voice,
    List<Address> later,
    long moved) {

  /** Somebody whose addresses stay. */
  Member(
      String kind,
      String organisation,
      boolean hidden,
      Identity identity,
      Rhythm rhythm,
      Voice voice) {
    this(kind, organisation, hidden, identity, rhythm, voice, List.of(), Long.MAX_VALUE);
  }

  /** Where it asks from at a time. */
  List<Address> addresses(long at) {
    return at < moved ? identity.addresses() : later;
  }

  /**
   * What the service sees of an account.
   *
   * @param addresses at least one; each exchange comes from one of them
   */
  record Identity(
      String tenant,
      String account,
      Instant createdAt,
      String payment,
      String device,
      List<Address> addresses,
      String declaredCountry,
      String billingCountry) {}

  /**
   * @param asn number of the autonomous system
   * @param country that the address is in
   */
  record Address(String ip, long asn, boolean hosting, String country) {}

  /** What is asked in one exchange; {@code system} may be null. */
  record Utterance(
      String model, String system, String prompt, List<String> tools, int turn, int answerTokens) {}

  /** What an account asks. */
  interface Voice {

    /**
     * @param at milliseconds since the beginning of the log
     */
    Utterance say(long at, RandomGenerator random);
  }
}
