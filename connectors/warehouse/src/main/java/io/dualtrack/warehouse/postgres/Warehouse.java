package io.dualtrack.warehouse.postgres;

import io.dualtrack.schemas.ClosedMonth;
import io.dualtrack.schemas.CostAllocation;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.flywaydb.core.Flyway;

/**
 * The tables, and how records come into them: each batch of records and the offsets behind it in
 * one transaction of the database, which is the only memory of what was read. So a restart goes on
 * exactly where the tables end, and of two writers the slower one is refused.
 *
 * <p>One thread may use an instance.
 */
public final class Warehouse {

  private static final String READ_OFFSETS =
      "SELECT topic, partition, next_offset FROM source_offset";
  private static final String FIRST_OFFSET =
      "INSERT INTO source_offset (topic, partition, next_offset) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
  private static final String NEXT_OFFSET =
      "UPDATE source_offset SET next_offset = ? WHERE topic = ? AND partition = ? AND next_offset = ?";

  private static final String CLOSED_MONTHS = "SELECT month FROM closed_month ORDER BY month";
  private static final int FETCH_ROWS = 10_000;

  private static final RecordTable<LedgerEntry> LEDGER =
      new RecordTable<>("ledger_entry", LedgerEntry.getClassSchema(), "entryId", false);

  private static final List<Feed<?>> FEEDS =
      List.of(
          new Feed<>(Topics.COST_LEDGER, LEDGER, LedgerEntry::getEntryId),
          new Feed<>(
              Topics.COST_ROLLUPS,
              new RecordTable<>("cost_rollup", CostRollup.getClassSchema(), "rollupId", true),
              CostRollup::getRollupId),
          new Feed<>(
              Topics.COST_ALLOCATIONS,
              new RecordTable<>(
                  "cost_allocation", CostAllocation.getClassSchema(), "hostingId", true),
              CostAllocation::getHostingId),
          new Feed<>(
              Topics.COST_CLOSINGS,
              new RecordTable<>("closed_month", ClosedMonth.getClassSchema(), "month", true),
              ClosedMonth::getMonth));

  private final DataSource database;
  private final SchemaRegistry registry;

  public Warehouse(DataSource database, SchemaRegistry registry) {
    this.database = database;
    this.registry = registry;
  }

  /** Brings the database to the schema of this release; does nothing where it has it. */
  public void migrate() {
    Flyway.configure()
        .dataSource(database)
        .locations("classpath:db/warehouse")
        .table("schema_version")
        .load()
        .migrate();
  }

  /** The topics that are read. */
  public static List<String> topics() {
    return FEEDS.stream().map(feed -> feed.topic().name()).toList();
  }

  /** Tables and the columns that are written to them. */
  static Map<String, List<String>> columns() {
    Map<String, List<String>> columns = new LinkedHashMap<>();
    FEEDS.forEach(feed -> columns.put(feed.table().name(), feed.table().columns()));
    return columns;
  }

  /**
   * The first offset of each partition that is not in the tables; none for partitions never read.
   */
  public Map<TopicPartition, Long> offsets() throws SQLException {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(READ_OFFSETS);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        offsets.put(new TopicPartition(rows.getString(1), rows.getInt(2)), rows.getLong(3));
      }
    }
    return offsets;
  }

  /** Months that are closed as far as the tables know. */
  public List<String> closedMonths() throws SQLException {
    List<String> months = new ArrayList<>();
    try (Connection connection = database.getConnection();
        PreparedStatement statement = connection.prepareStatement(CLOSED_MONTHS);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        months.add(rows.getString(1));
      }
    }
    return months;
  }

  /** The ledger rows that a month bills, in the order of their ids. */
  public void rowsOf(YearMonth month, Consumer<LedgerEntry> action) throws SQLException {
    String query =
        "SELECT %s FROM ledger_entry WHERE coalesce(billing_month, at) >= ? AND coalesce(billing_month, at) < ? ORDER BY entry_id"
            .formatted(String.join(", ", LEDGER.columns()));
    try (Connection connection = database.getConnection()) {
      // Only outside auto-commit does the driver fetch piece by piece.
      connection.setAutoCommit(false);
      try (PreparedStatement statement = connection.prepareStatement(query)) {
        statement.setFetchSize(FETCH_ROWS);
        statement.setObject(1, month.atDay(1).atStartOfDay().atOffset(ZoneOffset.UTC));
        statement.setObject(
            2, month.plusMonths(1).atDay(1).atStartOfDay().atOffset(ZoneOffset.UTC));
        try (ResultSet rows = statement.executeQuery()) {
          while (rows.next()) {
            LedgerEntry row = new LedgerEntry();
            LEDGER.read(rows, row);
            action.accept(row);
          }
        }
      }
      connection.rollback();
    }
  }

  /**
   * Writes records and offsets, all or nothing.
   *
   * @param from where the records begin, by partition; what {@link #offsets} said, or the last
   *     {@code to}
   * @param to the offsets behind them
   * @throws ConcurrentWriterException if somebody else wrote since; nothing is written then
   */
  public void write(
      ConsumerRecords<String, byte[]> records,
      Map<TopicPartition, Long> from,
      Map<TopicPartition, Long> to)
      throws SQLException {
    try (Connection connection = database.getConnection()) {
      connection.setAutoCommit(false);
      try {
        for (Feed<?> feed : FEEDS) {
          write(connection, feed, records);
        }
        for (Map.Entry<TopicPartition, Long> next : to.entrySet()) {
          advance(connection, next.getKey(), from.get(next.getKey()), next.getValue());
        }
        connection.commit();
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      }
    }
  }

  private <V extends SpecificRecord> void write(
      Connection connection, Feed<V> feed, ConsumerRecords<String, byte[]> records)
      throws SQLException {
    var serde = feed.topic().serde(registry);
    Map<String, V> last = new LinkedHashMap<>();
    for (ConsumerRecord<String, byte[]> record : records.records(feed.topic().name())) {
      V value = serde.deserialize(record.topic(), record.value());
      last.put(value == null ? record.key() : feed.id().apply(value), value);
    }
    if (!last.isEmpty()) {
      feed.table().write(connection, last);
    }
  }

  private static void advance(Connection connection, TopicPartition partition, Long from, long to)
      throws SQLException {
    if (Objects.equals(from, to)) {
      return;
    }
    boolean first = from == null;
    try (PreparedStatement statement =
        connection.prepareStatement(first ? FIRST_OFFSET : NEXT_OFFSET)) {
      if (first) {
        statement.setString(1, partition.topic());
        statement.setInt(2, partition.partition());
        statement.setLong(3, to);
      } else {
        statement.setLong(1, to);
        statement.setString(2, partition.topic());
        statement.setInt(3, partition.partition());
        statement.setLong(4, from);
      }
      if (statement.executeUpdate() != 1) {
        throw new ConcurrentWriterException(partition);
      }
    }
  }
}
