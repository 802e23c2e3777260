package io.dualtrack.bench;

import io.dualtrack.local.batches.BatchRun;
import io.dualtrack.local.batches.RunOptions;
import io.dualtrack.local.batches.RunSummary;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.schemas.SchemaRegistry;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Distinct lines through the whole stack, beside a plain client on the same sandbox. */
@Command(
    name = "batch",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs batches of distinct lines through the whole stack in this process, and the same lines",
      "through a plain client on the same sandbox. The rate is the median of the runs. Then batches of",
      "one line, for how long the pipeline takes."
    })
final class BatchBench implements Callable<Integer> {

  /** One model, so that the calls in flight are bounded by one offering's 1,000. */
  private static final List<String> MODELS = List.of("gpt-5.6-sol");

  private static final int CALLS_IN_FLIGHT = 1_000;

  /** Batches of one line that the median is of. */
  private static final int ALONE = 15;

  private static final Duration COSTS = Duration.ofMinutes(2);

  @Option(names = "--lines", description = "lines of a run (default: ${DEFAULT-VALUE})")
  private int lines = 50_000;

  @Option(names = "--runs", description = "runs to take the median of (default: ${DEFAULT-VALUE})")
  private int runs = 5;

  /** So many until little is left to compile; half as many still take a quarter longer each. */
  @Option(
      names = "--warm-up",
      description = "lines before the first run (default: ${DEFAULT-VALUE})")
  private int warmUp = 150_000;

  @Option(
      names = "--in-flight",
      description = "requests without a result, at most (default: ${DEFAULT-VALUE})")
  private int inFlight = 4_000;

  @Option(
      names = "--latency-ms",
      description = "how long the sandbox takes to answer (default: ${DEFAULT-VALUE})")
  private long latencyMs = 0;

  @Option(names = "--partitions", description = "partitions of a topic (default: ${DEFAULT-VALUE})")
  private int partitions = StackOptions.DEFAULT_PARTITIONS;

  @Option(
      names = "--commit-ms",
      split = ",",
      paramLabel = "MS",
      description =
          "how long the topology's transactions collect; several are tried one behind the other, each"
              + " on a stack of its own with a line of figures of its own (default: as usual)")
  private List<Integer> commitMillis = List.of();

  @Override
  public Integer call() throws Exception {
    boolean good = true;
    List<Integer> intervals =
        commitMillis.isEmpty()
            ? List.of((int) StackOptions.USUAL_COMMIT_INTERVAL.toMillis())
            : commitMillis;
    for (int interval : intervals) {
      good &= measure(Duration.ofMillis(interval));
    }
    return good ? 0 : 1;
  }

  private boolean measure(Duration commitInterval) throws Exception {
    Path folder = Files.createTempDirectory("dualtrack-bench-");
    try (Scratch scratch = new Scratch(folder);
        LocalStack stack =
            LocalStack.start(
                StackOptions.onFreePorts(scratch.path("data"))
                    .withPartitions(partitions)
                    .withCommitInterval(commitInterval)
                    .withSandboxLatency(Duration.ofMillis(latencyMs)),
                LinesInFlight.atMost(inFlight),
                System.err::println)) {
      StackAddress address = stack.address();
      run(address, scratch, "warm-up", warmUp, COSTS);
      PlainClient plainClient = new PlainClient();
      double[] rates = new double[runs];
      double[] cpuMillis = new double[runs];
      double[] baselines = new double[runs];
      boolean once = true;
      boolean answered = true;
      for (int number = 0; number < runs; number++) {
        String series = "run" + number;
        Duration cpuBefore = CpuTime.ofThisAndChildren();
        RunSummary summary = run(address, scratch, series, lines, COSTS);
        cpuMillis[number] = CpuTime.ofThisAndChildren().minus(cpuBefore).toNanos() / 1e6 / lines;
        once &= summary.exactlyOneResultEach();
        answered &= summary.everyLineAnswered();
        rates[number] = summary.rate();
        baselines[number] =
            plainClient.run(
                scratch.path(series + ".jsonl"),
                URI.create(address.sandbox() + "/v1"),
                CALLS_IN_FLIGHT);
        System.err.printf(
            "%s: %.0f requests/s, %.2f ms CPU a request, plain client %.0f requests/s%n",
            series, rates[number], cpuMillis[number], baselines[number]);
      }
      double[] alone = new double[ALONE];
      for (int number = 0; number < ALONE; number++) {
        RunSummary summary = run(address, scratch, "alone" + number, 1, Duration.ZERO);
        alone[number] = summary.time().toNanos() / 1e6;
        once &= summary.exactlyOneResultEach();
        answered &= summary.everyLineAnswered();
      }
      double rate = median(rates);
      double baseline = median(baselines);
      Figures figures =
          new Figures("batch")
              .put("lines", lines)
              .put("runs", runs)
              .put("latency_ms", latencyMs)
              .put("commit_ms", commitInterval.toMillis())
              .put("requests_per_second", rate)
              .put("cpu_ms_per_request", median(cpuMillis))
              .put("plain_client_per_second", baseline)
              .put("ratio", rate / baseline)
              .put("one_line_ms", median(alone))
              .put("exactly_one_result_each", once)
              .put("every_line_answered", answered)
              .put("resident_mb", ResidentMemory.ofThisAndChildren());
      if (latencyMs > 0) {
        double possible = CALLS_IN_FLIGHT * 1_000.0 / latencyMs;
        figures.put("possible_per_second", possible).put("share_of_possible", rate / possible);
      }
      System.out.println(figures);
      return once && answered;
    }
  }

  /**
   * @param costPatience how long to wait for the costs
   */
  private RunSummary run(
      StackAddress address, Scratch scratch, String series, int count, Duration costPatience)
      throws Exception {
    Path input = scratch.path(series + ".jsonl");
    BatchFile.writeDistinct(input, count, series, MODELS);
    SchemaRegistry registry =
        SchemaRegistry.connect(address.registry(), scratch.path("registry-cache.jsonl"));
    return new BatchRun(
            address,
            registry,
            new RunOptions(
                input,
                scratch.path(series + ".out.jsonl"),
                "dt-local-acme",
                Duration.ofHours(1),
                costPatience),
            new SilentProgress())
        .execute();
  }

  private static double median(double[] values) {
    double[] sorted =
        IntStream.range(0, values.length).mapToDouble(i -> values[i]).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
