package io.dualtrack.local.feeder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.jobs.runtime.TestKafka;
import io.dualtrack.schemas.SchemaRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchRunIT {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static TestKafka kafka;

  private final SchemaRegistry registry = SchemaRegistry.inMemory();
  private final Said said = new Said();
  @TempDir private Path folder;
  private Path input;
  private Path output;

  /** What a run told its user. */
  private static final class Said implements RunProgress {
    private final List<String> messages = new ArrayList<>();

    @Override
    public void started(String file, long lines) {
      say("%d lines".formatted(lines));
    }

    @Override
    public void advanced(long lines) {}

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
  }

  @AfterAll
  static void stop() throws Exception {
    kafka.close();
  }

  @BeforeEach
  void files() {
    input = folder.resolve("in.jsonl");
    output = folder.resolve("out.jsonl");
  }

  @Test
  void everyLineGetsOneLineOfOutputAndTheBadOnesDoNotStopTheOthers() throws Exception {
    List<String> lines = lines(300);
    lines.set(17, "no json");
    lines.set(200, lines.get(0));
    Files.write(input, lines);

    RunSummary summary;
    try (AnsweringStack stack = new AnsweringStack(kafka, registry, 1, Integer.MAX_VALUE)) {
      summary = run(20).execute();
      assertThat(stack.mostAtOnce()).isLessThanOrEqualTo(20);
    }

    assertThat(summary.requests()).isEqualTo(298);
    assertThat(summary.results()).isEqualTo(298);
    assertThat(summary.duplicates()).isZero();
    assertThat(summary.invalid()).containsOnlyKeys("invalid_json_line", "duplicate_custom_id");
    assertThat(summary.calls()).isEqualTo(298);
    assertThat(summary.repeatedCalls()).isZero();
    assertThat(summary.costComplete()).isTrue();
    assertThat(summary.total().cost()).isEqualByComparingTo("0.000000000000000298");
    assertThat(said.messages)
        .anySatisfy(message -> assertThat(message).contains(":18: not a JSON object"))
        .anySatisfy(message -> assertThat(message).contains(":201: an earlier line"));

    Set<String> answered = new HashSet<>();
    List<String> errors = new ArrayList<>();
    for (String line : Files.readAllLines(output)) {
      JsonNode json = JSON.readTree(line);
      if (json.get("error").isNull()) {
        assertThat(json.at("/response/body/of").textValue())
            .isEqualTo(json.get("custom_id").textValue());
        answered.add(json.get("custom_id").textValue());
      } else {
        errors.add(json.at("/error/code").textValue());
      }
    }
    assertThat(answered).hasSize(298);
    assertThat(errors).containsExactlyInAnyOrder("invalid_json_line", "duplicate_custom_id");
  }

  @Test
  void aSecondResultIsAFaultThatIsCountedAndNotWritten() throws Exception {
    Files.write(input, lines(20));

    RunSummary summary;
    try (AnsweringStack stack = new AnsweringStack(kafka, registry, 2, Integer.MAX_VALUE)) {
      summary = run(100).execute();
    }

    assertThat(summary.duplicates()).isPositive();
    assertThat(summary.exactlyOneResultEach()).isFalse();
    assertThat(Files.readAllLines(output)).hasSize(20);
  }

  @Test
  void anInterruptedRunKeepsWhatItHasInThePartialFile() throws Exception {
    Files.write(input, lines(50));
    try (AnsweringStack stack = new AnsweringStack(kafka, registry, 1, 30)) {
      BatchRun run = run(100);
      CompletableFuture<RunSummary> outcome = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  outcome.complete(run.execute());
                } catch (Exception e) {
                  outcome.completeExceptionally(e);
                }
              });
      thread.start();
      await().until(() -> stack.received() == 50);

      thread.interrupt();

      assertThat(outcome)
          .failsWithin(30, TimeUnit.SECONDS)
          .withThrowableOfType(ExecutionException.class)
          .withCauseInstanceOf(InterruptedException.class);
      assertThat(output).doesNotExist();
      assertThat(Files.readAllLines(run.partialOutput())).hasSizeLessThanOrEqualTo(30);
    }
  }

  private BatchRun run(int inFlight) {
    return new BatchRun(
        kafka.bootstrap(),
        registry,
        () -> true,
        new RunOptions(
            input, output, "acme", "one", inFlight, Duration.ofHours(1), Duration.ofSeconds(30)),
        said,
        Clock.systemUTC());
  }

  private static List<String> lines(int count) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lines.add(
          "{\"custom_id\":\"c%d\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"of\":\"c%d\"}}"
              .formatted(i, i));
    }
    return lines;
  }
}
