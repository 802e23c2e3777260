package io.dualtrack.bench.abuse;

import io.dualtrack.bench.CpuTime;
import io.dualtrack.bench.Figures;
import io.dualtrack.bench.Scratch;
import io.dualtrack.bench.ThreadTimes;
import io.dualtrack.jobs.abuse.AbuseJob;
import io.dualtrack.jobs.abuse.AbuseThresholds;
import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.local.abuse.RecordedExchange;
import io.dualtrack.local.abuse.RecordedExchanges;
import io.dualtrack.local.abuse.WriteAlerts;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Exchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The abuse job at full size: what it takes, what it keeps, and what it finds. */
@Command(
    name = "abuse",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs the abuse job over campaigns hidden among many honest accounts. The exchanges are made",
      "before, in the order of their own time and with their features, as the topology makes them,",
      "and are read from a file; the same source into a sink that does nothing is the baseline.",
      "At full size it takes 13 GB of memory and 10 GB of disk."
    })
public final class AbuseBench implements Callable<Integer> {

  private static final int TEXTS_FOR_COST = 2_000;

  /** As {@code JobSetup} has it. */
  private static final int CHECKPOINT_BUFFER_BYTES = 256 * 1024;

  private static final double HOURS_OF_THE_CASE = 45 * 24;

  @Option(names = "--honest", description = "honest accounts (default: ${DEFAULT-VALUE})")
  private int honest = 975_000;

  @Option(names = "--hidden", description = "accounts of each campaign (default: ${DEFAULT-VALUE})")
  private int hidden = 25_000;

  @Option(
      names = "--campaign",
      split = ",",
      paramLabel = "V0..V7",
      description = "hidden campaigns (default: V0)")
  private List<Campaign> campaigns = List.of(Campaign.V0);

  @Option(names = "--hours", description = "simulated time (default: ${DEFAULT-VALUE})")
  private int hours = 30;

  @Option(
      names = "--median",
      description =
          "exchanges a day of the median honest account; the mean is some six times as many"
              + " (default: ${DEFAULT-VALUE})")
  private double median = 1;

  @Option(names = "--seed", description = "default: ${DEFAULT-VALUE}")
  private long seed = 1;

  @Option(names = "--texts", arity = "1..*", paramLabel = "FILE", description = "JSON lines")
  private List<Path> texts = LogRecipe.EXAMPLES;

  @Option(
      names = "--checkpoint-seconds",
      description =
          "between two checkpoints, whose size is the state's (default: ${DEFAULT-VALUE})")
  private int checkpointSeconds = 60;

  @Option(
      names = "--warm-up",
      description = "exchanges that are run through both before (default: ${DEFAULT-VALUE})")
  private int warmUp = 300_000;

  @Option(names = "--alerts", paramLabel = "FILE", description = "keep the alerts there")
  private Path kept;

  /**
   * What a run took.
   *
   * @param cpu of the whole process
   * @param threads what the compiler and the collector took of it
   */
  private record Run(
      long exchanges, double seconds, Duration cpu, ThreadTimes threads, long stateBytes) {

    double perSecond() {
      return exchanges / seconds;
    }

    double micros(Duration part) {
      return part.toNanos() / 1e3 / exchanges;
    }
  }

  @Override
  public Integer call() throws Exception {
    AvroSerde.trustRecords();
    double featureMicros = featureMicros(recipe(500, 50, 12));
    try (Scratch scratch = new Scratch(Files.createTempDirectory("abuse-bench-"))) {
      LogRecipe recipe = recipe(honest, hidden, hours);
      System.err.printf(
          "making the exchanges of %,d accounts%n", honest + hidden * campaigns.size());
      MadeLog made = MadeLog.of(recipe, scratch.path("exchanges"), new LogProgress(recipe));
      System.err.printf("%,d exchanges of %,d accounts%n", made.file().exchanges(), made.seen());
      ExchangeFile some =
          new ExchangeFile(made.file().path(), Math.min(warmUp, made.file().exchanges()));
      Path alerts = kept == null ? scratch.path("alerts.jsonl") : kept;
      run(some, scratch.path("warm-source"), null);
      run(some, scratch.path("warm-job"), scratch.path("warm.jsonl"));
      Run source = run(made.file(), scratch.path("source"), null);
      System.err.printf("the source alone: %,.0f exchanges/s%n", source.perSecond());
      Run job = run(made.file(), scratch.path("job"), alerts);
      Figures figures =
          new Figures("abuse")
              .put("accounts", made.truths().size())
              .put("accounts_seen", made.seen())
              .put("hidden", (long) hidden * campaigns.size())
              .put("hours", hours)
              .put("exchanges", job.exchanges())
              .put("exchanges_per_second", job.perSecond())
              .put("cpu_us_per_exchange", job.micros(job.cpu()))
              .put("compiler_us_per_exchange", job.micros(job.threads().compiler()))
              .put("collector_us_per_exchange", job.micros(job.threads().collector()))
              .put("bare_per_second", source.perSecond())
              .put("bare_cpu_us_per_exchange", source.micros(source.cpu()))
              .put("feature_us_per_text", featureMicros)
              .put("state_bytes", job.stateBytes())
              .put("state_bytes_per_account", (double) job.stateBytes() / made.seen());
      found(made, recipe.hours() - recipe.startHour(), alerts, figures);
      System.out.println(
          figures.put(
              "load_average", ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
    }
    return 0;
  }

  private LogRecipe recipe(int honestAccounts, int hiddenAccounts, int length) {
    return new LogRecipe(
        seed,
        Family.HELD_OUT,
        texts.stream().map(Path::toString).toList(),
        honestAccounts,
        median,
        0,
        campaigns,
        hiddenAccounts,
        List.of(),
        0,
        length,
        Math.min(6, length / 4));
  }

  /** What was found, and what was lost before: of the time that was run, and of the case's. */
  private static void found(MadeLog made, int hours, Path alerts, Figures figures)
      throws IOException {
    Score score = made.score(alerts);
    try (Stream<String> lines = Files.lines(alerts)) {
      figures.put("alerts", lines.count());
    }
    figures
        .put("named", score.named())
        .put("precision_percent", 100 * score.precision().value())
        .put("harmed", score.harmed().values().stream().mapToInt(count -> count).sum());
    score
        .campaigns()
        .forEach(
            (name, of) -> {
              double leaked = 100.0 * of.leakedBeforeFirst() / Math.max(1, of.exchanges());
              figures
                  .put(name + "_recall_percent", 100 * of.recall().value())
                  .put(name + "_exchanges", of.exchanges())
                  .put(name + "_leaked_before_first_percent", leaked)
                  .put(
                      name + "_leaked_before_first_percent_of_45_days",
                      leaked * hours / HOURS_OF_THE_CASE)
                  .put(
                      name + "_leaked_before_95_percent",
                      100.0 * of.leakedBeforeMost() / Math.max(1, of.exchanges()));
              of.firstAlert()
                  .ifPresent(after -> figures.put(name + "_first_alert_s", after.toSeconds()));
            });
  }

  /**
   * @param alerts where the job's alerts go; null for the source alone
   */
  private Run run(ExchangeFile file, Path checkpoints, Path alerts) throws Exception {
    Files.createDirectories(checkpoints);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(
            Runtime.getRuntime().availableProcessors(), settings(checkpoints));
    env.getConfig().enableObjectReuse();
    env.enableCheckpointing(checkpointSeconds * 1_000L);
    DataStream<Exchange> exchanges = ReadExchanges.of(file, env);
    if (alerts == null) {
      exchanges.sinkTo(new DiscardingSink<>()).setParallelism(1);
    } else {
      AbuseJob.alerts(exchanges, AbuseThresholds.DEFAULT)
          .map(new WriteAlerts(alerts), RecordType.ofRecord(AbuseAlert.class))
          .setParallelism(1)
          .sinkTo(new DiscardingSink<>())
          .setParallelism(1);
    }
    Duration cpu = CpuTime.ofThisAndChildren();
    ThreadTimes threads = ThreadTimes.ofThisProcess();
    long begin = System.nanoTime();
    CompletableFuture<JobExecutionResult> result = env.executeAsync().getJobExecutionResult();
    long state = 0;
    while (true) {
      try {
        JobExecutionResult unused = result.get(1, TimeUnit.SECONDS);
        return new Run(
            file.exchanges(),
            (System.nanoTime() - begin) / 1e9,
            CpuTime.ofThisAndChildren().minus(cpu),
            ThreadTimes.ofThisProcess().minus(threads),
            state);
      } catch (TimeoutException running) {
        state = Math.max(state, largestCheckpoint(checkpoints));
      }
    }
  }

  private static Configuration settings(Path checkpoints) {
    Configuration settings = new Configuration();
    settings.set(PipelineOptions.GENERIC_TYPES, false);
    settings.set(PipelineOptions.NAME, "abuse bench");
    settings.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    settings.set(RestOptions.BIND_PORT, "0");
    // On a busy machine it is slow, but nobody of it is lost; and what began anew measures nothing.
    settings.set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofHours(1));
    settings.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    settings.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    settings.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(8));
    settings.set(CheckpointingOptions.FS_WRITE_BUFFER_SIZE, CHECKPOINT_BUFFER_BYTES);
    settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    return settings;
  }

  /** Bytes of the largest complete checkpoint that is there: all of the state is in each. */
  private static long largestCheckpoint(Path checkpoints) throws IOException {
    long largest = 0;
    try (Stream<Path> all = Files.walk(checkpoints)) {
      for (Path metadata :
          all.filter(file -> file.getFileName().toString().equals("_metadata")).toList()) {
        try (Stream<Path> files = Files.list(metadata.getParent())) {
          largest = Math.max(largest, files.mapToLong(file -> file.toFile().length()).sum());
        }
      }
    } catch (IOException | UncheckedIOException replaced) {
      // A newer one took its place in the meantime, and is looked at in a second.
      return largest;
    }
    return largest;
  }

  /** The time that one text takes, of one thread, on the log's own texts. */
  private static double featureMicros(LogRecipe recipe) throws IOException {
    RecordedExchanges exchanges = new RecordedExchanges(new byte[32], List.of());
    List<RecordedExchange> sample =
        recipe.make().log().lines(recipe.seed()).limit(TEXTS_FOR_COST).toList();
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    double best = Double.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      long begin = threads.getCurrentThreadCpuTime();
      for (RecordedExchange each : sample) {
        exchanges.features(each);
      }
      best = Math.min(best, (threads.getCurrentThreadCpuTime() - begin) / 1e3 / sample.size());
    }
    return best;
  }
}
