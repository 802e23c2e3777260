package io.dualtrack.faults;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.bench.BatchFile;
import io.dualtrack.bench.Scratch;
import io.dualtrack.bench.SilentProgress;
import io.dualtrack.faults.oracle.Exchanged;
import io.dualtrack.faults.oracle.Oracle;
import io.dualtrack.faults.oracle.Verdict;
import io.dualtrack.local.batches.BatchRun;
import io.dualtrack.local.batches.RunOptions;
import io.dualtrack.local.batches.RunSummary;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.local.stack.StackProgress;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.operations.control.KillSwitch;
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

  /** Milliseconds. */
  private static final long POLL = 25;

  /** What was broken off ends or is ordered anew, and nothing else went wrong. */
  private static final long NO_REPEATED_CALLS = 0;

  private static final ObjectMapper JSON = new ObjectMapper();
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
   * @param writtenMillis from the command to each call that the sandbox saw behind it, sorted
   * @param brokenOffMillis from the command to the end of each call that was broken off, sorted
   */
  public record Round(
      long queued,
      long inFlight,
      long callsAfter,
      long inForceMillis,
      List<Long> writtenMillis,
      List<Long> brokenOffMillis,
      RunSummary summary) {

    /** From the command to the last call that the sandbox saw; 0 where none came behind it. */
    public long lastWriteMillis() {
      return writtenMillis.isEmpty() ? 0 : writtenMillis.get(writtenMillis.size() - 1);
    }
  }

  /** All rounds and what the oracle says of them together. */
  public record Report(List<Round> rounds, Verdict verdict) {}

  private final int queued;
  private final int inFlight;
  private final int rounds;
  private final Duration latency;
  private final Scratch scratch;
  private final StackProgress progress;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Exchanged> files = new ArrayList<>();
  private final List<String> batches = new ArrayList<>();

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
  public Report run() throws Exception {
    StackOptions options =
        StackOptions.onFreePorts(scratch.path("data")).withSandboxLatency(latency);
    List<Round> done = new ArrayList<>();
    try (LocalStack stack =
        LocalStack.start(
            options,
            (kafka, registry, key) ->
                new ControlTopics(kafka, registry, Clock.systemUTC())
                    .publish(SuspensionControl.records(concurrency(), lines()), key, "scenario"),
            progress)) {
      StackAddress address = stack.address();
      // What is decided again ends at home, as fast as it comes.
      answersAtOnce(address, SuspensionControl.SUBSTITUTE);
      SchemaRegistry registry =
          SchemaRegistry.connect(address.registry(), scratch.path("registry-cache.jsonl"));
      try (Oracle oracle = Oracle.watch(address, registry)) {
        for (int round = 1; round <= rounds; round++) {
          done.add(round(round, address, registry));
        }
        return new Report(done, oracle.judge(files, batches, NO_REPEATED_CALLS));
      }
    }
  }

  /** Dispatchers keep some places free of batches and feel their way to the limit. */
  private int concurrency() {
    return inFlight + Math.max(2, inFlight / 2);
  }

  /** Of a round, all of which may be in flight at once. */
  private int lines() {
    return queued + queued / 2 + 4 * inFlight;
  }

  private Round round(int number, StackAddress address, SchemaRegistry registry) throws Exception {
    Path input = scratch.path("batch-" + number + ".jsonl");
    Path output = scratch.path("out-" + number + ".jsonl");
    BatchFile.writeDistinct(input, lines(), "round-" + number, SUSPENDED_MODELS);
    BatchRun run =
        new BatchRun(
            address,
            registry,
            new RunOptions(
                input, output, SuspensionControl.KEY, Duration.ofHours(1), Duration.ZERO),
            new SilentProgress());
    double orderedBefore = metric(address, ORDERED);
    Calls before = calls(address);
    CompletableFuture<RunSummary> running = CompletableFuture.supplyAsync(() -> execute(run));
    ControlTopics control = new ControlTopics(address.kafka(), registry, Clock.systemUTC());

    Calls busy = before;
    long waiting = 0;
    Instant giveUp = Instant.now().plus(PATIENCE);
    while (waiting < queued || busy.inFlight() < inFlight) {
      if (running.isCompletedExceptionally()) {
        running.get();
      }
      if (running.isDone() || Instant.now().isAfter(giveUp)) {
        throw new IllegalStateException(
            "the queue never held %d orders beside %d calls, only %d beside %d; %s"
                .formatted(queued, inFlight, waiting, busy.inFlight(), state(running)));
      }
      pause();
      busy = calls(address);
      waiting = (long) (metric(address, ORDERED) - orderedBefore) - (busy.total() - before.total());
    }

    Instant commanded = Instant.now();
    long epoch = command(control, ExportState.SUSPENDED, "officer");
    while (metric(address, EPOCH) < epoch) {
      pause();
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
            behind(commanded, address, "arrived"),
            behind(commanded, address, "abandoned"),
            summary);
    files.add(new Exchanged(input, output));
    batches.addAll(run.batches());
    progress.step(
        "round %d: %,d queued, %d in flight, in force after %d ms, last of %d writes after %d ms, %d broken off, %d calls after that"
            .formatted(
                number,
                done.queued(),
                done.inFlight(),
                done.inForceMillis(),
                done.writtenMillis().size(),
                done.lastWriteMillis(),
                done.brokenOffMillis().size(),
                done.callsAfter()));
    return done;
  }

  private static String state(CompletableFuture<RunSummary> running) {
    if (!running.isDone()) {
      return "the batch still runs";
    }
    RunSummary summary = running.join();
    return "the batch has ended with %d answered, refused %s, failed %s"
        .formatted(summary.total().answered(), summary.refusals(), summary.failures());
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
   */
  private record Calls(long total, long inFlight) {}

  private Calls calls(StackAddress address) throws Exception {
    JsonNode stats = JSON.readTree(get(URI.create(address.sandbox() + "/sandbox/stats")));
    long total = 0;
    for (String model : SUSPENDED_MODELS) {
      total += stats.path("by_model").path(model).path("calls").asLong();
    }
    return new Calls(total, stats.path("in_flight").asLong());
  }

  /** Milliseconds from a moment to each time something happened to a call of the provider. */
  private List<Long> behind(Instant moment, StackAddress address, String what) throws Exception {
    List<Long> behind = new ArrayList<>();
    for (String model : SUSPENDED_MODELS) {
      String path = "/sandbox/moments/%s?since=%d".formatted(model, moment.toEpochMilli());
      JsonNode times = JSON.readTree(get(URI.create(address.sandbox() + path))).path(what);
      times.forEach(time -> behind.add(time.asLong() - moment.toEpochMilli()));
    }
    return behind.stream().sorted().toList();
  }

  private void answersAtOnce(StackAddress address, String model)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(URI.create(address.sandbox() + "/sandbox/behaviours/" + model))
                .PUT(HttpRequest.BodyPublishers.ofString("{}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IllegalStateException("the sandbox does not take it: " + response.body());
    }
  }

  /** Asking without pause would take the processor from those who are asked. */
  private static void pause() throws InterruptedException {
    Thread.sleep(POLL);
  }

  private String get(URI uri) throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
