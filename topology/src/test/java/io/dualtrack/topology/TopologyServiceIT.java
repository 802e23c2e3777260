package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.offering;
import static io.dualtrack.policy.PolicyRecords.policy;
import static io.dualtrack.policy.PolicyRecords.tenant;
import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.suspension;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.BundleSignature;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.TopicProvisioner;
import io.dualtrack.schemas.Topics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.test.KafkaClusterTestKit;
import org.apache.kafka.common.test.TestKitNodes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One instance against a real broker. */
class TopologyServiceIT {

  private static final int PARTITIONS = 2;
  private static final String CANARY = "canary-4d1f9a";

  @TempDir Path folder;
  private final SchemaRegistry registry = SchemaRegistry.inMemory();
  private KafkaClusterTestKit cluster;
  private KafkaProducer<String, byte[]> producer;

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
            .setConfigProp("transaction.state.log.num.partitions", "2")
            .setConfigProp("transaction.state.log.min.isr", "1")
            .setConfigProp("group.initial.rebalance.delay.ms", "0")
            .build();
    cluster.format();
    cluster.startup();
    cluster.waitForReadyBrokers();
    producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                cluster.bootstrapServers(),
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                Topics.MAX_TEXT_RECORD_BYTES),
            new StringSerializer(),
            new ByteArraySerializer());
  }

  @AfterEach
  void stopBroker() throws Exception {
    producer.close();
    cluster.close();
  }

  @Test
  void controlRecordsAnswersAndWaitersAreThereAgainAfterARestart() throws Exception {
    provision();
    send(Topics.TENANTS, "acme", tenant("acme").build());
    send(Topics.OFFERINGS, "gpt-api", offering("gpt-api", "gpt", Lane.API).build());
    send(Topics.OFFERINGS, "llama-home", offering("llama-home", "llama", Lane.LOCAL).build());
    PolicyBundle policy = policy("1");
    policy.setPublishedAt(Instant.now().truncatedTo(ChronoUnit.MILLIS));
    BundleSignature.sign(policy, SigningKey.openOrCreate(folder.resolve("keys").resolve("policy")));
    send(Topics.POLICIES, "house", policy);
    producer.send(
        new ProducerRecord<>(
            Topics.REQUESTS.name(),
            "r0",
            ("not avro, " + CANARY).getBytes(StandardCharsets.UTF_8)));
    DispatchOrder waiting;
    try (TopologyService first = start()) {
      assertThat(first.isReady()).isTrue();
      request("r1", "asked and answered");
      request("r2", "asked and waiting");
      List<DispatchOrder> orders = read(Topics.ORDERS_API_BATCH, 2);
      DispatchOrder answered = orders.get(orders.get(0).getRequestId().equals("r1") ? 0 : 1);
      waiting = orders.get(orders.get(0).getRequestId().equals("r1") ? 1 : 0);
      send(Topics.COMPLETIONS, answered.getCacheKey(), answered(answered, "{\"n\":1}"));
      assertThat(read(Topics.RESULTS, 1).get(0).getRequestId()).isEqualTo("r1");
      DeadLetter letter = read(Topics.DEAD_LETTERS, 1).get(0);
      assertThat(letter.getErrorCode()).isEqualTo("undecodable");
      assertThat(letter.getTopic()).isEqualTo(Topics.REQUESTS.name());
    }
    send(
        Topics.SUSPENSIONS,
        "PROVIDER:other",
        suspension(SuspensionScope.PROVIDER, "other", true, 1));

    try (TopologyService second = start()) {
      request("r3", "asked and answered");
      send(Topics.COMPLETIONS, waiting.getCacheKey(), answered(waiting, "{\"n\":2}"));
      send(Topics.COMPLETIONS, waiting.getCacheKey(), answered(waiting, "{\"n\":2}"));
      request("r4", "new, and it says " + CANARY);

      List<InferenceResult> results = read(Topics.RESULTS, 3);
      assertThat(results)
          .filteredOn(result -> result.getRequestId().equals("r3"))
          .singleElement()
          .satisfies(result -> assertThat(result.getSource()).isEqualTo(AnswerSource.CACHE));
      assertThat(results)
          .filteredOn(result -> result.getRequestId().equals("r2"))
          .singleElement()
          .satisfies(result -> assertThat(result.getOutcome()).isEqualTo(Outcome.ANSWERED));
      List<DispatchOrder> orders = read(Topics.ORDERS_API_BATCH, 3);
      assertThat(orders)
          .hasSize(3)
          .filteredOn(order -> order.getRequestId().equals("r4"))
          .extracting(DispatchOrder::getSuspensionEpoch)
          .containsExactly(1L);
      assertThat(second.stopped()).isNotDone();
    }
    assertThat(topicsWith(CANARY)).contains(Topics.REQUESTS.name(), Topics.ORDERS_API_BATCH.name());
    assertThat(topicsWith(CANARY))
        .as("topics without text")
        .doesNotContainAnyElementsOf(
            Topics.all().stream().filter(topic -> !topic.text()).map(Topic::name).toList());
    assertThat(read(Topics.EXCHANGES, 3)).allMatch(each -> each.getFeatures() != null);
  }

  /** Topics, the internal ones among them, with a record whose key, value or header has a text. */
  private Set<String> topicsWith(String text) {
    Set<String> with = new HashSet<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                cluster.bootstrapServers(),
                ConsumerConfig.EXCLUDE_INTERNAL_TOPICS_CONFIG,
                false),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.listTopics().values().stream()
              .flatMap(List::stream)
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          StringBuilder all = new StringBuilder(latin(record.key())).append(latin(record.value()));
          record.headers().forEach(header -> all.append(latin(header.value())));
          if (all.indexOf(text) >= 0) {
            with.add(record.topic());
          }
        }
      }
    }
    return with;
  }

  private static String latin(byte[] bytes) {
    return bytes == null ? "" : new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private TopologyService start() throws Exception {
    TopologyService service =
        new TopologyService(
            TopologyConfig.local(
                KafkaAccess.at(cluster.bootstrapServers()),
                URI.create("http://unused"),
                folder,
                "0",
                PARTITIONS),
            registry,
            new SimpleMeterRegistry());
    service.start();
    service.ready().get(60, TimeUnit.SECONDS);
    return service;
  }

  private void provision() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrapServers()))) {
      new TopicProvisioner(admin, PARTITIONS).provision();
    }
  }

  private void request(String id, String text) {
    InferenceRequest request =
        Records.request(id, chat(text)).setDeadline(Instant.now().plusSeconds(3_600)).build();
    send(Topics.REQUESTS, id, request);
  }

  private <V extends SpecificRecord> void send(Topic<V> topic, String key, V value) {
    producer.send(
        new ProducerRecord<>(
            topic.name(), key, topic.serde(registry).serialize(topic.name(), value)));
    producer.flush();
  }

  /** The committed records of a topic from its beginning, once there are as many as expected. */
  private <V extends SpecificRecord> List<V> read(Topic<V> topic, int expected) {
    try (KafkaConsumer<String, V> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                cluster.bootstrapServers(),
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed"),
            new StringDeserializer(),
            topic.serde(registry).deserializer())) {
      var partitions =
          consumer.partitionsFor(topic.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      List<V> records = new ArrayList<>();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(each -> records.add(each.value()));
                return records.size() >= expected;
              });
      return records;
    }
  }
}
