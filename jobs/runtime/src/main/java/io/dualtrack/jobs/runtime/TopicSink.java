package io.dualtrack.jobs.runtime;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.RecordEncoder;
import io.dualtrack.schemas.RecordWriter;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.serialization.SerializationSchema.InitializationContext;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.util.function.SerializableFunction;
import org.apache.flink.util.function.SerializableSupplier;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Writes a stream to a topic exactly once: what a checkpoint covers is committed with it. */
public final class TopicSink {

  /**
   * Below the broker's maximum of 15 minutes, which Kafka's default for Flink exceeds. A job that
   * is down for longer than this between a checkpoint and its commit loses that checkpoint's
   * output.
   */
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(10);

  /** Nobody sees a record before its checkpoint, so that it may wait for others. */
  private static final Duration LINGER = Duration.ofMillis(100);

  private static final int BATCH_BYTES = 128 * 1024;

  private TopicSink() {}

  /**
   * Adds the only sink of a topic to the job.
   *
   * @param job name of the job, part of the transactional ids
   * @param key the record's key, see {@link Topic#key}
   */
  public static <V extends SpecificRecord> void write(
      DataStream<V> stream,
      JobConfig config,
      String job,
      Topic<V> topic,
      SerializableFunction<V, String> key) {
    write(stream, config, job, topic, key, topic.name());
  }

  /**
   * Adds one of several sinks of a topic to the job: streams that are not united first go to Kafka
   * from the task that made them, and not over the network to another.
   *
   * @param name unique in the job, part of the transactional ids
   */
  public static <V extends SpecificRecord> void write(
      DataStream<V> stream,
      JobConfig config,
      String job,
      Topic<V> topic,
      SerializableFunction<V, String> key,
      String name) {
    Class<V> type = topic.valueType();
    write(stream, config, job, topic, key, name, () -> new RecordEncoder<>(type));
  }

  /**
   * Adds a sink with a writer of its own for the records.
   *
   * @param writer gives one for a task; its bytes are those of {@link RecordEncoder}
   */
  public static <V extends SpecificRecord> void write(
      DataStream<V> stream,
      JobConfig config,
      String job,
      Topic<V> topic,
      SerializableFunction<V, String> key,
      String name,
      SerializableSupplier<RecordWriter<V>> writer) {
    Properties client = new Properties();
    client.putAll(config.kafka().client());
    KafkaSink<V> sink =
        KafkaSink.<V>builder()
            .setBootstrapServers(config.kafka().bootstrap())
            .setKafkaProducerConfig(client)
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix(config.transactionalIdPrefix() + "-" + job + "-" + name)
            // A fixed set of transactional ids; the other strategy leaves the broker a new id with
            // every checkpoint, for a week.
            .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
            .setProperty(
                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                Long.toString(TRANSACTION_TIMEOUT.toMillis()))
            .setProperty(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4")
            .setProperty(ProducerConfig.BATCH_SIZE_CONFIG, Integer.toString(BATCH_BYTES))
            .setProperty(ProducerConfig.LINGER_MS_CONFIG, Long.toString(LINGER.toMillis()))
            .setRecordSerializer(new Encoder<>(topic, config.registry(), key, writer))
            .build();
    stream.sinkTo(sink).name("write " + name).uid("write " + name);
  }

  /** Adds the one sink of a job's dead letters. */
  public static void deadLetters(
      List<DataStream<DeadLetter>> streams, JobConfig config, String job) {
    streams.stream()
        .reduce(DataStream::union)
        .ifPresent(
            letters ->
                write(
                    letters,
                    config,
                    job,
                    Topics.DEAD_LETTERS,
                    letter ->
                        letter.getTopic()
                            + "-"
                            + letter.getPartition()
                            + "-"
                            + letter.getOffset()));
  }

  /**
   * Leaves the record's time to the producer. Flink's own schema would take the event's: one
   * exchange with a time in the future, and the broker refuses the record for ever.
   */
  private static final class Encoder<V extends SpecificRecord>
      implements KafkaRecordSerializationSchema<V>, KafkaDatasetFacetProvider {

    private static final long serialVersionUID = 1;

    private final String topicName;
    private final Class<V> type;
    private final RegistryLocation registry;
    private final SerializableFunction<V, String> key;
    private final SerializableSupplier<RecordWriter<V>> writer;

    private transient AvroSerde<V> serde;

    Encoder(
        Topic<V> topic,
        RegistryLocation registry,
        SerializableFunction<V, String> key,
        SerializableSupplier<RecordWriter<V>> writer) {
      this.topicName = topic.name();
      this.type = topic.valueType();
      this.registry = registry;
      this.key = key;
      this.writer = writer;
    }

    @Override
    public void open(InitializationContext context, KafkaSinkContext sink) {
      serde = new AvroSerde<>(registry.connect(), type, writer.get());
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(V value, KafkaSinkContext sink, Long time) {
      return new ProducerRecord<>(
          topicName,
          key.apply(value).getBytes(StandardCharsets.UTF_8),
          serde.serialize(topicName, value));
    }

    @Override
    public Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
      return Optional.of(
          new DefaultKafkaDatasetFacet(DefaultKafkaDatasetIdentifier.ofTopics(List.of(topicName))));
    }
  }
}
