package io.dualtrack.local.cases;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.BudgetBalance;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Asks a running stack, and sees what it decided, what came of it, and what providers saw. */
final class StackProbe implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration POLL = Duration.ofMillis(100);

  private final LocalStack stack;
  private final SchemaRegistry registry;
  private final HttpClient http = HttpClient.newHttpClient();
  private final KafkaProducer<String, byte[]> producer;
  private final TopicScan<InferenceResult> resultScan;
  private final TopicScan<RoutingDecision> decisionScan;
  private final Map<String, List<InferenceResult>> results = new HashMap<>();
  private final Map<String, List<RoutingDecision>> decisions = new HashMap<>();

  StackProbe(LocalStack stack, Path folder) {
    this.stack = stack;
    KafkaAccess kafka = stack.address().kafka();
    this.registry =
        SchemaRegistry.connect(stack.address().registry(), folder.resolve("probe.jsonl"));
    Map<String, Object> config = kafka.settings();
    this.producer = new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
    this.resultScan = new TopicScan<>(kafka, registry, Topics.RESULTS).fromBeginning();
    this.decisionScan = new TopicScan<>(kafka, registry, Topics.AUDIT).fromBeginning();
  }

  KafkaAccess kafka() {
    return stack.address().kafka();
  }

  SchemaRegistry registry() {
    return registry;
  }

  /** A request of no temperature. */
  String ask(String tenant, String model, String text) throws Exception {
    return ask(tenant, model, text, Map.of());
  }

  String ask(String tenant, String model, String text, Map<String, String> metadata)
      throws Exception {
    ObjectNode body = JSON.createObjectNode().put("model", model).put("temperature", 0);
    body.putArray("messages").addObject().put("role", "user").put("content", text);
    if (!metadata.isEmpty()) {
      metadata.forEach(body.putObject("metadata")::put);
    }
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    String id = UUID.randomUUID().toString();
    send(
        Topics.REQUESTS,
        id,
        InferenceRequest.newBuilder()
            .setRequestId(id)
            .setTenant(tenant)
            .setAccount(tenant + "-batch")
            .setReplyKey(id)
            .setServiceClass(ServiceClass.INTERACTIVE)
            .setEndpoint("/v1/chat/completions")
            .setBody(body.toString())
            .setAttributes(List.of())
            .setSubmittedAt(now)
            .setDeadline(now.plus(PATIENCE))
            .build());
    return id;
  }

  /** Past every check of the commands. */
  void publish(PolicyBundle bundle) throws Exception {
    send(Topics.POLICIES, bundle.getId(), bundle);
  }

  /** As the abuse job would. */
  void publish(AbuseAlert alert) throws Exception {
    send(Topics.ABUSE_ALERTS, alert.getAlertId(), alert);
  }

  private <V extends SpecificRecord> void send(Topic<V> topic, String key, V value)
      throws Exception {
    byte[] bytes = topic.serde(registry).serialize(topic.name(), value);
    producer.send(new ProducerRecord<>(topic.name(), key, bytes)).get();
  }

  InferenceResult result(String id) {
    await().atMost(PATIENCE).pollDelay(Duration.ZERO).until(() -> !results(id).isEmpty());
    return results(id).get(0);
  }

  /** All there are by now. */
  List<InferenceResult> results(String id) {
    resultScan.poll(
        POLL,
        key -> true,
        (key, result) ->
            results.computeIfAbsent(result.getRequestId(), none -> new ArrayList<>()).add(result));
    return results.getOrDefault(id, List.of());
  }

  /** The first decision on a request. */
  RoutingDecision decision(String id) {
    await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .until(
            () -> {
              decisionScan.poll(
                  POLL,
                  key -> true,
                  (key, decision) ->
                      decisions.computeIfAbsent(key, none -> new ArrayList<>()).add(decision));
              return decisions.containsKey(id);
            });
    return decisions.get(id).get(0);
  }

  /** Asks anew until a decision is as wanted: commands travel to the topology for a moment. */
  RoutingDecision awaitDecision(String tenant, String model, Predicate<RoutingDecision> wanted) {
    return await()
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .until(() -> decision(ask(tenant, model, UUID.randomUUID().toString())), wanted);
  }

  /** What the sandbox counted of calls to an offering. */
  long calls(String offering) throws Exception {
    return JSON.readTree(get(stack.address().sandbox(), "/sandbox/stats"))
        .path("by_offering")
        .path(offering)
        .path("calls")
        .asLong();
  }

  void behave(String offering, String behaviour) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(stack.address().sandbox() + "/sandbox/behaviours/" + offering))
            .PUT(BodyPublishers.ofString(behaviour))
            .build();
    JsonNode answer = JSON.readTree(http.send(request, BodyHandlers.ofString()).body());
    if (answer.has("error")) {
      throw new IllegalStateException(answer.toString());
    }
  }

  /** A chat through the gateway. */
  CompletableFuture<HttpResponse<String>> call(String key, String body) {
    return http.sendAsync(
        HttpRequest.newBuilder(URI.create(stack.address().http() + "/v1/chat/completions"))
            .timeout(PATIENCE)
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  /** Every balance of a tenant's budgets that was told until now. */
  List<BudgetBalance> balances(String tenant) {
    List<BudgetBalance> told = new ArrayList<>();
    try (TopicScan<BudgetBalance> scan =
        new TopicScan<>(kafka(), registry, Topics.COST_BUDGETS).fromBeginning()) {
      boolean whole =
          scan.toEnd(PATIENCE, key -> key.startsWith(tenant + "|"), (key, each) -> told.add(each));
      if (!whole) {
        throw new IllegalStateException("the balances could not be read to their end");
      }
    }
    return told;
  }

  String metrics() throws Exception {
    return get(stack.address().http(), "/metrics");
  }

  private String get(URI base, String path) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(HttpRequest.newBuilder(URI.create(base + path)).build(), BodyHandlers.ofString());
    return response.body();
  }

  @Override
  public void close() {
    producer.close();
    resultScan.close();
    decisionScan.close();
  }
}
