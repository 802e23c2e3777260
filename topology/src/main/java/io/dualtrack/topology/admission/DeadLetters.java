package io.dualtrack.topology.admission;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import io.dualtrack.topology.TopologyMeters;
import io.dualtrack.topology.settlement.Ending;
import io.dualtrack.topology.settlement.Outbox;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.streams.errors.ErrorHandlerContext;

/**
 * Writes what Streams' error handlers send: they give records as bytes, in the transaction of the
 * record that failed.
 */
public final class DeadLetters {

  /** Name in Streams' configuration under which its handlers find the one of their topology. */
  public static final String CONFIG = "dualtrack.dead.letters";

  private static final String COMPONENT = "topology";

  private final AvroSerde<DeadLetter> letters;
  private final SchemaRegistry registry;
  private final TopologyMeters meters;

  public DeadLetters(SchemaRegistry registry, TopologyMeters meters) {
    this.registry = registry;
    this.meters = meters;
    this.letters = Topics.DEAD_LETTERS.serde(registry);
  }

  static DeadLetters configured(Map<String, ?> configs) {
    return (DeadLetters) configs.get(CONFIG);
  }

  static DeadLetter letter(
      String topic,
      int partition,
      long offset,
      long timestamp,
      String code,
      String message,
      Instant now) {
    return DeadLetter.newBuilder()
        .setTopic(topic)
        .setPartition(partition)
        .setOffset(offset)
        .setRecordedAt(Instant.ofEpochMilli(Math.max(0, timestamp)))
        .setComponent(COMPONENT)
        .setErrorCode(code)
        .setErrorMessage(message)
        .setAt(now)
        .build();
  }

  /** The dead letter of the record that a handler was asked about. */
  ProducerRecord<byte[], byte[]> record(
      ErrorHandlerContext context, String code, String message, Instant now) {
    meters.deadLetter(context.topic(), code);
    String key = context.topic() + "-" + context.partition() + "-" + context.offset();
    DeadLetter letter =
        letter(
            context.topic(),
            context.partition(),
            context.offset(),
            context.timestamp(),
            code,
            message,
            now);
    return new ProducerRecord<>(
        Topics.DEAD_LETTERS.name(),
        key.getBytes(StandardCharsets.UTF_8),
        letters.serialize(Topics.DEAD_LETTERS.name(), letter));
  }

  /** The result and the exchange of a request that ends because of a failure. */
  List<ProducerRecord<byte[], byte[]>> records(Ending ending) {
    meters.ended(ending.result());
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    records.add(record(Topics.RESULTS, ending.result().getReplyKey(), ending.result()));
    records.add(record(Topics.EXCHANGES, ending.exchange().getTenant(), ending.exchange()));
    Outbox.settlement(ending.facts(), ending.exchange())
        .ifPresent(event -> records.add(record(Topics.BUDGETS, event.getTenant(), event)));
    return records;
  }

  private <V extends SpecificRecord> ProducerRecord<byte[], byte[]> record(
      Topic<V> topic, String key, V value) {
    return new ProducerRecord<>(
        topic.name(),
        key.getBytes(StandardCharsets.UTF_8),
        topic.serde(registry).serialize(topic.name(), value));
  }
}
