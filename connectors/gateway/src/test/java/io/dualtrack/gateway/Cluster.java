package io.dualtrack.gateway;

import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.TopicProvisioner;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.test.KafkaClusterTestKit;
import org.apache.kafka.common.test.TestKitNodes;

/** A real broker with the catalogue's topics, and a registry in memory. */
public final class Cluster implements AutoCloseable {

  private final KafkaClusterTestKit kit;
  private final SchemaRegistry registry = SchemaRegistry.inMemory();
  private final KafkaProducer<String, byte[]> producer;
  private final Admin admin;

  public Cluster(int partitions) throws Exception {
    kit =
        new KafkaClusterTestKit.Builder(
                new TestKitNodes.Builder()
                    .setCombined(true)
                    .setNumBrokerNodes(1)
                    .setNumControllerNodes(1)
                    .build())
            .setConfigProp("offsets.topic.replication.factor", "1")
            .setConfigProp("offsets.topic.num.partitions", "1")
            .setConfigProp("transaction.state.log.replication.factor", "1")
            .setConfigProp("transaction.state.log.min.isr", "1")
            .setConfigProp("transaction.state.log.num.partitions", "1")
            .setConfigProp("group.initial.rebalance.delay.ms", "0")
            .setConfigProp("auto.create.topics.enable", "false")
            .build();
    kit.format();
    kit.startup();
    kit.waitForReadyBrokers();
    admin = Admin.create(Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap()));
    new TopicProvisioner(admin, partitions).provision();
    Properties settings = new Properties();
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap());
    producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
  }

  public String bootstrap() {
    return kit.bootstrapServers();
  }

  public SchemaRegistry registry() {
    return registry;
  }

  public <V extends SpecificRecord> void send(Topic<V> topic, String key, V value) {
    sendRaw(topic, key, topic.serde(registry).serialize(topic.name(), value));
  }

  public void sendRaw(Topic<?> topic, String key, byte[] value) {
    producer.send(new ProducerRecord<>(topic.name(), key, value));
  }

  public void flush() {
    producer.flush();
  }

  public Admin admin() {
    return admin;
  }

  public <V extends SpecificRecord> Reader<V> reader(Topic<V> topic) {
    return new Reader<>(topic);
  }

  /** Reads a topic from its beginning, committed records only. */
  public final class Reader<V extends SpecificRecord> implements AutoCloseable {
    private final Topic<V> topic;
    private final KafkaConsumer<String, byte[]> consumer;
    private final List<V> read = new java.util.ArrayList<>();

    private Reader(Topic<V> topic) {
      this.topic = topic;
      Map<String, Object> settings = new HashMap<>();
      settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap());
      settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
      consumer =
          new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
    }

    /** All that was read so far, in the order of arrival. */
    public List<V> read() {
      consumer
          .poll(java.time.Duration.ofMillis(100))
          .forEach(
              record -> read.add(topic.serde(registry).deserialize(topic.name(), record.value())));
      return read;
    }

    @Override
    public void close() {
      consumer.close();
    }
  }

  @Override
  public void close() throws Exception {
    producer.close();
    admin.close();
    kit.close();
  }
}
