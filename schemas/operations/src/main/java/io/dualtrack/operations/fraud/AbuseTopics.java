package io.dualtrack.operations.fraud;

import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The topics of the fraud team: what was alerted, and what was done about it. */
public final class AbuseTopics {

  private static final String TRANSACTIONAL_ID = "dualtrack-control-accounts";
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration POLL = Duration.ofMillis(250);

  private final KafkaAccess kafka;
  private final SchemaRegistry registry;

  public AbuseTopics(KafkaAccess kafka, SchemaRegistry registry) {
    this.kafka = kafka;
    this.registry = registry;
  }

  /** Every alert there is, in no order. */
  public List<AbuseAlert> alerts() {
    return new ArrayList<>(all(Topics.ABUSE_ALERTS));
  }

  /** Everything that was ever done about an account, in no order. */
  public ActionLog actions() {
    return new ActionLog(all(Topics.ABUSE_ACTIONS));
  }

  /**
   * Tells alerts as they come, until the thread is interrupted.
   *
   * @param earlier is told all there are first
   */
  public void follow(Consumer<List<AbuseAlert>> earlier, Consumer<AbuseAlert> next) {
    try (TopicScan<AbuseAlert> scan = scan(Topics.ABUSE_ALERTS)) {
      Map<String, AbuseAlert> known = new TreeMap<>();
      readToEnd(scan.fromBeginning(), Topics.ABUSE_ALERTS, known);
      earlier.accept(List.copyOf(known.values()));
      while (!Thread.currentThread().isInterrupted()) {
        scan.poll(
            POLL,
            key -> true,
            (key, alert) -> {
              if (alert != null) {
                next.accept(alert);
              }
            });
      }
    }
  }

  /**
   * Has a command decided on what was done so far, and writes what comes of it, all or nothing. Of
   * two at the same time the earlier one is fenced off.
   *
   * @throws org.apache.kafka.common.KafkaException if nothing was written
   */
  public ActionCommand.Outcome command(Function<ActionLog, ActionCommand.Outcome> decide) {
    Properties settings = new Properties();
    settings.putAll(kafka.client());
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrap());
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, TRANSACTIONAL_ID);
    settings.put(ProducerConfig.ACKS_CONFIG, "all");
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 30_000);
    try (KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      // First the fence, then the look: what is read now is what there is.
      producer.initTransactions();
      ActionCommand.Outcome outcome = decide.apply(actions());
      if (outcome instanceof ActionCommand.Outcome.Done done) {
        producer.beginTransaction();
        for (AccountAction action : done.actions()) {
          byte[] bytes =
              Topics.ABUSE_ACTIONS.serde(registry).serialize(Topics.ABUSE_ACTIONS.name(), action);
          // A record that cannot be written fails the commit; there is nothing to wait for here.
          var unused =
              producer.send(
                  new ProducerRecord<>(Topics.ABUSE_ACTIONS.name(), ActionLog.key(action), bytes));
        }
        producer.commitTransaction();
      }
      return outcome;
    }
  }

  private <V extends SpecificRecord> Collection<V> all(Topic<V> topic) {
    Map<String, V> records = new TreeMap<>();
    try (TopicScan<V> scan = scan(topic)) {
      readToEnd(scan.fromBeginning(), topic, records);
    }
    return records.values();
  }

  private static <V extends SpecificRecord> void readToEnd(
      TopicScan<V> scan, Topic<V> topic, Map<String, V> into) {
    boolean whole =
        scan.toEnd(
            PATIENCE,
            key -> true,
            (key, value) -> {
              if (value == null) {
                into.remove(key);
              } else {
                into.put(key, value);
              }
            });
    if (!whole) {
      throw new TimeoutException(
          "topic %s could not be read within %d minutes"
              .formatted(topic.name(), PATIENCE.toMinutes()));
    }
  }

  private <V extends SpecificRecord> TopicScan<V> scan(Topic<V> topic) {
    return new TopicScan<>(kafka, registry, topic);
  }
}
