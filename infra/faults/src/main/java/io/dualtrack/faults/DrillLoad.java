package io.dualtrack.faults;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A native producer that asks at an even pace whatever becomes of what it asked: through the
 * gateway, refusals would draw the next lines and the drill would end the load.
 */
final class DrillLoad implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofMinutes(10);

  private final KafkaProducer<String, byte[]> producer;
  private final AvroSerde<InferenceRequest> requests;
  private final SchemaRegistry registry;
  private final List<String> models;
  private final Set<String> sent = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
  private int next;

  /**
   * @param models asked for in turn
   */
  DrillLoad(KafkaAccess kafka, SchemaRegistry registry, List<String> models) {
    this.registry = registry;
    this.requests = Topics.REQUESTS.serde(registry);
    this.models = List.copyOf(models);
    Map<String, Object> config = kafka.settings();
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    this.producer = new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
  }

  void start(int perSecond) {
    registry.register(Topics.REQUESTS.name() + "-value", InferenceRequest.getClassSchema());
    var unused =
        pace.scheduleAtFixedRate(
            this::ask, 0, TimeUnit.SECONDS.toMicros(1) / perSecond, TimeUnit.MICROSECONDS);
  }

  private void ask() {
    String id = "drill-" + next;
    String model = models.get(next % models.size());
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    next++;
    InferenceRequest request =
        InferenceRequest.newBuilder()
            .setRequestId(id)
            .setTenant(SuspensionControl.TENANT)
            .setAccount("acme-batch")
            .setReplyKey(id)
            .setServiceClass(ServiceClass.BATCH)
            .setEndpoint("/v1/chat/completions")
            .setBody(
                "{\"model\":\"%s\",\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":\"question %s\"}]}"
                    .formatted(model, id))
            .setAttributes(List.of())
            .setSubmittedAt(now)
            .setDeadline(now.plus(DEADLINE))
            .build();
    byte[] value = requests.serialize(Topics.REQUESTS.name(), request);
    // Counted before it is acknowledged: what is not would be found missing.
    sent.add(id);
    var unused = producer.send(new ProducerRecord<>(Topics.REQUESTS.name(), id, value));
  }

  /** Ids of all requests so far. */
  Set<String> sent() {
    return Set.copyOf(sent);
  }

  /** Asks no more; everything that was asked is in the topic. */
  @Override
  public void close() throws InterruptedException {
    pace.shutdown();
    if (!pace.awaitTermination(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the load does not end");
    }
    producer.close();
  }
}
