package io.dualtrack.local.redteam;

import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.RedTeamResult;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Where results are kept: the last one of each offering, version and kind. */
public final class RedTeamResults {

  private final KafkaAccess kafka;
  private final SchemaRegistry registry;

  public RedTeamResults(KafkaAccess kafka, SchemaRegistry registry) {
    this.kafka = kafka;
    this.registry = registry;
  }

  /**
   * @throws KafkaException if they were not all written
   */
  public void publish(Collection<RedTeamResult> results) throws InterruptedException {
    Map<String, Object> settings = kafka.settings();
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      for (RedTeamResult result : results) {
        String topic = Topics.RED_TEAM_RESULTS.name();
        byte[] value = Topics.RED_TEAM_RESULTS.serde(registry).serialize(topic, result);
        producer.send(new ProducerRecord<>(topic, key(result), value)).get();
      }
    } catch (ExecutionException e) {
      throw new KafkaException("a result of the red team was not written", e.getCause());
    }
  }

  private static String key(RedTeamResult result) {
    return String.join("|", result.getOffering(), result.getVersion(), result.getKind());
  }
}
