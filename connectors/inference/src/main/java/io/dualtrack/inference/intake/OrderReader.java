package io.dualtrack.inference.intake;

import io.dualtrack.inference.records.RecordDecoder;
import io.dualtrack.inference.records.RecordDecoder.Decoded;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topics;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topics of a lane's orders, and what is in their records. */
final class OrderReader {

  private static final Logger LOG = LoggerFactory.getLogger(OrderReader.class);

  private final Map<String, RecordDecoder<DispatchOrder>> decoders = new HashMap<>();
  private final Map<String, ServiceClass> classes = new LinkedHashMap<>();
  private final AvroSerde<DeadLetter> deadLetters;
  private final InstantSource clock;

  OrderReader(Lane lane, SchemaRegistry registry, InstantSource clock) {
    for (ServiceClass each : ServiceClass.values()) {
      var topic = Topics.orders(lane, each);
      decoders.put(topic.name(), new RecordDecoder<>(topic, registry));
      classes.put(topic.name(), each);
    }
    this.deadLetters = Topics.DEAD_LETTERS.serde(registry);
    this.clock = clock;
  }

  Set<String> topics() {
    return classes.keySet();
  }

  ServiceClass serviceClass(String topic) {
    return classes.get(topic);
  }

  Decoded<DispatchOrder> decode(ConsumerRecord<String, byte[]> record) {
    return decoders.get(record.topic()).decode(record.value());
  }

  /** Where to find an order that cannot be read, and why. */
  ProducerRecord<String, byte[]> deadLetter(
      ConsumerRecord<String, byte[]> record, Decoded<DispatchOrder> unreadable) {
    String cause =
        unreadable instanceof Decoded.Poison<DispatchOrder> poison
            ? poison.message()
            : "the record has no value";
    LOG.error(
        "unreadable order; topic={} partition={} offset={} cause={}",
        record.topic(),
        record.partition(),
        record.offset(),
        cause);
    DeadLetter letter =
        DeadLetter.newBuilder()
            .setTopic(record.topic())
            .setPartition(record.partition())
            .setOffset(record.offset())
            .setRecordedAt(Instant.ofEpochMilli(Math.max(0, record.timestamp())))
            .setComponent("dispatcher")
            .setErrorCode("unreadable_order")
            .setErrorMessage(cause)
            .setAt(clock.instant())
            .build();
    String topic = Topics.DEAD_LETTERS.name();
    return new ProducerRecord<>(
        topic,
        "%s-%d-%d".formatted(record.topic(), record.partition(), record.offset()),
        deadLetters.serialize(topic, letter));
  }
}
