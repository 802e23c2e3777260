package io.dualtrack.operations.finance;

import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.BudgetBalance;
import io.dualtrack.schemas.ClosedMonth;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.MonthClose;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What the cost job wrote, read from its topics as it is committed now. */
public final class CostTopics {

  private static final Duration PATIENCE = Duration.ofMinutes(30);
  private static final Duration SKEW = Duration.ofDays(1);
  private static final Duration POLL = Duration.ofMillis(250);

  private final KafkaAccess kafka;
  private final SchemaRegistry registry;

  /**
   * @param kafka where the brokers are
   */
  public CostTopics(KafkaAccess kafka, SchemaRegistry registry) {
    this.kafka = kafka;
    this.registry = registry;
  }

  /** Every row of the ledger, in no order over tenants. */
  public void ledger(Consumer<LedgerEntry> action) {
    scan(
        Topics.COST_LEDGER,
        (key, row) -> {
          if (row != null) {
            action.accept(row);
          }
        });
  }

  /**
   * Rows of what was used or billed in a month, and others: only what was written before it is left
   * out.
   *
   * @param patience how long to read at most
   * @return whether everything was read
   */
  public boolean ledger(YearMonth month, Duration patience, Consumer<LedgerEntry> action) {
    try (TopicScan<LedgerEntry> scan = new TopicScan<>(kafka, registry, Topics.COST_LEDGER)) {
      // The time of a record is when it was written, which clocks may disagree about a little.
      Instant begin = month.atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC).minus(SKEW);
      return scan.fromTime(begin)
          .toEnd(
              patience,
              key -> true,
              (key, row) -> {
                if (row != null) {
                  action.accept(row);
                }
              });
    }
  }

  /** The last state of each rollup. */
  public Collection<CostRollup> rollups() {
    return latest(Topics.COST_ROLLUPS);
  }

  /** How hard budgets stood a second ago. */
  public Collection<BudgetBalance> budgets() {
    return latest(Topics.COST_BUDGETS);
  }

  public Collection<CurrencyRate> currencies() {
    return latest(Topics.CURRENCIES);
  }

  /** What the job prices by. */
  public Collection<Price> prices() {
    return latest(Topics.PRICES);
  }

  /** What the job said of a month that it closed; empty for one that is open. */
  public Optional<ClosedMonth> closed(YearMonth month) {
    return latest(Topics.COST_CLOSINGS).stream()
        .filter(each -> each.getMonth().equals(month.toString()))
        .findFirst();
  }

  /** The month that bills a rollup. */
  public static YearMonth billed(CostRollup rollup) {
    Instant month =
        rollup.getBillingMonth() == null ? rollup.getPeriodStart() : rollup.getBillingMonth();
    return YearMonth.from(month.atOffset(ZoneOffset.UTC));
  }

  /** Whether a month has ended, in UTC: before that it cannot be closed. */
  public static boolean isOver(YearMonth month, Instant now) {
    return !now.isBefore(month.plusMonths(1).atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC));
  }

  /**
   * Asks for the close of a month, and waits until the job has everything of it on the ledger.
   *
   * @return empty if the job did not answer in time; the request stands
   */
  public Optional<ClosedMonth> close(MonthClose request, Duration patience)
      throws InterruptedException {
    try (TopicScan<ClosedMonth> answers = new TopicScan<>(kafka, registry, Topics.COST_CLOSINGS)) {
      answers.from(answers.ends());
      send(request);
      ClosedMonth[] found = new ClosedMonth[1];
      Instant until = Instant.now().plus(patience);
      while (found[0] == null && Instant.now().isBefore(until)) {
        answers.poll(
            POLL,
            key -> true,
            (key, month) -> {
              if (month != null && month.getMonth().equals(request.getMonth())) {
                found[0] = month;
              }
            });
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      return Optional.ofNullable(found[0]);
    }
  }

  private void send(MonthClose request) throws InterruptedException {
    Map<String, Object> settings = kafka.settings();
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      byte[] value = Topics.CLOSES.serde(registry).serialize(Topics.CLOSES.name(), request);
      producer.send(new ProducerRecord<>(Topics.CLOSES.name(), request.getMonth(), value)).get();
    } catch (ExecutionException e) {
      throw new KafkaException("the request to close the month was not written", e.getCause());
    }
  }

  private <V extends SpecificRecord> Collection<V> latest(Topic<V> topic) {
    Map<String, V> records = new TreeMap<>();
    scan(
        topic,
        (key, value) -> {
          if (value == null) {
            records.remove(key);
          } else {
            records.put(key, value);
          }
        });
    return records.values();
  }

  private <V extends SpecificRecord> void scan(Topic<V> topic, BiConsumer<String, V> action) {
    try (TopicScan<V> scan = new TopicScan<>(kafka, registry, topic)) {
      if (!scan.fromBeginning().toEnd(PATIENCE, key -> true, action)) {
        throw new TimeoutException(
            "topic %s could not be read within %d minutes"
                .formatted(topic.name(), PATIENCE.toMinutes()));
      }
    }
  }
}
