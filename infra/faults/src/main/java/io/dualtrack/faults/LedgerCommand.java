package io.dualtrack.faults;

import io.dualtrack.bench.Figures;
import io.dualtrack.bench.Scratch;
import io.dualtrack.bench.cost.ExchangeLog;
import io.dualtrack.bench.cost.JobRig;
import io.dualtrack.bench.cost.LedgerOracle;
import io.dualtrack.bench.cost.PriceTable;
import io.dualtrack.jobs.cost.CostJob;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.Topics;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The cost job under kills, held against a recomputation that shares nothing with it. */
@Command(
    name = "ledger",
    mixinStandardHelpOptions = true,
    description = {
      "Sends exchanges with duplicates, up to 48 hours out of order, with prices that change inside",
      "the days and one that comes late, while the job's machine is killed, and the job is ended and",
      "started from its checkpoint. Ends with 0 only if the ledger and the rollups equal an",
      "independent recomputation to the last digit."
    })
final class LedgerCommand implements Callable<Integer> {

  private static final Duration CHECKPOINTS = Duration.ofSeconds(5);
  private static final String LATE = "offering-6";

  /** Every so many exchanges come twice, the second time much later. */
  private static final int TWICE = 20;

  @Option(names = "--exchanges", description = "exchanges (default: ${DEFAULT-VALUE})")
  private int exchanges = 1_000_000;

  @Option(names = "--kills", description = "kills of the machine (default: ${DEFAULT-VALUE})")
  private int kills = 3;

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-faults-"));
        JobRig rig = JobRig.start(scratch.path("rig"), CHECKPOINTS)) {
      List<Price> prices = PriceTable.prices();
      rig.publish(
          Topics.PRICES,
          Price::getPriceId,
          prices.stream().filter(price -> !price.getOffering().equals(LATE)).toList());
      rig.publish(Topics.CURRENCIES, CurrencyRate::getRateId, PriceTable.currencies());
      rig.publish(Topics.TENANTS, Tenant::getId, PriceTable.tenants());
      rig.submit(CostJob.NAME, env -> CostJob.define(env, rig.config()));
      LedgerOracle oracle = new LedgerOracle();
      int parts = kills + 2;
      long duplicates = 0;
      for (int part = 0; part < parts; part++) {
        int from = (int) ((long) exchanges * part / parts);
        int to = (int) ((long) exchanges * (part + 1) / parts);
        duplicates += send(rig, oracle, from, to);
        if (part < kills) {
          System.err.printf("killing the machine behind %,d exchanges%n", to);
          rig.killTaskManager();
        } else if (part == kills) {
          System.err.println("ending the job, to be started from its checkpoint");
          rig.cancel();
          rig.submit(CostJob.NAME, env -> CostJob.define(env, rig.config()));
          rig.publish(
              Topics.PRICES,
              Price::getPriceId,
              prices.stream().filter(price -> price.getOffering().equals(LATE)).toList());
        }
      }
      rig.awaitRead(CostJob.NAME, Topics.EXCHANGES);
      LedgerOracle.Verdict verdict = oracle.await(rig);
      rig.cancel();
      verdict.differences().stream().limit(10).forEach(System.err::println);
      System.out.println(
          new Figures("ledger")
              .put("exchanges", exchanges)
              .put("duplicates", duplicates)
              .put("kills", kills)
              .put("restores", 1)
              .put("ledger_rows", verdict.rows())
              .put("corrections", verdict.reversals())
              .put("unpriced_rows", verdict.unpricedRows())
              .put("sums_compared", verdict.sums())
              .put("differences", verdict.differences().size())
              .put("equal_to_the_last_digit", verdict.differences().isEmpty()));
      return verdict.differences().isEmpty() ? 0 : 1;
    }
  }

  private long send(JobRig rig, LedgerOracle oracle, int from, int to) {
    Function<Exchange, byte[]> encoder = rig.encoder(Topics.EXCHANGES);
    long duplicates = 0;
    try (KafkaProducer<String, byte[]> producer = rig.producer()) {
      for (int i = from; i < to; i++) {
        Exchange exchange = ExchangeLog.exchange(i, exchanges);
        oracle.expect(exchange);
        send(producer, encoder, exchange);
        int earlier = i / 2;
        if (i % TWICE == 0) {
          send(producer, encoder, ExchangeLog.exchange(earlier, exchanges));
          duplicates++;
        }
      }
    }
    return duplicates;
  }

  private static void send(
      KafkaProducer<String, byte[]> producer,
      Function<Exchange, byte[]> encoder,
      Exchange exchange) {
    producer.send(
        new ProducerRecord<>(
            Topics.EXCHANGES.name(), exchange.getTenant(), encoder.apply(exchange)));
  }
}
