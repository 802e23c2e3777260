package io.dualtrack.jobs.runtime;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table read whole, at once, up to where it ends now: what a task has to know before its first
 * record of another topic. {@link TopicSource#table} gives the same records and all later ones, but
 * nobody can say when it has given the present ones.
 */
public final class TopicTable {

  private static final Logger LOG = LoggerFactory.getLogger(TopicTable.class);
  private static final Duration POLL = Duration.ofMillis(200);

  private TopicTable() {}

  /**
   * The last record of each key; those that were withdrawn, or that nobody can read, are left out.
   *
   * @param topic need not exist
   * @throws SerializationException if the registry does not answer: what is left out then would be
   *     missing for ever
   */
  public static <V extends SpecificRecord> Map<String, V> read(JobConfig config, Topic<V> topic) {
    Properties settings = new Properties();
    settings.putAll(config.kafka().settings());
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    Map<String, V> table = new LinkedHashMap<>();
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      AvroSerde<V> serde = new AvroSerde<>(config.registry().connect(), topic.valueType());
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          take(serde, topic, record, table);
        }
      }
    }
    return table;
  }

  private static <V extends SpecificRecord> void take(
      AvroSerde<V> serde,
      Topic<V> topic,
      ConsumerRecord<String, byte[]> record,
      Map<String, V> table) {
    if (record.value() == null) {
      table.remove(record.key());
      return;
    }
    try {
      table.put(record.key(), serde.deserialize(topic.name(), record.value()));
    } catch (SerializationException e) {
      if (SchemaRegistry.isBehind(e)) {
        throw e;
      }
      LOG.warn(
          "left out a record that nobody can read; topic={} partition={} offset={}",
          record.topic(),
          record.partition(),
          record.offset());
    }
  }
}
