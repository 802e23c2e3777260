package io.dualtrack.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.bench.BatchFile;
import io.dualtrack.bench.LinesInFlight;
import io.dualtrack.bench.Scratch;
import io.dualtrack.bench.SilentProgress;
import io.dualtrack.local.batches.BatchRun;
import io.dualtrack.local.batches.RunOptions;
import io.dualtrack.local.batches.RunSummary;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.ServiceProcess;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.local.stack.StackProgress;
import io.dualtrack.schemas.SchemaRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * A batch during which the topology and the dispatchers are killed with SIGKILL, alone and
 * together, and started again. Every line must have exactly one result; calls that providers saw
 * twice are allowed and counted.
 */
public final class KillScenario {

  private static final String KEY = "dt-local-acme";
  private static final List<String> MODELS =
      List.of("gpt-5.6-sol", "llama-3.1-405b", "claude-opus-4.8", "kimi-k2.7");
  private static final Duration LATENCY = Duration.ofMillis(50);
  private static final int IN_FLIGHT = 500;

  /**
   * @param percent share of the lines that have an outcome when it happens
   */
  private record Kill(int percent, List<String> services) {}

  private static final List<Kill> KILLS =
      List.of(
          new Kill(15, List.of("topology")),
          new Kill(40, List.of("dispatcher-api")),
          new Kill(60, List.of("dispatcher-local")),
          new Kill(80, List.of("topology", "dispatcher-api")));

  /**
   * What came of it.
   *
   * @param kills processes killed
   * @param repeatedCalls calls that the sandbox saw more than once for the same order
   * @param summary what came of the run
   */
  public record Report(
      ResultOracle.Verdict verdict, int kills, long repeatedCalls, RunSummary summary) {}

  private final int lines;
  private final Scratch scratch;
  private final StackProgress progress;

  /**
   * @param scratch where the stack keeps its data
   */
  public KillScenario(int lines, Scratch scratch, StackProgress progress) {
    this.lines = lines;
    this.scratch = scratch;
    this.progress = progress;
  }

  /** Runs the scenario. */
  public Report run() throws Exception {
    Path input = scratch.path("batch.jsonl");
    BatchFile.writeDistinct(input, lines, "kill", MODELS);
    StackOptions options =
        StackOptions.onFreePorts(scratch.path("data"))
            .withServices(StackOptions.Services.PROCESSES)
            .withSandboxLatency(LATENCY);
    try (LocalStack stack = LocalStack.start(options, LinesInFlight.atMost(IN_FLIGHT), progress)) {
      StackAddress address = stack.address();
      SchemaRegistry registry =
          SchemaRegistry.connect(address.registry(), scratch.path("registry-cache.jsonl"));
      Killer killer = new Killer(stack);
      BatchRun run =
          new BatchRun(
              address,
              registry,
              new RunOptions(
                  input,
                  scratch.path("out.jsonl"),
                  KEY,
                  Duration.ofHours(1),
                  Duration.ofMinutes(2)),
              killer);
      RunSummary summary = run.execute();
      return new Report(
          ResultOracle.judge(address.kafka(), registry, run.batches()),
          killer.kills,
          repeatedCalls(address.sandbox()),
          summary);
    }
  }

  private static long repeatedCalls(URI sandbox) throws IOException, InterruptedException {
    HttpResponse<byte[]> stats =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(sandbox + "/sandbox/stats")).build(),
                HttpResponse.BodyHandlers.ofByteArray());
    JsonNode json = new ObjectMapper().readTree(stats.body());
    return json.get("repeated").asLong();
  }

  /** Kills when enough lines have an outcome; nothing waits for the process to come back. */
  private final class Killer extends SilentProgress {

    private final LocalStack stack;
    private final Queue<Kill> ahead = new ArrayDeque<>(KILLS);
    private int kills;

    Killer(LocalStack stack) {
      this.stack = stack;
    }

    @Override
    public synchronized void advanced(long done) {
      if (ahead.isEmpty() || done * 100 < (long) ahead.element().percent() * lines) {
        return;
      }
      List<ServiceProcess> victims =
          ahead.remove().services().stream().map(name -> stack.processes().get(name)).toList();
      victims.forEach(ServiceProcess::kill);
      victims.forEach(ServiceProcess::start);
      kills += victims.size();
      progress.step(
          "killed and started again after %,d of %,d lines: %s"
              .formatted(
                  done,
                  lines,
                  String.join(", ", victims.stream().map(ServiceProcess::name).toList())));
    }
  }
}
