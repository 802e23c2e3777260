package io.dualtrack.local.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.gateway.GatewayConfig;
import io.dualtrack.gateway.GatewayService;
import io.dualtrack.jobs.runtime.TestKafka;
import io.dualtrack.local.batches.BatchClient.RefusedException;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantLimits;
import io.dualtrack.schemas.Topics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs through a real gateway; only what is behind its topics is stood in for. */
class BatchRunIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String KEY = "dt-local-acme";
  private static final int IN_FLIGHT = 10;

  @TempDir private static Path data;
  private static TestKafka kafka;
  private static SchemaRegistry registry;
  private static GatewayService gateway;

  private final Said said = new Said();
  @TempDir private Path folder;
  private Path input;
  private Path output;

  /** What a run told its user. */
  private static final class Said implements RunProgress {
    private final List<String> messages = new ArrayList<>();
    private long done;

    @Override
    public void started(String file, long lines) {
      say("%d lines".formatted(lines));
    }

    @Override
    public synchronized void advanced(long lines) {
      done = lines;
    }

    @Override
    public synchronized void say(String message) {
      messages.add(message);
    }

    @Override
    public void close() {}
  }

  @BeforeAll
  static void start() throws Exception {
    kafka = new TestKafka(3);
    registry = SchemaRegistry.inMemory();
    kafka.send(
        Topics.TENANTS,
        registry,
        Tenant::getId,
        ShippedControl.read().tenants().stream()
            .map(
                tenant ->
                    Tenant.newBuilder(tenant)
                        .setLimits(TenantLimits.newBuilder().setMaxInFlight(IN_FLIGHT).build())
                        .build())
            .toList());
    gateway =
        new GatewayService(
            GatewayConfig.of(KafkaAccess.at(kafka.bootstrap()), "0", 0),
            Map.of("DUALTRACK_DATA", data.toString()),
            registry,
            new SimpleMeterRegistry());
    gateway.listen(List.of());
    gateway.start();
    gateway.ready().get(60, TimeUnit.SECONDS);
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    kafka.close();
  }

  @BeforeEach
  void files() {
    input = folder.resolve("in.jsonl");
    output = folder.resolve("out.jsonl");
  }

  @Test
  void everyLineHasItsPlaceInTheOutputAndTheBadOnesDoNotStopTheOthers() throws Exception {
    List<String> lines = lines(300);
    lines.set(0, "");
    lines.set(17, "no json");
    lines.set(200, lines.get(1));
    lines.set(299, "{}");
    Files.write(input, lines);

    BatchRun run = run(KEY, Duration.ofHours(24));
    RunSummary summary;
    try (AnsweringStack stack = new AnsweringStack(kafka, registry, 1, Integer.MAX_VALUE)) {
      summary = run.execute();
    }

    assertThat(run.batches()).hasSize(3);
    assertThat(summary.requests()).isEqualTo(296);
    assertThat(summary.results()).isEqualTo(296);
    assertThat(summary.duplicates()).isZero();
    assertThat(summary.invalid())
        .isEqualTo(
            Map.of(
                "invalid_json_line", 1L,
                "duplicate_custom_id", 1L,
                "missing_required_parameter", 1L));
    assertThat(summary.calls()).isEqualTo(296);
    assertThat(summary.repeatedCalls()).isZero();
    assertThat(summary.costComplete()).isTrue();
    assertThat(summary.total().cost()).isEqualByComparingTo("0.000000000000000296");
    assertThat(said.messages)
        .anySatisfy(message -> assertThat(message).contains(":18: The line is not one valid JSON"))
        .anySatisfy(message -> assertThat(message).contains(":201: An earlier line"));
    assertThat(said.done).isEqualTo(299);

    List<String> expected = IntStream.range(1, 300).mapToObj("c%d"::formatted).toList();
    expected = new ArrayList<>(expected);
    expected.set(16, "null invalid_json_line");
    expected.set(199, "c1 duplicate_custom_id");
    expected.set(298, "null missing_required_parameter");
    assertThat(outcomes(output)).isEqualTo(expected);
    assertThat(client(KEY).files()).as("files that the gateway keeps").isZero();
  }

  @Test
  void aFileWithoutAnyLineThatCanBeSentHasAnOutputAndNoBatch() throws Exception {
    Files.write(input, List.of("{}", "[]"));

    BatchRun run = run(KEY, Duration.ofHours(24));
    RunSummary summary = run.execute();

    assertThat(run.batches()).isEmpty();
    assertThat(summary.invalidLines()).isEqualTo(2);
    assertThat(outcomes(output))
        .containsExactly("null missing_required_parameter", "null invalid_json_line");
  }

  @Test
  void aSecondResultIsAFaultThatIsCountedAndNotWritten() throws Exception {
    Files.write(input, lines(20));

    RunSummary summary;
    try (AnsweringStack stack = new AnsweringStack(kafka, registry, 2, Integer.MAX_VALUE)) {
      summary = run(KEY, Duration.ofHours(24)).execute();
    }

    assertThat(summary.duplicates()).isPositive();
    assertThat(summary.exactlyOneResultEach()).isFalse();
    assertThat(Files.readAllLines(output)).hasSize(20);
  }

  @Test
  void whoeverStopsARunCancelsItsBatchAndKeepsWhatWasInFlight() throws Exception {
    Files.write(input, lines(50));
    try (AnsweringStack stack = new AnsweringStack(kafka, registry, 1, 30)) {
      BatchRun run = run(KEY, Duration.ofHours(24));
      CompletableFuture<RunSummary> outcome = new CompletableFuture<>();
      Thread thread = new Thread(() -> execute(run, outcome));
      thread.start();
      await().until(() -> stack.received() == 30 + IN_FLIGHT);

      thread.interrupt();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> client(KEY).batch(stack.batch()).status().equals("cancelling"));
      stack.release();

      assertThat(outcome)
          .failsWithin(30, TimeUnit.SECONDS)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(InterruptedException.class);
      assertThat(stack.received()).isEqualTo(30 + IN_FLIGHT);
      assertThat(output).doesNotExist();
      assertThat(outcomes(run.partialOutput()))
          .hasSize(50)
          .filteredOn(line -> line.endsWith("batch_cancelled"))
          .hasSize(10);
    }
  }

  @Test
  void linesThatAreNotReleasedBeforeTheDeadlineExpire() throws Exception {
    Files.write(input, lines(50));
    RunSummary summary;
    try (AnsweringStack stack = new AnsweringStack(kafka, registry, 1, 30)) {
      BatchRun run = run(KEY, Duration.ofSeconds(3));
      CompletableFuture<RunSummary> outcome = new CompletableFuture<>();
      new Thread(() -> execute(run, outcome)).start();
      await().until(() -> stack.received() == 30 + IN_FLIGHT);
      Instant over = Instant.now().plusSeconds(3);

      await().until(() -> Instant.now().isAfter(over));
      stack.release();
      summary = outcome.get(30, TimeUnit.SECONDS);
    }

    assertThat(summary.total().answered()).isEqualTo(40);
    assertThat(summary.total().expired()).isEqualTo(10);
    assertThat(summary.costComplete()).isTrue();
    assertThat(outcomes(output).subList(40, 50))
        .allSatisfy(line -> assertThat(line).endsWith("batch_expired"));
  }

  @Test
  void aCompletionThatNobodyCanReadDoesNotFailTheRunsThatAreGoingOn() throws Exception {
    Files.write(input, lines(3));

    BatchRun run = run(KEY, Duration.ofHours(24));
    RunSummary summary;
    try (AnsweringStack stack = new AnsweringStack(kafka, registry, 1, 0);
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                KafkaAccess.at(kafka.bootstrap()).settings(),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      CompletableFuture<RunSummary> outcome = new CompletableFuture<>();
      new Thread(() -> execute(run, outcome), "run").start();
      await().atMost(30, TimeUnit.SECONDS).until(() -> stack.received() == 3);
      producer.send(new ProducerRecord<>(Topics.COMPLETIONS.name(), new byte[] {1, 2, 3})).get();
      stack.release();
      summary = outcome.get(30, TimeUnit.SECONDS);
    }

    assertThat(summary.total().answered()).isEqualTo(3);
    assertThat(summary.calls()).isEqualTo(3);
  }

  @Test
  void aKeyOfNobodyIsRefusedBeforeAnythingIsWritten() throws Exception {
    Files.write(input, lines(1));

    assertThatThrownBy(() -> run("dt-local-nobody", Duration.ofHours(24)).execute())
        .isInstanceOfSatisfying(
            RefusedException.class, refused -> assertThat(refused.status()).isEqualTo(401));
    assertThat(folder).isDirectoryNotContaining(file -> !file.equals(input));
  }

  private static void execute(BatchRun run, CompletableFuture<RunSummary> outcome) {
    try {
      outcome.complete(run.execute());
    } catch (Exception e) {
      outcome.completeExceptionally(e);
    }
  }

  private BatchRun run(String key, Duration deadline) {
    return new BatchRun(
        client(key),
        KafkaAccess.at(kafka.bootstrap()),
        registry,
        new RunOptions(input, output, key, deadline, Duration.ofSeconds(30)),
        said,
        new InputFile.Limits(100, 1_000_000));
  }

  private static BatchClient client(String key) {
    return new BatchClient(gateway.uri(), key);
  }

  /** Of each line its custom_id, and the code of its error where it has one. */
  private static List<String> outcomes(Path file) throws Exception {
    List<String> outcomes = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      JsonNode json = JSON.readTree(line);
      String id = json.get("custom_id").asText();
      if (json.get("error").isNull()) {
        assertThat(json.at("/response/body/of").textValue()).isEqualTo(id);
        outcomes.add(id);
      } else {
        outcomes.add(id + " " + json.at("/error/code").textValue());
      }
    }
    return outcomes;
  }

  private static List<String> lines(int count) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lines.add(
          "{\"custom_id\":\"c%d\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"m\",\"of\":\"c%d\"}}"
              .formatted(i, i));
    }
    return lines;
  }
}
