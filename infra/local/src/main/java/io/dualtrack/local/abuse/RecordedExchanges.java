package io.dualtrack.local.abuse;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import io.dualtrack.bodies.AbuseExemptions;
import io.dualtrack.bodies.FeatureExtractor;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.ServiceClass;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What is recorded of exchanges, as the topology writes exchanges: features in place of texts, and
 * fingerprints under the same secret. Threads share an instance.
 */
public final class RecordedExchanges {

  private static final int FINGERPRINT_CHARS = 24;

  private final FeatureExtractor features;
  private final AbuseExemptions exemptions;
  private final HashFunction fingerprints;

  /**
   * @param secret for features and fingerprints, at least 16 bytes
   */
  public RecordedExchanges(byte[] secret) {
    this(secret, List.of());
  }

  /**
   * @param exempted what the search for abuse leaves alone; a means of payment as the log names it
   */
  public RecordedExchanges(byte[] secret, List<AbuseExemption> exempted) {
    this.features = new FeatureExtractor(secret, 0);
    this.exemptions = new AbuseExemptions(exempted, features);
    this.fingerprints = Hashing.hmacSha256(secret);
  }

  /**
   * @param recorded with a time, an account and a prompt
   * @param number of its line, which names an exchange without a request id
   */
  public Exchange exchange(RecordedExchange recorded, long number) {
    return exchange(recorded, number, features(recorded));
  }

  /** Features of what was asked, which may serve for all exchanges that asked the same. */
  public Features features(RecordedExchange recorded) {
    return features.extract(body(recorded));
  }

  /** As the other one, with features that are known already. */
  public Exchange exchange(RecordedExchange recorded, long number, Features known) {
    String id = recorded.requestId() == null ? "line-" + number : recorded.requestId();
    return Exchange.newBuilder()
        .setExchangeId(id)
        .setRequestId(id)
        .setReplyKey(id)
        .setTenant(recorded.tenant() == null ? "" : recorded.tenant())
        .setAccount(recorded.account())
        .setAt(recorded.at())
        .setModel(recorded.model() == null ? "" : recorded.model())
        .setServiceClass(ServiceClass.INTERACTIVE)
        .setJurisdictions(
            recorded.billingCountry() == null ? List.of() : List.of(recorded.billingCountry()))
        .setOutcome(outcome(recorded.outcome()))
        .setSource(AnswerSource.PROVIDER)
        .setFeatures(marked(known, recorded))
        .setRelations(
            Relations.newBuilder()
                .setPayment(fingerprint(recorded.paymentFingerprint()))
                .setDevice(fingerprint(recorded.deviceFingerprint()))
                .setNetwork(fingerprint(prefix(recorded.ip())))
                .setAccountCreatedAt(recorded.accountCreatedAt())
                .setCountry(country(recorded))
                .setAsn(recorded.asn())
                .setHosting(recorded.hosting())
                .setVerified(
                    exemptions
                        .verified(recorded.tenant(), recorded.paymentFingerprint(), recorded.at())
                        .orElse(null))
                .build())
        .build();
  }

  /** A copy where it is marked: the same features may serve for other times. */
  private Features marked(Features known, RecordedExchange recorded) {
    return exemptions
        .publicText(known, recorded.at())
        .map(id -> Features.newBuilder(known).setPublicText(id).build())
        .orElse(known);
  }

  private static ObjectNode body(RecordedExchange recorded) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    var messages = body.putArray("messages");
    if (recorded.system() != null) {
      messages.addObject().put("role", "system").put("content", recorded.system());
    }
    messages.addObject().put("role", "user").put("content", recorded.prompt());
    if (recorded.tools() != null && !recorded.tools().isEmpty()) {
      var tools = body.putArray("tools");
      recorded.tools().forEach(name -> tools.addObject().putObject("function").put("name", name));
    }
    return body;
  }

  /** Where it came from, as far as the log says; null where it says nothing. */
  private static String country(RecordedExchange recorded) {
    return Stream.of(recorded.country(), recorded.declaredCountry(), recorded.billingCountry())
        .filter(country -> country != null && !country.isBlank())
        .map(country -> country.strip().toUpperCase(Locale.ROOT))
        .findFirst()
        .orElse(null);
  }

  private static Outcome outcome(String word) {
    if (word == null) {
      return Outcome.ANSWERED;
    }
    for (Outcome outcome : Outcome.values()) {
      if (outcome.name().equals(word.toUpperCase(Locale.ROOT))) {
        return outcome;
      }
    }
    return Outcome.FAILED;
  }

  private String fingerprint(String value) {
    return value == null
        ? null
        : fingerprints
            .hashString(value, StandardCharsets.UTF_8)
            .toString()
            .substring(0, FINGERPRINT_CHARS);
  }

  /** The network that an address is in: the first 24 bits of IPv4, the first 48 of IPv6. */
  private static String prefix(String ip) {
    if (ip == null) {
      return null;
    }
    String[] parts = ip.split(ip.indexOf(':') >= 0 ? ":" : "\\.", 4);
    return String.join(".", List.of(parts).subList(0, Math.min(3, parts.length)));
  }
}
