package io.dualtrack.bench.cost;

import io.dualtrack.bench.CpuTime;
import io.dualtrack.bench.Figures;
import io.dualtrack.bench.Scratch;
import io.dualtrack.bench.ThreadTimes;
import io.dualtrack.jobs.cost.CostJob;
import io.dualtrack.jobs.runtime.JobSetup;
import io.dualtrack.jobs.runtime.TopicSink;
import io.dualtrack.jobs.runtime.TopicSource;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The cost job on a log of exchanges, beside a job that only copies them. */
@Command(
    name = "cost",
    mixinStandardHelpOptions = true,
    description = {
      "Replays a log of exchanges from Kafka through the cost job, and through a job of a source",
      "and a sink only; both exactly once, on the same cluster, one after the other. Takes 9 GB of",
      "memory."
    })
public final class CostBench implements Callable<Integer> {

  private static final String BARE = "bare";

  @Option(
      names = "--exchanges",
      description = "length of the measured log (default: ${DEFAULT-VALUE})")
  private int exchanges = 2_000_000;

  @Option(
      names = "--warm-up",
      description = "exchanges that both jobs read before (default: ${DEFAULT-VALUE})")
  private int warmUp = 300_000;

  @Option(
      names = "--checkpoint-seconds",
      description = {
        "time between checkpoints; each writes the state, and what the job wrote is visible with"
            + " it",
        "(default: ${DEFAULT-VALUE})"
      })
  private int checkpointSeconds = 10;

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-bench-"));
        JobRig rig = JobRig.start(scratch.path("rig"), Duration.ofSeconds(checkpointSeconds))) {
      rig.publish(Topics.PRICES, Price::getPriceId, PriceTable.prices());
      rig.publish(Topics.CURRENCIES, CurrencyRate::getRateId, PriceTable.currencies());
      rig.publish(Topics.TENANTS, Tenant::getId, PriceTable.tenants());
      Topic<Exchange> copy =
          new Topic<>(
              "dualtrack.bench.copy",
              Topics.EXCHANGES.key(),
              Exchange.class,
              Topics.EXCHANGES.cleanup(),
              Topics.EXCHANGES.retention(),
              true,
              false);
      rig.create(copy);
      Consumer<StreamExecutionEnvironment> bareJob = env -> bare(env, rig, copy);
      Consumer<StreamExecutionEnvironment> costJob = env -> CostJob.define(env, rig.config());
      System.err.printf("warming up with %,d exchanges%n", warmUp);
      write(rig, 0, warmUp);
      run(rig, BARE, bareJob);
      run(rig, CostJob.NAME, costJob);
      System.err.printf("writing %,d exchanges%n", exchanges);
      write(rig, warmUp, warmUp + exchanges);
      Run bare = run(rig, BARE, bareJob);
      Run cost = run(rig, CostJob.NAME, costJob);
      System.out.println(
          new Figures("cost")
              .put("exchanges", exchanges)
              .put("checkpoint_seconds", checkpointSeconds)
              .put("exchanges_per_second", cost.rate)
              .put("cpu_us_per_exchange", cost.cpuMicros)
              .put("compiler_us_per_exchange", cost.compilerMicros)
              .put("collector_us_per_exchange", cost.collectorMicros)
              .put("bare_per_second", bare.rate)
              .put("bare_cpu_us_per_exchange", bare.cpuMicros)
              .put("bare_compiler_us_per_exchange", bare.compilerMicros)
              .put("ratio", cost.rate / bare.rate)
              .put("cpu_ratio", cost.restedMicros() / bare.restedMicros())
              .put("load_average", loadAverage()));
      return 0;
    }
  }

  /**
   * @param cpuMicros of the whole process: job, broker, collector and compiler
   * @param compilerMicros of them, what the compiler took
   * @param collectorMicros of them, what the collector took
   */
  private record Run(double rate, double cpuMicros, double compilerMicros, double collectorMicros) {

    /** What an exchange takes when the compiler has come to rest. */
    double restedMicros() {
      return cpuMicros - compilerMicros;
    }
  }

  /**
   * @param behind exchanges that no checkpoint covers
   */
  private record Mark(long nanos, Duration cpu, ThreadTimes threads, long behind) {}

  /**
   * From the first checkpoint to the last that was taken while there was more to read; from the
   * start to the end where the log is too short for two.
   */
  private Run run(JobRig rig, String name, Consumer<StreamExecutionEnvironment> job)
      throws Exception {
    List<Mark> marks = new ArrayList<>();
    marks.add(mark(rig.behind(name, Topics.EXCHANGES)));
    rig.submit(name, job);
    rig.awaitRead(
        name,
        Topics.EXCHANGES,
        behind -> {
          Mark last = marks.get(marks.size() - 1);
          if (behind != last.behind()) {
            Mark next = mark(behind);
            // The tasks of a source commit what a checkpoint covers one after the other.
            if (marks.size() > 1 && next.nanos() - last.nanos() < checkpointSeconds * 1e9 / 4) {
              marks.remove(marks.size() - 1);
            }
            marks.add(next);
          }
        });
    rig.cancel();
    boolean isLong = marks.size() >= 4;
    Mark from = marks.get(isLong ? 1 : 0);
    Mark to = marks.get(marks.size() - (isLong ? 2 : 1));
    long read = from.behind() - to.behind();
    double rate = read / ((to.nanos() - from.nanos()) / 1e9);
    double cpuMicros = to.cpu().minus(from.cpu()).toNanos() / 1e3 / read;
    ThreadTimes threads = to.threads().minus(from.threads());
    double compilerMicros = threads.compiler().toNanos() / 1e3 / read;
    double collectorMicros = threads.collector().toNanos() / 1e3 / read;
    System.err.printf(
        "%s: %.0f exchanges/s, %.1f us CPU each, of them compiler %.1f, collector %.1f%n",
        name, rate, cpuMicros, compilerMicros, collectorMicros);
    return new Run(rate, cpuMicros, compilerMicros, collectorMicros);
  }

  private static Mark mark(long behind) {
    return new Mark(
        System.nanoTime(), CpuTime.ofThisAndChildren(), ThreadTimes.ofThisProcess(), behind);
  }

  /** Of the last minute; what else the machine had to do. */
  private static double loadAverage() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private void write(JobRig rig, int from, int to) {
    Function<Exchange, byte[]> encoder = rig.encoder(Topics.EXCHANGES);
    try (KafkaProducer<String, byte[]> producer = rig.producer()) {
      for (int i = from; i < to; i++) {
        Exchange exchange = ExchangeLog.exchange(i, warmUp + exchanges);
        producer.send(
            new ProducerRecord<>(
                Topics.EXCHANGES.name(), exchange.getTenant(), encoder.apply(exchange)));
      }
    }
  }

  private static void bare(StreamExecutionEnvironment env, JobRig rig, Topic<Exchange> copy) {
    JobSetup.configure(env, rig.config());
    TopicSource<Exchange> source =
        TopicSource.log(env, rig.config(), BARE, Topics.EXCHANGES, Exchange::getAt);
    TopicSink.write(source.records(), rig.config(), BARE, copy, Exchange::getTenant);
    TopicSink.deadLetters(List.of(source.deadLetters()), rig.config(), BARE);
  }
}
