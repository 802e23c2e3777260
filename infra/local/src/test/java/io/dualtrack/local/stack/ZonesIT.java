package io.dualtrack.local.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.operations.control.KillSwitch;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topics;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two zones on this machine, each a whole stack with its own broker, and the mirror between. */
class ZonesIT {

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** A model that no other one stands in for at the tenant that asks. */
  private static final String NO_SUBSTITUTE = "mixtral-8x22b";

  private static final String MIRRORED_AUDIT = "us." + Topics.AUDIT.name();

  @TempDir static Path folder;

  private static LocalStack eu;
  private static StackAddress us;

  @BeforeAll
  static void start() throws Exception {
    StackOptions options = StackOptions.onFreePorts(folder.resolve("eu")).withPartitions(1);
    eu = LocalStack.start(options, ShippedControl::publish, StackProgress.silent());
    Zones zones = Zones.start(eu, options, List.of("eu", "us"), StackProgress.silent());
    us = StackAddress.fetch(zones.gateways().get("us"));
  }

  @AfterAll
  static void stop() {
    if (eu != null) {
      eu.close();
    }
  }

  @Test
  void textStaysWhileWhatWasDecidedOfItCrosses() throws Exception {
    String european = UUID.randomUUID().toString();
    String american = UUID.randomUUID().toString();

    assertThat(ask(eu.address().http(), "llama-3.1-405b", european).statusCode()).isEqualTo(200);
    assertThat(ask(us.http(), "llama-3.1-405b", american).statusCode()).isEqualTo(200);

    await().atMost(PATIENCE).until(() -> records(eu.address(), Set.of(MIRRORED_AUDIT)) > 0);
    assertThat(topicsWith(eu.address(), european)).contains(Topics.REQUESTS.name());
    assertThat(topicsWith(us, american)).contains(Topics.REQUESTS.name());
    assertThat(topicsWith(eu.address(), american)).isEmpty();
    assertThat(topicsWith(us, european)).isEmpty();
  }

  @Test
  void aSuspensionGivenInTheControlZoneHoldsInTheOther() throws Exception {
    SchemaRegistry schemas =
        SchemaRegistry.connect(eu.address().registry(), folder.resolve("test-cache.jsonl"));
    new ControlTopics(eu.address().kafka(), schemas, Clock.systemUTC())
        .command(
            new KillSwitch.Command(
                SuspensionScope.MODEL,
                NO_SUBSTITUTE,
                ExportState.SUSPENDED,
                List.of(),
                "a letter",
                "alice"));

    await()
        .atMost(PATIENCE)
        .until(() -> ask(us.http(), NO_SUBSTITUTE, "anything").body().contains("a letter"));
  }

  private static HttpResponse<String> ask(URI gateway, String model, String text) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(gateway.resolve("/v1/chat/completions"))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer dt-local-acme")
                .header("Content-Type", "application/json")
                .POST(
                    BodyPublishers.ofString(
                        """
                        {"model":"%s","messages":[{"role":"user","content":"%s"}]}"""
                            .formatted(model, text)))
                .build(),
            BodyHandlers.ofString());
  }

  /** The topics of a zone's broker, Kafka's own among them, that hold a text anywhere. */
  private static Set<String> topicsWith(StackAddress zone, String text) {
    Set<String> found = new TreeSet<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(zone)) {
      read(
          consumer,
          consumer.listTopics().keySet(),
          record -> {
            if (holds(record.key(), text) || holds(record.value(), text)) {
              found.add(record.topic());
            }
          });
    }
    return found;
  }

  private static long records(StackAddress zone, Set<String> topics) {
    long[] count = {0};
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(zone)) {
      if (consumer.listTopics().keySet().containsAll(topics)) {
        read(consumer, topics, record -> count[0]++);
      }
    }
    return count[0];
  }

  private static void read(
      KafkaConsumer<byte[], byte[]> consumer,
      Set<String> topics,
      Consumer<ConsumerRecord<byte[], byte[]>> action) {
    List<TopicPartition> partitions =
        topics.stream()
            .flatMap(topic -> consumer.partitionsFor(topic).stream())
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      consumer.poll(Duration.ofMillis(200)).forEach(action);
    }
  }

  private static boolean holds(byte[] bytes, String text) {
    return bytes != null && new String(bytes, StandardCharsets.ISO_8859_1).contains(text);
  }

  private static KafkaConsumer<byte[], byte[]> consumer(StackAddress zone) {
    return new KafkaConsumer<>(
        Map.of("bootstrap.servers", zone.bootstrap(), "enable.auto.commit", false),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }
}
