package io.dualtrack.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.bench.BatchFile;
import io.dualtrack.bench.Scratch;
import io.dualtrack.bench.SilentProgress;
import io.dualtrack.local.control.ControlTopics;
import io.dualtrack.local.control.KillSwitch;
import io.dualtrack.local.feeder.BatchRun;
import io.dualtrack.local.feeder.RunOptions;
import io.dualtrack.local.feeder.RunSummary;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.local.stack.StackProgress;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SuspensionScope;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A provider is suspended while orders for it are queued and calls to it are out and new ones are
 * written all the time. From the moment on at which the dispatcher says that the command is in
 * force, the sandbox must see no further call to it; every request must end in one result.
 */
public final class SuspensionScenario {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Pattern EPOCH =
      Pattern.compile("(?m)^dualtrack_dispatcher_suspension_epoch\\{lane=\"API\"} ([0-9.E+]+)$");
  private static final Pattern ORDERED =
      Pattern.compile("(?m)^dualtrack_topology_cache_total\\{what=\"ordered\"} ([0-9.E+]+)$");
  private static final List<String> SUSPENDED_MODELS =
      List.of(SuspensionControl.NOWHERE_ELSE, SuspensionControl.WITH_SUBSTITUTE);

  /**
   * One suspension and what came of it.
   *
   * @param queued orders that waited when the command was given
   * @param inFlight calls that were out then
   * @param callsAfter calls that the sandbox saw after the command was in force
   * @param inForceMillis from the command to the dispatcher's word that it is in force
   * @param lastWriteMillis from the command to the last call that the sandbox saw; 0 where that was
   *     before the command
   * @param verdict of the topics on the batch
   */
  public record Round(
      long queued,
      long inFlight,
      long callsAfter,
      long inForceMillis,
      long lastWriteMillis,
      ResultOracle.Verdict verdict,
      RunSummary summary) {}

  private final int queued;
  private final int inFlight;
  private final int rounds;
  private final Duration latency;
  private final Scratch scratch;
  private final StackProgress progress;
  private final HttpClient http = HttpClient.newHttpClient();

  /**
   * @param queued orders that must wait for the provider at least when it is suspended
   * @param inFlight calls to it that may be out
   * @param latency of the provider's answers
   * @param scratch where the stack keeps its data
   */
  public SuspensionScenario(
      int queued,
      int inFlight,
      int rounds,
      Duration latency,
      Scratch scratch,
      StackProgress progress) {
    this.queued = queued;
    this.inFlight = inFlight;
    this.rounds = rounds;
    this.latency = latency;
    this.scratch = scratch;
    this.progress = progress;
  }

  /** Suspends and reopens as often as asked. */
  public List<Round> run() throws Exception {
    StackOptions options =
        StackOptions.onFreePorts(scratch.path("data")).withSandboxLatency(latency);
    List<Round> done = new ArrayList<>();
    try (LocalStack stack =
        LocalStack.start(
            options,
            (bootstrap, registry, key) ->
                new ControlTopics(bootstrap, registry, Clock.systemUTC())
                    .publish(SuspensionControl.records(inFlight), key, "scenario"),
            progress)) {
      StackAddress address = stack.address();
      SchemaRegistry registry =
          SchemaRegistry.connect(address.registry(), scratch.path("registry-cache.jsonl"));
      for (int round = 1; round <= rounds; round++) {
        done.add(round(round, address, registry));
      }
    }
    return done;
  }

  private Round round(int number, StackAddress address, SchemaRegistry registry) throws Exception {
    Path input = scratch.path("batch-" + number + ".jsonl");
    int lines = 2 * queued + 2 * inFlight;
    BatchFile.writeDistinct(input, lines, "round-" + number, SUSPENDED_MODELS);
    BatchRun run =
        new BatchRun(
            address.bootstrap(),
            registry,
            () -> true,
            new RunOptions(
                input,
                scratch.path("out-" + number + ".jsonl"),
                SuspensionControl.TENANT,
                SuspensionControl.ACCOUNT,
                lines,
                Duration.ofHours(1),
                Duration.ZERO),
            new SilentProgress(),
            Clock.systemUTC());
    double orderedBefore = metric(address, ORDERED);
    Calls before = calls(address);
    CompletableFuture<RunSummary> running = CompletableFuture.supplyAsync(() -> execute(run));
    ControlTopics control = new ControlTopics(address.bootstrap(), registry, Clock.systemUTC());

    Calls busy = before;
    long waiting = 0;
    Instant giveUp = Instant.now().plus(PATIENCE);
    while (waiting < queued || busy.inFlight() < inFlight) {
      if (running.isCompletedExceptionally()) {
        running.get();
      }
      if (running.isDone() || Instant.now().isAfter(giveUp)) {
        throw new IllegalStateException(
            "the queue never held %d orders beside %d calls, only %d beside %d"
                .formatted(queued, inFlight, waiting, busy.inFlight()));
      }
      busy = calls(address);
      waiting = (long) (metric(address, ORDERED) - orderedBefore) - (busy.total() - before.total());
    }

    Instant commanded = Instant.now();
    long epoch = command(control, ExportState.SUSPENDED, "officer");
    while (metric(address, EPOCH) < epoch) {
      Thread.onSpinWait();
    }
    Instant inForce = Instant.now();
    Calls then = calls(address);
    RunSummary summary = running.get();
    Calls end = calls(address);
    command(control, ExportState.OPEN, "first");
    command(control, ExportState.OPEN, "second");

    Round done =
        new Round(
            waiting,
            busy.inFlight(),
            end.total() - then.total(),
            Duration.between(commanded, inForce).toMillis(),
            Math.max(0, end.lastAt() - commanded.toEpochMilli()),
            ResultOracle.judge(address.bootstrap(), registry, run.id()),
            summary);
    progress.step(
        "round %d: %,d queued, %d in flight, in force after %d ms, last write after %d ms, %d calls after that"
            .formatted(
                number,
                done.queued(),
                done.inFlight(),
                done.inForceMillis(),
                done.lastWriteMillis(),
                done.callsAfter()));
    return done;
  }

  private static RunSummary execute(BatchRun run) {
    try {
      return run.execute();
    } catch (Exception e) {
      throw new CompletionException(e);
    }
  }

  /** Epoch of what is in force then. */
  private static long command(ControlTopics control, ExportState state, String actor)
      throws Exception {
    KillSwitch.Outcome outcome =
        control.command(
            new KillSwitch.Command(
                SuspensionScope.PROVIDER,
                SuspensionControl.PROVIDER,
                state,
                List.of(),
                "a letter",
                actor));
    if (outcome instanceof KillSwitch.Outcome.Applied applied) {
      return applied.suspension().getEpoch();
    }
    if (outcome instanceof KillSwitch.Outcome.Asked asked) {
      return asked.suspension().getEpoch();
    }
    throw new IllegalStateException(((KillSwitch.Outcome.Denied) outcome).why());
  }

  private double metric(StackAddress address, Pattern pattern) throws Exception {
    Matcher found = pattern.matcher(get(URI.create(address.http() + "/metrics")));
    return found.find() ? Double.parseDouble(found.group(1)) : 0;
  }

  /**
   * What the sandbox saw of the suspended provider.
   *
   * @param inFlight calls of any provider that wait for their answer
   * @param lastAt milliseconds since 1970
   */
  private record Calls(long total, long inFlight, long lastAt) {}

  private Calls calls(StackAddress address) throws Exception {
    JsonNode stats =
        new ObjectMapper().readTree(get(URI.create(address.sandbox() + "/sandbox/stats")));
    long total = 0;
    long last = 0;
    for (String model : SUSPENDED_MODELS) {
      JsonNode counts = stats.path("by_model").path(model);
      total += counts.path("calls").asLong();
      last = Math.max(last, counts.path("last_call_at").asLong());
    }
    return new Calls(total, stats.path("in_flight").asLong(), last);
  }

  private String get(URI uri) throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
