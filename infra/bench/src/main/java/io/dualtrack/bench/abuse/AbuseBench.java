package io.dualtrack.bench.abuse;

import com.sun.management.OperatingSystemMXBean;
import io.dualtrack.bench.Figures;
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
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
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
      "Runs the abuse job over campaigns hidden among many honest accounts. Exchanges are made in",
      "this process, in the order of their own time and with their features, as the topology makes",
      "them; the same source into a sink that does nothing is the baseline."
    })
public final class AbuseBench implements Callable<Integer> {

  private static final int TEXTS_FOR_COST = 2_000;

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
  private int hours = 24;

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

  /** What a run took. */
  private record Run(long exchanges, double seconds, double cpuSeconds, long stateBytes) {
    double perSecond() {
      return exchanges / seconds;
    }
  }

  @Override
  public Integer call() throws Exception {
    AvroSerde.trustRecords();
    LogRecipe recipe =
        new LogRecipe(
            seed,
            Family.HELD_OUT,
            texts.stream().map(Path::toString).toList(),
            honest,
            median,
            0,
            campaigns,
            hidden,
            List.of(),
            0,
            hours,
            Math.min(6, hours / 4));
    Path folder = Files.createTempDirectory("abuse-bench");
    Path alerts = folder.resolve("alerts.jsonl");
    double featureMicros = featureMicros(recipe);
    Run source = run(recipe, folder.resolve("source"), null);
    System.err.printf("the source alone: %,.0f exchanges/s%n", source.perSecond());
    Run job = run(recipe, folder.resolve("job"), alerts);
    long heap = peakHeap();
    LogRecipe.Made made = recipe.make();
    int accounts = made.members().size();
    Figures figures =
        new Figures("abuse")
            .put("accounts", accounts)
            .put("hidden", (long) hidden * campaigns.size())
            .put("exchanges", job.exchanges())
            .put("feature_us_per_text", featureMicros)
            .put("source_per_s", source.perSecond())
            .put("job_per_s", job.perSecond())
            .put("source_cpu_us_per_exchange", 1e6 * source.cpuSeconds() / source.exchanges())
            .put("job_cpu_us_per_exchange", 1e6 * job.cpuSeconds() / job.exchanges())
            .put("state_bytes", job.stateBytes())
            .put("state_bytes_per_account", (double) job.stateBytes() / accounts)
            .put("peak_heap_mb", heap >> 20);
    found(made, alerts, figures);
    System.out.println(figures);
    return 0;
  }

  private void found(LogRecipe.Made made, Path alerts, Figures figures) throws IOException {
    Map<String, Truth> truths =
        made.members().stream().map(Truth::of).collect(Collectors.toMap(Truth::account, t -> t));
    // Times of exchanges are for leaks, which the evaluation measures.
    Score score = Score.of(truths, Map.of(), LogFiles.namings(alerts));
    figures
        .put("named", score.named())
        .put("precision_percent", 100 * score.precision().value())
        .put("harmed", score.harmed().values().stream().mapToInt(count -> count).sum());
    score
        .campaigns()
        .forEach((name, of) -> figures.put(name + "_recall_percent", 100 * of.recall().value()));
  }

  /**
   * @param alerts where the job's alerts go; null for the source alone
   */
  private Run run(LogRecipe recipe, Path folder, Path alerts) throws Exception {
    Path checkpoints = folder.resolve("checkpoints");
    Files.createDirectories(checkpoints);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(
            Runtime.getRuntime().availableProcessors(), settings(checkpoints));
    env.getConfig().enableObjectReuse();
    env.enableCheckpointing(checkpointSeconds * 1_000L);
    long slices = recipe.length().toMillis() / Slices.MILLIS;
    DataStream<Exchange> exchanges =
        env.fromSequence(0, slices - 1)
            .setParallelism(1)
            .flatMap(new Slices(recipe), RecordType.ofRecord(Exchange.class))
            .setParallelism(1)
            .name("make exchanges")
            .assignTimestampsAndWatermarks(
                WatermarkStrategy.<Exchange>forMonotonousTimestamps()
                    .withTimestampAssigner((exchange, made) -> exchange.getAt().toEpochMilli()))
            .setParallelism(1);
    if (alerts == null) {
      exchanges.sinkTo(new DiscardingSink<>());
    } else {
      AbuseJob.alerts(exchanges, AbuseThresholds.DEFAULT)
          .map(new WriteAlerts(alerts), RecordType.ofRecord(AbuseAlert.class))
          .setParallelism(1)
          .sinkTo(new DiscardingSink<>());
    }
    long cpu = cpuNanos();
    Instant begin = Instant.now();
    CompletableFuture<JobExecutionResult> result = env.executeAsync().getJobExecutionResult();
    long state = 0;
    while (true) {
      try {
        JobExecutionResult done = result.get(1, TimeUnit.SECONDS);
        double seconds = Duration.between(begin, Instant.now()).toMillis() / 1e3;
        return new Run(
            done.<Long>getAccumulatorResult(Slices.EXCHANGES),
            seconds,
            (cpuNanos() - cpu) / 1e9,
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
    } catch (IOException | java.io.UncheckedIOException replaced) {
      // A newer one took its place in the meantime, and is looked at in a second.
      return largest;
    }
    return largest;
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** What was left in use after a collection, at most. */
  private static long peakHeap() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .mapToLong(AbuseBench::peak)
        .sum();
  }

  private static long peak(MemoryPoolMXBean pool) {
    return pool.getPeakUsage().getUsed();
  }

  /** The time that one text takes, of one thread, on the log's own texts. */
  private static double featureMicros(LogRecipe recipe) throws IOException {
    RecordedExchanges exchanges = new RecordedExchanges(new byte[32], List.of());
    List<RecordedExchange> sample =
        new LogRecipe(
                recipe.seed(),
                recipe.family(),
                recipe.texts(),
                500,
                LogRecipe.MEDIAN,
                0,
                recipe.campaigns(),
                50,
                List.of(),
                0,
                12,
                1)
            .make()
            .log()
            .lines(recipe.seed())
            .limit(TEXTS_FOR_COST)
            .toList();
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
