package io.dualtrack.local.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.control.ControlFiles;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.review.PolicyDiff;
import io.dualtrack.review.RecordedRequests;
import io.dualtrack.review.control.ControlReader;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.ClosedMonth;
import io.dualtrack.schemas.Component;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.ReadingGroup;
import io.dualtrack.schemas.RecommendedAction;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What people do at the console, one job of each kind, where the console has only the user that is
 * meant for it. What the jobs would write stands here under their users.
 */
final class ConsoleJobs {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String MONTH = "2026-01";
  private static final String CLUSTER = "cluster-1";
  private static final JsonMapper JSON = new JsonMapper();

  private final SecuredKafka kafka;
  private final SchemaRegistry registry;
  private final URI gateway;
  private final HttpClient http = HttpClient.newHttpClient();

  ConsoleJobs(SecuredKafka kafka, SchemaRegistry registry, URI gateway) {
    this.kafka = kafka;
    this.registry = registry;
    this.gateway = gateway;
  }

  /** Publishes those who run the service; the local stack's own keys. */
  static void admitStaff(SecuredKafka kafka, SchemaRegistry registry, SigningKey key)
      throws Exception {
    new ControlTopics(kafka.as(Component.OPERATOR), registry, Clock.systemUTC())
        .publish(
            ControlFiles.read(Path.of("../../examples/staff.yaml"), ShippedControl.read()),
            key,
            "test");
  }

  /** A gateway's settings for a console with a user of its own. */
  static Map<String, String> settings(SecuredKafka kafka, Path folder) throws IOException {
    Properties client = new Properties();
    client.putAll(kafka.as(Component.CONSOLE).client());
    Path file = folder.resolve("console.properties");
    try (var out = Files.newBufferedWriter(file)) {
      client.store(out, null);
    }
    return Map.of("DUALTRACK_CONSOLE", "on", "DUALTRACK_CONSOLE_KAFKA_CONFIG", file.toString());
  }

  /**
   * Does each job, after {@code requests} were answered through the gateway.
   *
   * @param requests of tenant {@code acme}
   */
  void doAll(int requests) throws Exception {
    decisionsAreFoundAndExplained(requests);
    theLiveFiguresAreWholeAndNobodyIsBehind();
    aMonthIsSummedAndClosed();
    aClusterIsThrottledAndThatIsUndone();
    aPolicyIsTriedAsTheCommandLineWould();
    theSwitchIsPulledAndOpenedByTwo();
    aTenantSeesItsBatches();
  }

  private void decisionsAreFoundAndExplained(int requests) throws Exception {
    JsonNode found =
        await()
            .atMost(PATIENCE)
            .until(
                () -> get("ann", "/console/api/decisions?tenant=acme"),
                page -> page.path("matching").asInt() >= requests);
    String id = found.at("/decisions/0/request_id").asText();
    assertThat(get("ann", "/console/api/decisions/" + id).path("decisions")).isNotEmpty();
  }

  private void theLiveFiguresAreWholeAndNobodyIsBehind() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              JsonNode live = get("vic", "/console/api/live");
              assertThat(live.path("complete").asBoolean()).isTrue();
              assertThat(live.path("failed").asBoolean()).isFalse();
              assertThat(live.path("lag"))
                  .hasSize(
                      ReadingGroup.all().stream().mapToInt(group -> group.topics().size()).sum())
                  .filteredOn(lag -> isOnTheWay(lag.path("reader").asText()))
                  .hasSize(4)
                  .allMatch(lag -> lag.path("records").asLong() == 0);
            });
  }

  private static boolean isOnTheWay(String reader) {
    return List.of("topology", "API dispatchers").contains(reader);
  }

  private void aMonthIsSummedAndClosed() throws Exception {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    write(
        Component.COST_JOB,
        Topics.COST_ROLLUPS,
        "day",
        CostRollup.newBuilder()
            .setRollupId("day")
            .setPeriod(Period.DAY)
            .setPeriodStart(now.truncatedTo(ChronoUnit.DAYS))
            .setTenant("acme")
            .setModel("m")
            .setLane(Lane.API)
            .setJurisdiction("EU")
            .setCurrency("USD")
            .setExchanges(1)
            .setUncachedInput(1)
            .setCacheRead(0)
            .setCacheWrite(0)
            .setOutput(1)
            .setUnpricedTokens(0)
            .setCost(new BigDecimal("1.500000000000000000"))
            .setSaved(new BigDecimal("0.000000000000000000"))
            .build());
    await()
        .atMost(PATIENCE)
        .until(
            () -> get("fin", "/console/api/costs?by=tenant").at("/lines/0/cost_usd").asText(),
            "1.5"::equals);
    CompletableFuture<JsonNode> closing =
        CompletableFuture.supplyAsync(
            () -> post("fin", "/console/api/months/%s/close".formatted(MONTH), ""));
    awaitRecord(Component.COST_JOB, Topics.CLOSES);
    write(Component.COST_JOB, Topics.COST_CLOSINGS, MONTH, new ClosedMonth(MONTH, now, now, "fin"));
    assertThat(closing.get().path("outcome").asText()).isEqualTo("closed");
  }

  private void aClusterIsThrottledAndThatIsUndone() throws Exception {
    write(
        Component.ABUSE_JOB,
        Topics.ABUSE_ALERTS,
        "alert-1",
        AbuseAlert.newBuilder()
            .setAlertId("alert-1")
            .setKind(AlertKind.CLUSTER)
            .setClusterId(CLUSTER)
            .setRaisedAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
            .setScore(0.9)
            .setAccountsAdded(List.of("seat-1"))
            .setTenantsAdded(List.of("globex"))
            .setAccountCount(1)
            .setEvidence(List.of(new Evidence("S1", "one card")))
            .setRecommendedAction(RecommendedAction.THROTTLE)
            .build());
    await()
        .atMost(PATIENCE)
        .until(
            () -> get("eve", "/console/api/clusters").findValuesAsText("id"),
            ids -> ids.contains(CLUSTER));
    String actions = "/console/api/clusters/%s/actions".formatted(CLUSTER);
    assertThat(
            post("eve", actions, "{\"action\":\"THROTTLE\",\"per_minute\":3,\"reason\":\"case\"}")
                .path("accounts")
                .asInt())
        .isEqualTo(1);
    assertThat(
            post("eve", actions, "{\"undo\":true,\"reason\":\"appeal\"}").path("accounts").asInt())
        .isEqualTo(1);
  }

  /** The shipped policy without its first rules, by both users. */
  private void aPolicyIsTriedAsTheCommandLineWould() throws Exception {
    String shipped = Files.readString(Path.of("../control/policies.yaml"));
    String less =
        shipped.replaceFirst("(?s)    rules:.*?(?=\\n      - id: gdpr-28-processor)", "    rules:");
    ObjectNode body = JSON.createObjectNode();
    body.putArray("documents").addObject().put("name", "less.yaml").put("text", less);

    JsonNode shown = post("ann", "/console/api/policy/preview", body.toString());

    KafkaAccess operator = kafka.as(Component.OPERATOR);
    ControlHistory history = ControlHistory.read(operator, registry);
    PolicyDiff.Result result =
        new PolicyDiff(
                history,
                history.lastPolicy().orElseThrow(),
                ControlReader.onlyPolicy(
                    "less.yaml",
                    ControlReader.readTexts(
                        Map.of("less.yaml", less), ControlSet.empty(), List.of())))
            .of(RecordedRequests.latest(operator, registry, Instant.EPOCH, 100_000));
    assertThat(shown.path("decided").asLong()).isEqualTo(result.decided()).isPositive();
    assertThat(shown.path("changed").asInt()).isEqualTo(result.changes().size());
    assertThat(shown.at("/proposed/rules").asInt())
        .isEqualTo(shown.at("/in_force/rules").asInt() - 2);
  }

  private void theSwitchIsPulledAndOpenedByTwo() {
    String switches = "/console/api/suspensions";
    String command =
        "{\"scope\":\"PROVIDER\",\"id\":\"mistral\",\"state\":\"%s\",\"reason\":\"letter\"}";
    assertThat(post("ann", switches, command.formatted("SUSPENDED")).path("outcome").asText())
        .isEqualTo("applied");
    assertThat(post("ann", switches, command.formatted("OPEN")).path("outcome").asText())
        .isEqualTo("asked");
    assertThat(post("bob", switches, command.formatted("OPEN")).path("outcome").asText())
        .isEqualTo("applied");
  }

  /** The page of batches is the callers' own API, by a session's cookie. */
  private void aTenantSeesItsBatches() throws Exception {
    HttpResponse<String> begun =
        http.send(
            request("/console/api/session", "dt-local-acme").POST(BodyPublishers.noBody()).build(),
            BodyHandlers.ofString());
    String cookie = begun.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
    JsonNode batches =
        json(
            HttpRequest.newBuilder(gateway.resolve("/v1/batches"))
                .header("Cookie", cookie)
                .build());
    assertThat(batches.path("data")).isNotEmpty();
  }

  private JsonNode get(String person, String path) {
    return json(request(path, key(person)).build());
  }

  private JsonNode post(String person, String path, String body) {
    return json(
        request(path, key(person))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  private static String key(String person) {
    return "dt-staff-%s-local".formatted(person);
  }

  private HttpRequest.Builder request(String path, String key) {
    return HttpRequest.newBuilder(gateway.resolve(path)).header("Authorization", "Bearer " + key);
  }

  /** Whatever Kafka refuses is an answer of 500 here. */
  private JsonNode json(HttpRequest request) {
    try {
      HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(request.uri() + ": " + answer.body()).isEqualTo(200);
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private <V extends SpecificRecord> void write(Component as, Topic<V> topic, String key, V value)
      throws Exception {
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(
            kafka.as(as).settings(), new StringSerializer(), new ByteArraySerializer())) {
      producer
          .send(
              new ProducerRecord<>(
                  topic.name(), key, topic.serde(registry).serialize(topic.name(), value)))
          .get();
    }
  }

  private void awaitRecord(Component as, Topic<?> topic) {
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(
            kafka.as(as).settings(), new StringDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition only = new TopicPartition(topic.name(), 0);
      consumer.assign(List.of(only));
      consumer.seekToBeginning(List.of(only));
      await().atMost(PATIENCE).until(() -> !consumer.poll(Duration.ofMillis(100)).isEmpty());
    }
  }
}
