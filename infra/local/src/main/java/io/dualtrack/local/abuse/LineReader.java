package io.dualtrack.local.abuse;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import io.dualtrack.bodies.FeatureExtractor;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.ServiceClass;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.api.common.accumulators.ListAccumulator;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.util.Collector;

/**
 * Lines of a log to exchanges as the topology writes them: features in place of texts, and
 * fingerprints under a key that nobody keeps. What cannot be read is told and left out.
 */
final class LineReader extends RichFlatMapFunction<String, Exchange> {

  static final String EXCHANGES = "exchanges";
  static final String PROBLEMS = "problems";

  private static final long serialVersionUID = 1;

  private final byte[] secret;
  private long number;

  private transient ObjectMapper json;
  private transient FeatureExtractor features;
  private transient HashFunction fingerprints;
  private transient LongCounter exchanges;
  private transient ListAccumulator<String> problems;

  /**
   * @param secret for features and fingerprints, at least 16 bytes
   */
  LineReader(byte[] secret) {
    this.secret = secret.clone();
  }

  @Override
  public void open(OpenContext context) {
    json = JsonMapper.builder().addModule(new JavaTimeModule()).build();
    features = new FeatureExtractor(secret, 0);
    fingerprints = Hashing.hmacSha256(secret);
    exchanges = new LongCounter();
    getRuntimeContext().addAccumulator(EXCHANGES, exchanges);
    problems = new ListAccumulator<>();
    getRuntimeContext().addAccumulator(PROBLEMS, problems);
  }

  @Override
  public void flatMap(String line, Collector<Exchange> out) {
    // One task reads the one file from its beginning to its end.
    number++;
    if (line.isBlank()) {
      return;
    }
    RecordedExchange recorded;
    try {
      recorded = json.readValue(line, RecordedExchange.class);
    } catch (JacksonException e) {
      // Its message quotes the line, which is a user's text.
      problems.add("line %d is no exchange in JSON".formatted(number));
      return;
    }
    Optional<String> missing = missing(recorded);
    if (missing.isPresent()) {
      problems.add("line %d has no %s".formatted(number, missing.get()));
      return;
    }
    exchanges.add(1);
    out.collect(exchange(recorded));
  }

  private static Optional<String> missing(RecordedExchange recorded) {
    if (recorded.at() == null) {
      return Optional.of("at");
    }
    if (recorded.account() == null || recorded.account().isBlank()) {
      return Optional.of("account");
    }
    return recorded.prompt() == null ? Optional.of("prompt") : Optional.empty();
  }

  private Exchange exchange(RecordedExchange recorded) {
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
        .setFeatures(features.extract(body(recorded)))
        .setRelations(
            Relations.newBuilder()
                .setPayment(fingerprint(recorded.paymentFingerprint()))
                .setDevice(fingerprint(recorded.deviceFingerprint()))
                .setNetwork(fingerprint(prefix(recorded.ip())))
                .setAccountCreatedAt(recorded.accountCreatedAt())
                .setCountry(country(recorded))
                .setAsn(recorded.asn())
                .setHosting(recorded.hosting())
                .build())
        .build();
  }

  /** Where it came from, as far as the log says; null where it says nothing. */
  private static String country(RecordedExchange recorded) {
    return Stream.of(recorded.country(), recorded.declaredCountry(), recorded.billingCountry())
        .filter(country -> country != null && !country.isBlank())
        .map(country -> country.strip().toUpperCase(Locale.ROOT))
        .findFirst()
        .orElse(null);
  }

  private ObjectNode body(RecordedExchange recorded) {
    ObjectNode body = json.createObjectNode();
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
        : fingerprints.hashString(value, StandardCharsets.UTF_8).toString().substring(0, 24);
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
