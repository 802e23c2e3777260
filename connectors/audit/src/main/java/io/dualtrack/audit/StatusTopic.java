package io.dualtrack.audit;

import io.dualtrack.schemas.AuditStatus;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SealingStatus;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.VerificationStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says on a topic how the trail stands. What cannot be said is left out and logged: sealing goes on
 * without it, and whoever reads the topic sees that its last word is old.
 */
final class StatusTopic implements AutoCloseable {

  static final String SEALING = "sealing";
  static final String VERIFICATION = "verification";

  private static final Logger LOG = LoggerFactory.getLogger(StatusTopic.class);

  /** A broker that does not answer must not keep the sealer from the next second's records. */
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private static final Duration CLOSE = Duration.ofSeconds(2);

  private final KafkaProducer<String, byte[]> producer;
  private final AvroSerde<AuditStatus> serde;

  StatusTopic(KafkaAccess kafka, SchemaRegistry registry) {
    Map<String, Object> settings = kafka.settings();
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE.toMillis());
    this.producer =
        new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    this.serde = Topics.AUDIT_STATUS.serde(registry);
  }

  void sealing(Instant at, SealingStatus sealing) {
    send(SEALING, new AuditStatus(at.truncatedTo(ChronoUnit.MILLIS), sealing, null));
  }

  void verification(Instant at, VerificationStatus verification) {
    send(VERIFICATION, new AuditStatus(at.truncatedTo(ChronoUnit.MILLIS), null, verification));
  }

  private void send(String key, AuditStatus status) {
    try {
      String topic = Topics.AUDIT_STATUS.name();
      producer.send(
          new ProducerRecord<>(topic, key, serde.serialize(topic, status)),
          (metadata, failure) -> {
            if (failure != null) {
              notSaid(key, failure);
            }
          });
    } catch (RuntimeException e) {
      notSaid(key, e);
    }
  }

  private static void notSaid(String key, Exception cause) {
    LOG.warn("how the trail stands was not said; key={} cause={}", key, cause.getMessage());
  }

  @Override
  public void close() {
    producer.close(CLOSE);
  }
}
