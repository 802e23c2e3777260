package io.dualtrack.local.redteam;

import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.RedTeamResult;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Where results are kept: the last one of each offering, version and kind. */
public final class RedTeamResults {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

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

  /** The last results of an offering as it is now, by kind. */
  public List<RedTeamResult> of(Offering offering) {
    Map<String, RedTeamResult> latest = new TreeMap<>();
    String version = ProbeRun.version(offering);
    try (TopicScan<RedTeamResult> scan =
        new TopicScan<>(kafka, registry, Topics.RED_TEAM_RESULTS)) {
      boolean whole =
          scan.fromBeginning()
              .toEnd(PATIENCE, key -> key.startsWith(offering.getId() + "|"), latest::put);
      if (!whole) {
        throw new TimeoutException(
            "topic %s could not be read within %d s"
                .formatted(Topics.RED_TEAM_RESULTS.name(), PATIENCE.toSeconds()));
      }
    }
    return latest.values().stream()
        .filter(Objects::nonNull)
        .filter(each -> each.getVersion().equals(version))
        .toList();
  }

  private static String key(RedTeamResult result) {
    return String.join("|", result.getOffering(), result.getVersion(), result.getKind());
  }
}
