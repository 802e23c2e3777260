package io.dualtrack.bench.cost;

import io.dualtrack.bench.CpuTime;
import io.dualtrack.bench.Figures;
import io.dualtrack.bench.Scratch;
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
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
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
      "and a sink only; both exactly once, on the same cluster, one after the other."
    })
public final class CostBench implements Callable<Integer> {

  private static final Duration CHECKPOINTS = Duration.ofSeconds(10);
  private static final String BARE = "bare";

  @Option(names = "--exchanges", description = "length of the log (default: ${DEFAULT-VALUE})")
  private int exchanges = 2_000_000;

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-bench-"));
        JobRig rig = JobRig.start(scratch.path("rig"), CHECKPOINTS)) {
      rig.publish(Topics.PRICES, Price::getPriceId, PriceTable.prices());
      rig.publish(Topics.CURRENCIES, CurrencyRate::getRateId, PriceTable.currencies());
      rig.publish(Topics.TENANTS, Tenant::getId, PriceTable.tenants());
      System.err.printf("writing %,d exchanges%n", exchanges);
      write(rig);
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
      Run bare = run(rig, BARE, env -> bare(env, rig, copy));
      Run cost = run(rig, CostJob.NAME, env -> CostJob.define(env, rig.config()));
      System.out.println(
          new Figures("cost")
              .put("exchanges", exchanges)
              .put("exchanges_per_second", cost.rate)
              .put("cpu_us_per_exchange", cost.cpuMicros)
              .put("bare_per_second", bare.rate)
              .put("bare_cpu_us_per_exchange", bare.cpuMicros)
              .put("ratio", cost.rate / bare.rate));
      return 0;
    }
  }

  private record Run(double rate, double cpuMicros) {}

  private Run run(
      JobRig rig, String name, java.util.function.Consumer<StreamExecutionEnvironment> job)
      throws Exception {
    rig.submit(name, job);
    long started = System.nanoTime();
    Duration cpu = CpuTime.ofThisAndChildren();
    rig.awaitRead(name, Topics.EXCHANGES);
    double seconds = (System.nanoTime() - started) / 1e9;
    double cpuMicros = CpuTime.ofThisAndChildren().minus(cpu).toNanos() / 1e3 / exchanges;
    rig.cancel();
    System.err.printf(
        "%s: %.0f exchanges/s, %.1f us CPU each%n", name, exchanges / seconds, cpuMicros);
    return new Run(exchanges / seconds, cpuMicros);
  }

  private void write(JobRig rig) {
    Function<Exchange, byte[]> encoder = rig.encoder(Topics.EXCHANGES);
    try (KafkaProducer<String, byte[]> producer = rig.producer()) {
      for (int i = 0; i < exchanges; i++) {
        Exchange exchange = ExchangeLog.exchange(i, exchanges);
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
