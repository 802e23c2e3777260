package io.dualtrack.gateway.bodies;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Utf8;
import com.google.common.hash.Hashing;
import io.dualtrack.bodies.CanonicalJson;
import io.dualtrack.bodies.CardNumbers;
import io.dualtrack.bodies.FeatureExtractor;
import io.dualtrack.files.BodyStore;
import io.dualtrack.schemas.BodyFile;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.LargeFields;
import io.dualtrack.schemas.TextSubject;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * Puts bodies into requests: whole where a record takes them, and otherwise their large fields into
 * a file. Nobody behind the gateway but the dispatcher sees those, so what is made of the text is
 * made here: the hash that says which are equal, the features, and a second file without card
 * numbers where there are any, for the case that the rules want it.
 */
public final class LargeBodies {

  /** Smaller fields stay, so that rules and keys know the parameters. */
  private static final int LARGE_CHARS = 4 * 1024;

  /** What is made of a text takes several times its room. */
  private static final int AT_ONCE = 2;

  /** Read by the topology. */
  private static final Set<String> STAY = Set.of("model", "metadata");

  // Numbers keep their digits, because the body is sent on.
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private final Semaphore turns = new Semaphore(AT_ONCE);
  private final BodyStore store;
  private final FeatureExtractor features;

  public LargeBodies(BodyStore store, FeatureExtractor features) {
    this.store = store;
    this.features = features;
  }

  /**
   * @param request with its id and its deadline
   * @param body one JSON object
   * @throws IOException if the file store does not take it
   */
  public void put(InferenceRequest.Builder request, String body) throws IOException {
    if (fits(body)) {
      request.setBody(body);
    } else {
      store(request, (ObjectNode) JSON.readTree(body));
    }
  }

  /**
   * @param request with its id and its deadline
   * @param body is changed
   * @throws IOException if the file store does not take it
   */
  public void put(InferenceRequest.Builder request, ObjectNode body) throws IOException {
    String text = body.toString();
    if (fits(text)) {
      request.setBody(text);
    } else {
      store(request, body);
    }
  }

  private static boolean fits(String body) {
    return body.length() <= Topics.MAX_BODY_BYTES
        && Utf8.encodedLength(body) <= Topics.MAX_BODY_BYTES;
  }

  private void store(InferenceRequest.Builder request, ObjectNode body) throws IOException {
    turns.acquireUninterruptibly();
    try {
      part(request, body);
    } finally {
      turns.release();
    }
  }

  private void part(InferenceRequest.Builder request, ObjectNode body) throws IOException {
    ObjectNode large = takeLarge(body);
    ObjectNode cardless = large.deepCopy();
    boolean cards = CardNumbers.redact(cardless);
    BodyStore of = store.of(new TextSubject(request.getTenant(), request.getAccount()));
    String id = BodyStore.id(request.getRequestId(), request.getDeadline());
    List<String> names = new ArrayList<>();
    large.fieldNames().forEachRemaining(names::add);
    Collections.sort(names);
    FeatureExtractor.Extracted extracted = features.extractAll(body.deepCopy().setAll(cardless));
    request
        .setBody(body.toString())
        .setLarge(
            new LargeFields(
                names, write(of, id, large), cards ? write(of, id + "-cardless", cardless) : null))
        .setFeatures(extracted.current())
        .setEarlierFeatures(extracted.earlier().orElse(null));
  }

  private static ObjectNode takeLarge(ObjectNode body) {
    ObjectNode large = body.objectNode();
    List<String> names = new ArrayList<>();
    body.fieldNames().forEachRemaining(names::add);
    for (String name : names) {
      if (!STAY.contains(name) && isLarge(body.get(name))) {
        large.set(name, body.remove(name));
      }
    }
    return large;
  }

  private static boolean isLarge(JsonNode value) {
    return value.isTextual()
        ? value.textValue().length() > LARGE_CHARS
        : value.isContainerNode() && value.toString().length() > LARGE_CHARS;
  }

  private static BodyFile write(BodyStore store, String id, ObjectNode fields) throws IOException {
    String contentHash =
        Hashing.sha256()
            .hashString(CanonicalJson.of(fields, Set.of()), StandardCharsets.UTF_8)
            .toString();
    return store.write(id, JSON.writeValueAsBytes(fields), contentHash);
  }
}
