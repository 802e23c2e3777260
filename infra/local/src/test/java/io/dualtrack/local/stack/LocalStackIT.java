package io.dualtrack.local.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalStackIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void aStackAnswersAndGoesOnAfterARestartWithWhatItKnew() throws Exception {
    StackOptions options = StackOptions.onFreePorts(folder.resolve("data")).withPartitions(2);
    int schemaId;
    try (LocalStack stack = start(options)) {
      URI http = stack.address().http();
      assertThat(get(http, "/healthz").statusCode()).isEqualTo(200);
      assertThat(get(http, "/readyz").statusCode()).isEqualTo(200);
      assertThat(StackAddress.fetch(http)).isEqualTo(stack.address());
      assertThatThrownBy(() -> start(options))
          .isInstanceOf(StackFailure.class)
          .hasMessageContaining("in use by the stack at " + http);

      submit(stack, "first");
      awaitResult(stack, "first", AnswerSource.PROVIDER);
      awaitExchangesInRollups(stack, 1);

      assertThat(get(http, "/metrics").body())
          .contains("jvm_memory_used_bytes", "kafka_stream_", "kafka_consumer_", "flink_");
      assertThat(get(stack.address().sandbox(), "/sandbox/stats").body()).contains("\"calls\":1");
      answersALongContextWhoseTextIsInNoRecord(stack);
      schemaId = schemaId(stack);
    }

    try (LocalStack stack = start(options)) {
      assertThat(schemaId(stack)).isEqualTo(schemaId);
      awaitResult(stack, "first", AnswerSource.PROVIDER);

      submit(stack, "second");
      awaitResult(stack, "second", AnswerSource.CACHE);
      awaitExchangesInRollups(stack, 4);

      assertThat(get(stack.address().sandbox(), "/sandbox/stats").body()).contains("\"calls\":0");
    }
  }

  private void answersALongContextWhoseTextIsInNoRecord(LocalStack stack) throws Exception {
    String sentence = "All work and no play makes a dull context. ";
    String body =
        """
        {"model":"llama-3.1-405b","temperature":0,"messages":[{"role":"user","content":"%s"}]}\
        """
            .formatted(sentence.repeat(4_000_000 / sentence.length()));

    HttpResponse<String> first = ask(stack, body);
    HttpResponse<String> second = ask(stack, body);

    assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
    assertThat(first.headers().firstValue("X-Dualtrack-Decision").orElseThrow())
        .endsWith("cache=miss");
    assertThat(second.headers().firstValue("X-Dualtrack-Decision").orElseThrow())
        .endsWith("cache=hit");
    assertThat(second.body()).isEqualTo(first.body());
    for (Topic<?> topic : List.of(Topics.REQUESTS, Topics.ORDERS_LOCAL_INTERACTIVE)) {
      assertThat(largest(stack, topic)).as(topic.name()).isPositive().isLessThan(16_000);
    }
  }

  private HttpResponse<String> ask(LocalStack stack, String body) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(stack.address().http() + "/v1/chat/completions"))
            .timeout(PATIENCE)
            .header("Authorization", "Bearer dt-local-acme")
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  /** Bytes of the largest record that is on a topic now. */
  private int largest(LocalStack stack, Topic<?> topic) {
    int largest = 0;
    try (KafkaConsumer<String, ?> consumer = reader(stack, topic)) {
      Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<String, ?> found : consumer.poll(Duration.ofMillis(200))) {
          largest = Math.max(largest, found.serializedValueSize());
        }
      }
    }
    return largest;
  }

  private static LocalStack start(StackOptions options) {
    return LocalStack.start(options, ShippedControl::publish, StackProgress.silent());
  }

  private HttpResponse<String> get(URI base, String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE).build(),
        BodyHandlers.ofString());
  }

  private void submit(LocalStack stack, String requestId) throws Exception {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    InferenceRequest request =
        InferenceRequest.newBuilder()
            .setRequestId(requestId)
            .setTenant("acme")
            .setAccount("acme-batch")
            .setReplyKey(requestId)
            .setServiceClass(ServiceClass.INTERACTIVE)
            .setEndpoint("/v1/chat/completions")
            .setBody(
                """
                {"model":"llama-3.1-405b","temperature":0,
                 "messages":[{"role":"user","content":"How many apples are left?"}]}\
                """)
            .setAttributes(List.of())
            .setSubmittedAt(now)
            .setDeadline(now.plus(PATIENCE))
            .build();
    Map<String, Object> settings = stack.address().kafka().settings();
    try (KafkaProducer<String, InferenceRequest> producer =
        new KafkaProducer<>(
            settings, new StringSerializer(), Topics.REQUESTS.serde(registry(stack)))) {
      producer.send(new ProducerRecord<>(Topics.REQUESTS.name(), requestId, request)).get();
    }
  }

  private void awaitResult(LocalStack stack, String requestId, AnswerSource source) {
    try (KafkaConsumer<String, InferenceResult> consumer = reader(stack, Topics.RESULTS)) {
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                for (ConsumerRecord<String, InferenceResult> found :
                    consumer.poll(Duration.ofMillis(200))) {
                  if (found.value().getRequestId().equals(requestId)) {
                    assertThat(found.value().getErrorMessage()).isNull();
                    assertThat(found.value().getSource()).isEqualTo(source);
                    return true;
                  }
                }
                return false;
              });
    }
  }

  private void awaitExchangesInRollups(LocalStack stack, long exchanges) {
    Map<String, Long> ofRollup = new HashMap<>();
    try (KafkaConsumer<String, CostRollup> consumer = reader(stack, Topics.COST_ROLLUPS)) {
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                for (ConsumerRecord<String, CostRollup> found :
                    consumer.poll(Duration.ofMillis(200))) {
                  if (found.value().getPeriod() == Period.MONTH) {
                    ofRollup.put(found.key(), found.value().getExchanges());
                  }
                }
                return ofRollup.values().stream().mapToLong(Long::longValue).sum() == exchanges;
              });
    }
  }

  /** A reader of all of a topic's committed records, from the first. */
  private <V extends SpecificRecord> KafkaConsumer<String, V> reader(
      LocalStack stack, Topic<V> topic) {
    Map<String, Object> settings = stack.address().kafka().settings();
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    KafkaConsumer<String, V> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), topic.serde(registry(stack)));
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic.name()).stream()
            .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return consumer;
  }

  private int schemaId(LocalStack stack) {
    return registry(stack)
        .register(Topics.REQUESTS.name() + "-value", InferenceRequest.getClassSchema());
  }

  /** A registry without the memory of an earlier one. */
  private SchemaRegistry registry(LocalStack stack) {
    return SchemaRegistry.connect(
        stack.address().registry(), folder.resolve(UUID.randomUUID() + ".jsonl"));
  }
}
