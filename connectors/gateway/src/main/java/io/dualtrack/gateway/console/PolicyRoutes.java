package io.dualtrack.gateway.console;

import static io.dualtrack.gateway.console.Answers.JSON;
import static io.dualtrack.gateway.console.Answers.all;
import static io.dualtrack.gateway.console.Answers.send;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.GatewayContext;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.gateway.http.JsonBody;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.review.PolicyDiff;
import io.dualtrack.review.RecordedRequests;
import io.dualtrack.review.control.ControlReader;
import io.dualtrack.review.control.InvalidControlException;
import io.dualtrack.review.control.Problem;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.Topics;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * What a policy would change before it is published, by the rules of {@code dualtrack policy diff}:
 * the latest recorded requests are decided again by the policy in force and by the proposed one.
 * Nothing is written, and nothing is kept.
 */
final class PolicyRoutes {

  /** Requests that are decided again at most: some 10 MB while that lasts. */
  static final int MOST_REQUESTS = 10_000;

  private static final long MOST_BYTES = 512L * 1024;
  private static final int MOST_DOCUMENTS = 20;
  private static final int MOST_NAME = 200;
  private static final int MOST_PROBLEMS = 100;
  private static final int MOST_SAID = 1_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  private final GatewayContext context;
  private final KafkaAccess kafka;
  private final DecisionIndex decisions;
  private final TopicTail tail;
  private final ControlTopics control;
  private final Semaphore deciding = new Semaphore(1);

  PolicyRoutes(GatewayContext context, KafkaAccess kafka, DecisionIndex decisions, TopicTail tail) {
    this.context = context;
    this.kafka = kafka;
    this.decisions = decisions;
    this.tail = tail;
    this.control = new ControlTopics(kafka, context.registry(), Clock.systemUTC());
  }

  void addTo(Routes routes) {
    routes.add(
        HandlerType.POST,
        "/console/api/policy/preview",
        AccessScope.COMPLIANCE,
        Body.streamed(MOST_BYTES),
        this::preview);
  }

  private void preview(Call call) throws IOException {
    Map<String, String> documents = documents(JsonBody.read(call.bodyBytes()));
    if (!tail.isComplete()) {
      throw ApiError.unavailable("The latest decisions are still being read.", RETRY_AFTER)
          .toException();
    }
    if (!deciding.tryAcquire()) {
      throw ApiError.unavailable("Another policy is being tried.", RETRY_AFTER).toException();
    }
    ObjectNode answer;
    try {
      answer = preview(documents);
    } catch (TimeoutException e) {
      throw late();
    } finally {
      deciding.release();
    }
    send(call, answer);
  }

  private static Map<String, String> documents(ObjectNode body) {
    Map<String, String> documents = new LinkedHashMap<>();
    for (JsonNode each : body.path("documents")) {
      String name = each.path("name").asText().strip();
      JsonNode text = each.path("text");
      if (name.isEmpty() || name.length() > MOST_NAME || !text.isTextual()) {
        throw Answers.wrong(
            "documents",
            "a list of names of 1 to %d characters and texts".formatted(MOST_NAME),
            null);
      }
      if (documents.put(name, text.asText()) != null) {
        throw Answers.wrong("documents", "called by different names", null);
      }
    }
    if (documents.isEmpty() || documents.size() > MOST_DOCUMENTS) {
      throw Answers.wrong("documents", "1 to %d".formatted(MOST_DOCUMENTS), null);
    }
    return documents;
  }

  private ObjectNode preview(Map<String, String> documents) {
    Instant until = context.clock().instant().plus(PATIENCE);
    PolicyBundle proposed;
    try {
      // No dispatcher is here to be asked what it speaks; that is seen when the file is applied.
      proposed =
          ControlReader.onlyPolicy(
              String.join(", ", documents.keySet()),
              ControlReader.readTexts(documents, control.read(), List.of()));
    } catch (InvalidControlException e) {
      return write(e.problems());
    }
    ControlHistory history = ControlHistory.read(kafka, context.registry(), left(until));
    PolicyBundle inForce =
        history
            .lastPolicy()
            .orElseThrow(
                () ->
                    ApiError.conflict(
                            "no_policy",
                            "No policy was published yet, so there is none to compare with.")
                        .toException());
    PolicyDiff diff = new PolicyDiff(history, inForce, proposed);
    for (RoutingDecision each : recorded(until)) {
      left(until);
      diff.add(each);
    }
    return new PolicyPreview(inForce, proposed).write(diff.result()).put("outcome", "compared");
  }

  private List<RoutingDecision> recorded(Instant until) {
    Map<TopicPartition, Long> places = new HashMap<>();
    decisions
        .placesOfLatest(MOST_REQUESTS)
        .forEach(
            (partition, offset) ->
                places.put(new TopicPartition(Topics.AUDIT.name(), partition), offset));
    return RecordedRequests.latest(kafka, context.registry(), places, left(until), MOST_REQUESTS);
  }

  private Duration left(Instant until) {
    Duration left = Duration.between(context.clock().instant(), until);
    if (left.isNegative()) {
      throw late();
    }
    return left;
  }

  private static RuntimeException late() {
    return ApiError.timeout(
            "The comparison takes longer than %d seconds; `dualtrack policy diff` has the time."
                .formatted(PATIENCE.toSeconds()))
        .toException();
  }

  private static ObjectNode write(List<Problem> problems) {
    ObjectNode body = JSON.createObjectNode();
    body.put("outcome", "invalid");
    body.put("problem_count", problems.size());
    body.set(
        "problems",
        all(
            problems.subList(0, Math.min(MOST_PROBLEMS, problems.size())),
            each ->
                JSON.createObjectNode()
                    .put("document", each.file())
                    .put("line", each.line() == 0 ? null : each.line())
                    .put("what", shortened(each.what()))
                    .put("remedy", each.remedy())));
    return body;
  }

  /** A problem names what is wrong, and that may be as long as its document. */
  private static String shortened(String text) {
    return text.length() <= MOST_SAID ? text : text.substring(0, MOST_SAID) + "…";
  }
}
