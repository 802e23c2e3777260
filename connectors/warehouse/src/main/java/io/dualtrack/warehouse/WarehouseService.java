package io.dualtrack.warehouse;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import io.dualtrack.warehouse.archive.MonthEnd;
import io.dualtrack.warehouse.postgres.Warehouse;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.YearMonth;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies what the cost job commits into PostgreSQL, and writes the files of months that are closed.
 * One runs at a time; one that starts goes on where the database ends. A failure stops it: finance
 * would rather have yesterday's figures than wrong ones.
 */
public final class WarehouseService implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(WarehouseService.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final int MOST_RECORDS = 5_000;

  private final WarehouseConfig config;
  private final SchemaRegistry registry;
  private final Warehouse warehouse;
  private final Counter written;
  private final CompletableFuture<Void> stopped = new CompletableFuture<>();
  private final Map<String, String> providers = new HashMap<>();

  /** Where the tables end, by partition. */
  private final Map<TopicPartition, Long> reached = new HashMap<>();

  /**
   * Closed months without their files, and where the ledger has to be read up to before they are
   * written.
   */
  private final Map<String, Map<TopicPartition, Long>> due = new HashMap<>();

  private final MeterRegistry meters;
  private KafkaConsumer<String, byte[]> consumer;
  private Thread thread;

  public WarehouseService(WarehouseConfig config, SchemaRegistry registry, MeterRegistry meters) {
    this.config = config;
    this.registry = registry;
    this.warehouse = new Warehouse(database(config), registry);
    this.meters = meters;
    this.written =
        Counter.builder("dualtrack.warehouse.records")
            .description("Records that are in PostgreSQL")
            .register(meters);
  }

  private static PGSimpleDataSource database(WarehouseConfig config) {
    PGSimpleDataSource database = new PGSimpleDataSource();
    database.setUrl(config.database());
    database.setReWriteBatchedInserts(true);
    if (!config.user().isEmpty()) {
      database.setUser(config.user());
    }
    if (!config.password().isEmpty()) {
      database.setPassword(config.password());
    }
    return database;
  }

  /**
   * Brings the database to this release's schema and begins to copy.
   *
   * @throws SQLException if the database cannot be asked
   */
  public void start() throws SQLException {
    warehouse.migrate();
    reached.putAll(warehouse.offsets());
    consumer = consumer();
    List<TopicPartition> tables = partitions(Warehouse.topics());
    List<TopicPartition> control = partitions(List.of(Topics.OFFERINGS.name()));
    consumer.assign(Stream.concat(tables.stream(), control.stream()).toList());
    consumer.seekToBeginning(control);
    for (TopicPartition partition : tables) {
      Long next = reached.get(partition);
      if (next == null) {
        consumer.seekToBeginning(List.of(partition));
      } else {
        consumer.seek(partition, next);
      }
    }
    thread = new Thread(this::run, "warehouse");
    thread.start();
  }

  private KafkaConsumer<String, byte[]> consumer() {
    Map<String, Object> settings = config.kafka().settings();
    settings.put(ConsumerConfig.CLIENT_ID_CONFIG, "dualtrack-warehouse");
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MOST_RECORDS);
    return new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
  }

  private List<TopicPartition> partitions(List<String> topics) {
    return topics.stream()
        .flatMap(topic -> consumer.partitionsFor(topic).stream())
        .map(info -> new TopicPartition(info.topic(), info.partition()))
        .toList();
  }

  /** Completes when it was closed; exceptionally where it failed. */
  public CompletableFuture<Void> stopped() {
    return stopped;
  }

  private void run() {
    try (KafkaClientMetrics clientMeters = new KafkaClientMetrics(consumer)) {
      clientMeters.bindTo(meters);
      look();
      while (true) {
        ConsumerRecords<String, byte[]> records = consumer.poll(POLL);
        remember(records);
        copy(records);
        if (records.records(Topics.COST_CLOSINGS.name()).iterator().hasNext()) {
          look();
        }
        writeDue();
      }
    } catch (WakeupException e) {
      LOG.info("the warehouse stops");
    } catch (SQLException | IOException | RuntimeException e) {
      LOG.error("the warehouse cannot go on", e);
      stopped.completeExceptionally(e);
    } finally {
      consumer.close();
      stopped.complete(null);
    }
  }

  /** Offerings are not copied; exports only ask them for their providers. */
  private void remember(ConsumerRecords<String, byte[]> records) {
    AvroSerde<Offering> serde = Topics.OFFERINGS.serde(registry);
    for (ConsumerRecord<String, byte[]> record : records.records(Topics.OFFERINGS.name())) {
      Offering offering = serde.deserialize(record.topic(), record.value());
      if (offering != null) {
        providers.put(offering.getId(), offering.getProvider());
      }
    }
  }

  private void copy(ConsumerRecords<String, byte[]> records) throws SQLException {
    Map<TopicPartition, Long> to = new HashMap<>();
    int count = 0;
    for (TopicPartition partition : records.partitions()) {
      if (!partition.topic().equals(Topics.OFFERINGS.name())) {
        to.put(partition, consumer.position(partition));
        count += records.records(partition).size();
      }
    }
    if (to.isEmpty()) {
      return;
    }
    warehouse.write(records, reached, to);
    reached.putAll(to);
    written.increment(count);
  }

  /** Finds closed months whose files are missing. */
  private void look() throws SQLException {
    if (config.archive().isEmpty()) {
      return;
    }
    MonthEnd files = monthEnd(config.archive().get());
    Set<String> missing = new HashSet<>(warehouse.closedMonths());
    missing.removeIf(month -> files.isWritten(month) || due.containsKey(month));
    if (!missing.isEmpty()) {
      // The record of the closing may have been read before the last rows of the month: those are
      // there by now.
      Map<TopicPartition, Long> ends =
          consumer.endOffsets(partitions(List.of(Topics.COST_LEDGER.name())));
      missing.forEach(month -> due.put(month, ends));
    }
  }

  private void writeDue() throws IOException, SQLException {
    for (String month : Set.copyOf(due.keySet())) {
      if (due.get(month).entrySet().stream()
          .allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
        Path archive = config.archive().orElseThrow();
        monthEnd(archive).write(month, action -> rows(month, action));
        due.remove(month);
        LOG.info("the files of a closed month are written; month={}", month);
      }
    }
  }

  private MonthEnd monthEnd(Path archive) {
    return new MonthEnd(
        archive, config.billingAccount(), offering -> providers.getOrDefault(offering, "unknown"));
  }

  private void rows(String month, Consumer<LedgerEntry> action) throws IOException {
    try {
      warehouse.rowsOf(YearMonth.parse(month), action);
    } catch (SQLException e) {
      throw new IOException("the ledger of %s cannot be read".formatted(month), e);
    }
  }

  @Override
  public void close() {
    if (thread == null) {
      stopped.complete(null);
      return;
    }
    consumer.wakeup();
    try {
      thread.join(STOP_TIMEOUT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
