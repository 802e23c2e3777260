package io.dualtrack.warehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.dualtrack.schemas.ClosedMonth;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.TopicProvisioner;
import io.dualtrack.schemas.Topics;
import io.dualtrack.warehouse.postgres.ConcurrentWriterException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.test.KafkaClusterTestKit;
import org.apache.kafka.common.test.TestKitNodes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service between a real broker and a real PostgreSQL. */
class WarehouseServiceIT {

  private static final int PARTITIONS = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final SchemaRegistry REGISTRY = SchemaRegistry.inMemory();

  private static KafkaClusterTestKit cluster;
  private static EmbeddedPostgres postgres;

  @TempDir private Path folder;
  private String database;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  @BeforeAll
  static void startServers() throws Exception {
    postgres = EmbeddedPostgres.builder().start();
    cluster =
        new KafkaClusterTestKit.Builder(
                new TestKitNodes.Builder()
                    .setCombined(true)
                    .setNumBrokerNodes(1)
                    .setNumControllerNodes(1)
                    .build())
            .setConfigProp("offsets.topic.replication.factor", "1")
            .setConfigProp("transaction.state.log.replication.factor", "1")
            .setConfigProp("transaction.state.log.num.partitions", "1")
            .setConfigProp("transaction.state.log.min.isr", "1")
            .build();
    cluster.format();
    cluster.startup();
    cluster.waitForReadyBrokers();
    try (Admin admin =
        Admin.create(Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrapServers()))) {
      new TopicProvisioner(admin, PARTITIONS).provision();
    }
  }

  @AfterAll
  static void stopServers() throws Exception {
    cluster.close();
    postgres.close();
  }

  @BeforeEach
  void makeDatabase() throws SQLException {
    database = "w" + System.nanoTime();
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + database);
    }
  }

  @Test
  void restartsNeitherLoseNorDoubleAndClosedMonthsLeaveTheirFiles() throws Exception {
    List<LedgerEntry> rows = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      rows.add(
          Rows.priced(
              "e-" + i, "2026-06-07T12:00:00Z", "openai-sol", TokenClass.OUTPUT, i + 1, "33"));
    }
    BigDecimal expected =
        rows.stream().map(LedgerEntry::getCost).reduce(BigDecimal.ZERO, BigDecimal::add);
    try (WarehouseService first = service()) {
      first.start();
      send(Topics.COST_LEDGER, rows.subList(0, 1000), true);
      send(Topics.COST_LEDGER, rows.subList(1000, 2000), false);
      await().atMost(PATIENCE).until(() -> count("ledger_entry") >= 1000);
    }
    send(Topics.COST_LEDGER, rows.subList(1000, 2000), true);
    send(Topics.COST_ROLLUPS, List.of(rollup("r", 5, "1.5"), rollup("r", 9, "2.5")), true);
    try (WarehouseService second = service()) {
      second.start();
      // Once more what is there already, as after a restore of the job from an older state.
      send(Topics.COST_LEDGER, rows.subList(500, 3000), true);
      send(
          Topics.COST_CLOSINGS,
          List.of(new ClosedMonth("2026-06", Instant.EPOCH, Instant.EPOCH, "finance")),
          true);
      Path export = folder.resolve("archive/focus/focus-1.2-2026-06.csv");
      await().atMost(PATIENCE).until(() -> Files.exists(export));
      assertThat(count("ledger_entry")).isEqualTo(3000);
      assertThat(decimal("SELECT sum(cost) FROM ledger_entry")).isEqualByComparingTo(expected);
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(decimal("SELECT sum(cost) FROM cost_rollup"))
                      .isEqualByComparingTo("2.5"));
      assertThat(folder.resolve("archive/ledger/billing_month=2026-06/ledger.parquet")).exists();
      assertThat(Files.readString(export)).contains(expected.stripTrailingZeros().toPlainString());
      assertThat(second.stopped()).isNotDone();
    }
  }

  @Test
  void ofTwoWritersOneIsRefused() throws Exception {
    try (WarehouseService first = service();
        WarehouseService second = service()) {
      first.start();
      second.start();
      send(
          Topics.COST_LEDGER,
          List.of(Rows.priced("t", "2026-07-01T00:00:00Z", "sol", TokenClass.OUTPUT, 5, "1")),
          true);

      await().atMost(PATIENCE).until(() -> first.stopped().isDone() || second.stopped().isDone());

      WarehouseService refused = first.stopped().isDone() ? first : second;
      assertThat(refused.stopped())
          .failsWithin(PATIENCE)
          .withThrowableThat()
          .withCauseInstanceOf(ConcurrentWriterException.class);
    }
  }

  @Test
  void everyFieldOfEveryRecordHasItsColumn() throws Exception {
    try (WarehouseService service = service()) {
      service.start();
      Set<String> ledger = new TreeSet<>();
      LedgerEntry.getClassSchema()
          .getFields()
          .forEach(field -> ledger.add(field.name().replaceAll("([A-Z])", "_$1").toLowerCase()));
      Set<String> columns = new TreeSet<>();
      query(
          "SELECT column_name FROM information_schema.columns WHERE table_name = 'ledger_entry'",
          row -> columns.add(row.getString(1)));

      assertThat(columns).isEqualTo(ledger);
    }
  }

  @Test
  void theProcessCopiesUntilItIsToldToStop() throws Exception {
    HttpServer registry = registry();
    Process process =
        process(
            Map.of(
                "DUALTRACK_BOOTSTRAP", cluster.bootstrapServers(),
                "DUALTRACK_REGISTRY", "http://127.0.0.1:" + registry.getAddress().getPort(),
                "DUALTRACK_DATA", folder.resolve("data").toString(),
                "DUALTRACK_WAREHOUSE_URL", postgres.getJdbcUrl("postgres", database)));
    try {
      send(
          Topics.COST_LEDGER,
          List.of(Rows.priced("p", "2026-08-01T00:00:00Z", "sol", TokenClass.OUTPUT, 5, "1")),
          true);
      await()
          .atMost(PATIENCE)
          .until(() -> !process.isAlive() || (hasTable("ledger_entry") && rows("p") == 1));
      assertThat(process.isAlive()).as(said(process)).isTrue();

      process.destroy();

      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(143);
      assertThat(rows("p")).isEqualTo(1);
    } finally {
      process.destroyForcibly();
      registry.stop(0);
    }
  }

  @Test
  void theProcessNamesTheSettingThatIsMissing() throws Exception {
    Process process =
        process(
            Map.of(
                "DUALTRACK_BOOTSTRAP", cluster.bootstrapServers(),
                "DUALTRACK_WAREHOUSE_URL", postgres.getJdbcUrl("postgres", database)));

    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(2);
    assertThat(said(process)).contains("dualtrack warehouse: DUALTRACK_REGISTRY is not set");
  }

  /** With nothing in its environment but this. */
  private Process process(Map<String, String> environment) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            WarehouseMain.class.getName());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return builder
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("process.log").toFile())
        .start();
  }

  private String said(Process process) throws IOException {
    return "%s: %s".formatted(process, Files.readString(folder.resolve("process.log")));
  }

  /** Gives the schemas that the test's records are written with, as a registry does. */
  private static HttpServer registry() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/schemas/ids/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          int id = Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
          byte[] answer =
              new ObjectMapper().writeValueAsBytes(Map.of("schema", REGISTRY.byId(id).toString()));
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    return server;
  }

  private boolean hasTable(String name) throws SQLException {
    return decimal("SELECT count(*) FROM pg_tables WHERE tablename = '%s'".formatted(name)).signum()
        > 0;
  }

  private long rows(String exchange) throws SQLException {
    return decimal("SELECT count(*) FROM ledger_entry WHERE exchange_id = '%s'".formatted(exchange))
        .longValueExact();
  }

  private WarehouseService service() {
    return new WarehouseService(
        new WarehouseConfig(
            KafkaAccess.at(cluster.bootstrapServers()),
            postgres.getJdbcUrl("postgres", database),
            "",
            "",
            Optional.of(folder.resolve("archive")),
            "example-corp"),
        REGISTRY,
        meters);
  }

  private static CostRollup rollup(String id, long exchanges, String cost) {
    return CostRollup.newBuilder()
        .setRollupId(id)
        .setPeriod(Period.DAY)
        .setPeriodStart(Instant.parse("2026-06-07T00:00:00Z"))
        .setTenant("acme")
        .setModel("m")
        .setOffering("o")
        .setLane(Lane.API)
        .setJurisdiction("EU")
        .setCurrency("USD")
        .setExchanges(exchanges)
        .setUncachedInput(0)
        .setCacheRead(0)
        .setCacheWrite(0)
        .setOutput(0)
        .setUnpricedTokens(0)
        .setCost(new BigDecimal(cost).setScale(18))
        .setSaved(BigDecimal.ZERO.setScale(18))
        .build();
  }

  private <V extends SpecificRecord> void send(Topic<V> topic, List<V> records, boolean commit) {
    Map<String, Object> settings =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            cluster.bootstrapServers(),
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            "test");
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      for (V record : records) {
        String key =
            record instanceof LedgerEntry row ? row.getExchangeId() : record.get(0).toString();
        var unused =
            producer.send(
                new ProducerRecord<>(
                    topic.name(), key, topic.serde(REGISTRY).serialize(topic.name(), record)));
      }
      if (commit) {
        producer.commitTransaction();
      } else {
        producer.flush();
        producer.abortTransaction();
      }
    }
  }

  private long count(String table) throws SQLException {
    return decimal("SELECT count(*) FROM " + table).longValueExact();
  }

  private BigDecimal decimal(String sql) throws SQLException {
    List<BigDecimal> found = new ArrayList<>();
    query(sql, row -> found.add(row.getBigDecimal(1)));
    return found.get(0) == null ? BigDecimal.ZERO : found.get(0);
  }

  private interface RowReader {
    void read(ResultSet row) throws SQLException;
  }

  private void query(String sql, RowReader reader) throws SQLException {
    try (Connection connection = postgres.getDatabase("postgres", database).getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        reader.read(rows);
      }
    }
  }
}
