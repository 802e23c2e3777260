package io.dualtrack.bench.topology;

import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.stack.Broker;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.TopicProvisioner;
import io.dualtrack.topology.TopologyConfig;
import io.dualtrack.topology.TopologyService;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A broker with the shipped control records, a topology, and whoever writes to it and counts. */
final class TopologyRig implements AutoCloseable {

  private static final int PARTITIONS = StackOptions.DEFAULT_PARTITIONS;
  private static final Duration POLL = Duration.ofMillis(50);

  /** A store of millions is restored in less. */
  private static final Duration PATIENCE = Duration.ofMinutes(20);

  /** Without a record, in which nothing more is to be expected. */
  private static final Duration SILENCE = Duration.ofSeconds(90);

  private static final String INSTANCE = "0";

  private final SchemaRegistry registry = SchemaRegistry.inMemory();
  private final TopologyConfig config;
  private final Broker broker;
  private final KafkaProducer<String, byte[]> producer;
  private final List<Reader> readers = new ArrayList<>();
  private TopologyService topology;

  TopologyRig(Path folder) throws Exception {
    broker = Broker.alone(folder.resolve("broker"));
    KafkaAccess kafka = KafkaAccess.at(broker.bootstrap());
    Path data = folder.resolve("data");
    // Schemas come from memory, so nobody asks a registry.
    config = TopologyConfig.local(kafka, URI.create("http://unused"), data, INSTANCE, PARTITIONS);
    try (Admin admin = Admin.create(kafka.settings())) {
      new TopicProvisioner(admin, PARTITIONS).provision();
    }
    ShippedControl.publish(
        kafka, registry, SigningKey.openOrCreate(data.resolve(LocalStack.POLICY_KEY)));
    Map<String, Object> settings = new HashMap<>(kafka.settings());
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
  }

  SchemaRegistry registry() {
    return registry;
  }

  TopologyConfig config() {
    return config;
  }

  /** Makes a topic as parallel as the pipeline's. */
  void topic(String name) throws Exception {
    try (Admin admin = Admin.create(config.kafka().settings())) {
      admin.createTopics(List.of(new NewTopic(name, PARTITIONS, (short) 1))).all().get();
    }
  }

  /** Starts a topology, and returns how long it took until it processed every partition. */
  Duration startTopology() throws Exception {
    long begin = System.nanoTime();
    topology = new TopologyService(config, registry, new SimpleMeterRegistry());
    topology.start();
    topology.ready().get(PATIENCE.toMinutes(), TimeUnit.MINUTES);
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  void stopTopology() {
    if (topology != null) {
      topology.close();
      topology = null;
    }
  }

  /** Writes records as fast as it goes; returns when the broker has them. */
  void write(String topic, List<Keyed> records) {
    for (Keyed record : records) {
      producer.send(new ProducerRecord<>(topic, record.key(), record.value()));
    }
    producer.flush();
  }

  /** Who reads what is committed to topics from now on; closed with this. */
  Reader reader(List<String> topics) {
    Reader reader = new Reader(config.kafka(), topics);
    readers.add(reader);
    return reader;
  }

  /** A record whose value is written already. */
  record Keyed(String key, byte[] value) {}

  /** Reads what is committed. */
  static final class Reader implements AutoCloseable {

    private final KafkaConsumer<String, byte[]> consumer;

    private Reader(KafkaAccess kafka, List<String> topics) {
      Map<String, Object> settings = new HashMap<>(kafka.settings());
      settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
      settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
      consumer =
          new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
      List<TopicPartition> partitions =
          topics.stream()
              .flatMap(topic -> consumer.partitionsFor(topic).stream())
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToEnd(partitions);
      partitions.forEach(consumer::position);
    }

    /**
     * Waits for so many records.
     *
     * @throws IOException if nothing comes any more, or more than they
     */
    List<Keyed> read(int count) throws IOException {
      List<Keyed> read = new ArrayList<>(count);
      Instant until = Instant.now().plus(SILENCE);
      while (read.size() < count) {
        ConsumerRecords<String, byte[]> some = consumer.poll(POLL);
        for (ConsumerRecord<String, byte[]> record : some) {
          read.add(new Keyed(record.key(), record.value()));
        }
        if (!some.isEmpty()) {
          until = Instant.now().plus(SILENCE);
        } else if (Instant.now().isAfter(until)) {
          throw new IOException("only %d of %d records came".formatted(read.size(), count));
        }
      }
      if (read.size() > count) {
        throw new IOException("%d records came in place of %d".formatted(read.size(), count));
      }
      return read;
    }

    @Override
    public void close() {
      consumer.close();
    }
  }

  @Override
  public void close() {
    stopTopology();
    readers.forEach(Reader::close);
    producer.close();
    broker.close();
  }
}
