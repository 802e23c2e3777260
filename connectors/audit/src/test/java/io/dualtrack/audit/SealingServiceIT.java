package io.dualtrack.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dualtrack.audit.Finding.Kind;
import io.dualtrack.schemas.AuditStatus;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.TopicProvisioner;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.TrustedKeys;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.test.KafkaClusterTestKit;
import org.apache.kafka.common.test.TestKitNodes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sealer against a broker whose operator has no scruples. */
class SealingServiceIT {

  private static final int PARTITIONS = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;
  private final SchemaRegistry registry = SchemaRegistry.inMemory();
  private KafkaClusterTestKit cluster;

  @BeforeEach
  void startBroker() throws Exception {
    cluster =
        new KafkaClusterTestKit.Builder(
                new TestKitNodes.Builder()
                    .setCombined(true)
                    .setNumBrokerNodes(1)
                    .setNumControllerNodes(1)
                    .build())
            .setConfigProp("offsets.topic.replication.factor", "1")
            .setConfigProp("offsets.topic.num.partitions", "1")
            .setConfigProp("transaction.state.log.replication.factor", "1")
            .setConfigProp("transaction.state.log.num.partitions", "1")
            .setConfigProp("transaction.state.log.min.isr", "1")
            .build();
    cluster.format();
    cluster.startup();
    cluster.waitForReadyBrokers();
    try (Admin admin = admin()) {
      new TopicProvisioner(admin, PARTITIONS).provision();
    }
  }

  @AfterEach
  void stopBroker() throws Exception {
    cluster.close();
  }

  @Test
  void theTrailIsWholeOverAbortsAndRestartsAndWhatAnOperatorDoesToItIsFound() throws Exception {
    try (SealingService sealer = start()) {
      send(1, 100, true);
      send(101, 150, false);
      send(151, 250, true);
      awaitSealed(200);
      assertThat(sealer.stopped()).isNotDone();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(said().get(StatusTopic.SEALING))
                      .isNotNull()
                      .extracting(status -> status.getSealing().getTopics().size())
                      .isEqualTo(SealingService.TOPICS.size()));
      assertThatThrownBy(this::start)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another sealer");
    }
    send(251, 350, true);
    assertThat(verify().unsealed()).isEqualTo(100);
    try (SealingService second = start();
        KafkaTrail begunBefore =
            new KafkaTrail(KafkaAccess.at(cluster.bootstrapServers()), SealingService.TOPICS)) {
      send(351, 400, true);
      awaitSealed(350);
      assertThat(verify(begunBefore).findings()).as("what is sealed meanwhile").isEmpty();
      assertThat(second.stopped()).isNotDone();
    }
    assertThat(verify().findings()).isEmpty();

    flipBitUnderAGoodChecksum("value of request-40 ");
    Finding altered = verify().findings().get(0);
    assertThat(altered.kind()).isEqualTo(Kind.ALTERED);
    assertThat(altered.requestId()).isEqualTo("request-40");
    flipBitUnderAGoodChecksum("value of request-40 ");
    assertThat(verify().findings()).isEmpty();

    flipBit("value of request-60 ");
    Finding unreadable = verify().findings().get(0);
    assertThat(unreadable.kind()).isEqualTo(Kind.UNREADABLE);
    flipBit("value of request-60 ");
    assertThat(verify().findings()).isEmpty();

    try (Admin admin = admin()) {
      admin
          .deleteRecords(
              Map.of(new TopicPartition(Topics.AUDIT.name(), 0), RecordsToDelete.beforeOffset(10)))
          .all()
          .get();
    }
    Finding removed = verify().findings().get(0);
    assertThat(removed.kind()).isEqualTo(Kind.REMOVED);
    assertThat(removed.partition()).isZero();
    assertThat(removed.offset()).isZero();
    assertThat(removed.requestId()).isEqualTo("request-2");
  }

  private SealingService start() throws IOException {
    return SealingService.start(
        KafkaAccess.at(cluster.bootstrapServers()),
        folder.resolve("checkpoints"),
        folder.resolve("keys/audit"),
        registry,
        new SimpleMeterRegistry());
  }

  private Verdict verify() throws IOException {
    return AuditVerification.verify(
        KafkaAccess.at(cluster.bootstrapServers()),
        folder.resolve("checkpoints"),
        SigningKey.publicFile(folder.resolve("keys/audit")),
        Instant.now());
  }

  private Verdict verify(KafkaTrail trail) throws IOException {
    TrailVerifier verifier =
        new TrailVerifier(
            trail,
            TrustedKeys.read(SigningKey.publicFile(folder.resolve("keys/audit"))),
            Topics.AUDIT.retention(),
            Instant.now());
    CheckpointFolder.read(folder.resolve("checkpoints"), verifier);
    return verifier.finish();
  }

  private void awaitSealed(long records) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              Verdict verdict = verify();
              assertThat(verdict.findings()).isEmpty();
              assertThat(verdict.records()).isEqualTo(records);
            });
  }

  /** What the sealer said last on its topic. */
  private Map<String, AuditStatus> said() {
    Map<String, AuditStatus> said = new HashMap<>();
    String topic = Topics.AUDIT_STATUS.name();
    try (KafkaConsumer<byte[], byte[]> consumer =
        KafkaTrail.consumer(KafkaAccess.at(cluster.bootstrapServers()))) {
      List<TopicPartition> all = KafkaTrail.partitions(consumer, List.of(topic));
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      while (all.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
        consumer
            .poll(Duration.ofMillis(100))
            .forEach(
                record ->
                    said.put(
                        Sealer.text(record.key()),
                        Topics.AUDIT_STATUS.serde(registry).deserialize(topic, record.value())));
      }
    }
    return said;
  }

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", cluster.bootstrapServers()));
  }

  /** Even requests to partition 0, odd ones to 1, in one transaction. */
  private void send(int from, int to, boolean commit) {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                cluster.bootstrapServers(),
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                "topology"),
            new StringSerializer(),
            new StringSerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      for (int i = from; i <= to; i++) {
        producer.send(
            new ProducerRecord<>(
                Topics.AUDIT.name(),
                i % PARTITIONS,
                "request-" + i,
                "value of request-" + i + " and more"));
      }
      if (commit) {
        producer.commitTransaction();
      } else {
        producer.flush();
        producer.abortTransaction();
      }
    }
  }

  private void flipBit(String text) throws IOException {
    try (RandomAccessFile log = log(text)) {
      flip(log, text);
    }
  }

  /** The broker's own check sum is no secret: whoever changes a record makes it fit again. */
  private void flipBitUnderAGoodChecksum(String text) throws IOException {
    try (RandomAccessFile log = log(text)) {
      long place = flip(log, text);
      long batch = 0;
      long end = 0;
      while (end <= place) {
        batch = end;
        log.seek(batch + Long.BYTES);
        end = batch + Long.BYTES + Integer.BYTES + log.readInt();
      }
      // Offset, length, epoch and magic stand before the check sum, which is over the rest.
      long covered = batch + 21;
      byte[] rest = new byte[Math.toIntExact(end - covered)];
      log.seek(covered);
      log.readFully(rest);
      CRC32C checksum = new CRC32C();
      checksum.update(rest);
      log.seek(covered - Integer.BYTES);
      log.write(ByteBuffer.allocate(Integer.BYTES).putInt((int) checksum.getValue()).array());
    }
  }

  private static long flip(RandomAccessFile log, String text) throws IOException {
    byte[] all = new byte[Math.toIntExact(log.length())];
    log.seek(0);
    log.readFully(all);
    long place = new String(all, StandardCharsets.ISO_8859_1).indexOf(text);
    log.seek(place);
    // The byte behind the text, so that the text is found again.
    int now = all[Math.toIntExact(place) + text.length()] ^ 1;
    log.seek(place + text.length());
    log.write(now);
    return place;
  }

  private RandomAccessFile log(String text) throws IOException {
    for (String directory : cluster.brokers().get(0).config().logDirs()) {
      try (Stream<Path> files = Files.walk(Path.of(directory))) {
        for (Path file :
            files
                .filter(each -> each.toString().contains(Topics.AUDIT.name() + "-"))
                .filter(each -> each.toString().endsWith(".log"))
                .toList()) {
          if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
            return new RandomAccessFile(file.toFile(), "rw");
          }
        }
      }
    }
    throw new AssertionError("no segment holds " + text);
  }
}
