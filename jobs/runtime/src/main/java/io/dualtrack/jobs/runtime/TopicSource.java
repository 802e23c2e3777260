package io.dualtrack.jobs.runtime;

import io.dualtrack.jobs.runtime.JobConfig.StartOffsets;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.TextSeal;
import io.dualtrack.schemas.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.Properties;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSource;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.types.Either;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.SerializableFunction;
import org.apache.flink.util.function.SerializableSupplier;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;

/**
 * A topic as two streams: its committed records, and the dead letters of those that nobody can
 * read.
 *
 * @param records of one partition in order
 * @param deadLetters to be written by {@link TopicSink#deadLetters}
 */
public record TopicSource<T>(DataStream<T> records, DataStream<DeadLetter> deadLetters) {

  /** How far records of a partition may be out of order in time. */
  private static final Duration DISORDER = Duration.ofSeconds(30);

  /** After this long without a record a partition no longer holds the watermark back. */
  private static final Duration IDLE = Duration.ofSeconds(10);

  /** Records that are handed from the consumer to its task at once. */
  private static final int MOST_AT_ONCE = 2_000;

  /**
   * A broker answers when it has so much, or after half a second: what a job makes of a record is
   * visible with a checkpoint only, and an answer for each small transaction costs both sides more
   * than its records do.
   */
  private static final int FETCH_BYTES = 64 * 1024;

  /**
   * A log, read from the checkpoint's offsets, else from where the config says.
   *
   * @param job name of the job, part of the group id
   * @param time when what a record tells of happened
   */
  public static <V extends SpecificRecord> TopicSource<V> log(
      StreamExecutionEnvironment env,
      JobConfig config,
      String job,
      Topic<V> topic,
      SerializableFunction<V, Instant> time) {
    return log(env, config, job, topic, time, RecordForm.Whole.of(topic));
  }

  /**
   * A log whose records have texts.
   *
   * @param texts gives what a task opens sealed ones with; a record whose text cannot be opened is
   *     read with it sealed
   */
  public static <V extends SpecificRecord> TopicSource<V> texts(
      StreamExecutionEnvironment env,
      JobConfig config,
      String job,
      Topic<V> topic,
      SerializableFunction<V, Instant> time,
      SerializableSupplier<TextSeal> texts) {
    return log(env, config, job, topic, time, RecordForm.Whole.of(topic, texts));
  }

  private static <V extends SpecificRecord> TopicSource<V> log(
      StreamExecutionEnvironment env,
      JobConfig config,
      String job,
      Topic<V> topic,
      SerializableFunction<V, Instant> time,
      RecordForm<V> form) {
    WatermarkStrategy<Either<DeadLetter, V>> watermarks =
        WatermarkStrategy.<Either<DeadLetter, V>>forBoundedOutOfOrderness(DISORDER)
            .withTimestampAssigner(
                (read, recordedAt) ->
                    read.isRight() ? time.apply(read.right()).toEpochMilli() : recordedAt)
            .withIdleness(IDLE);
    KafkaSource<Either<DeadLetter, V>> source =
        source(config, job, topic, form, start(config), null);
    return split(env.fromSource(source, watermarks, "read " + topic.name()), topic, form);
  }

  /**
   * A log as bytes: each record in Avro's binary encoding by today's schema, and without times.
   *
   * @param unread fields that the job has no use for; they have their defaults
   */
  public static <V extends SpecificRecord> TopicSource<byte[]> trimmedLog(
      StreamExecutionEnvironment env,
      JobConfig config,
      String job,
      Topic<V> topic,
      Set<String> unread) {
    RecordForm<byte[]> form = RecordForm.Trimmed.of(topic, unread);
    KafkaSource<Either<DeadLetter, byte[]>> source =
        source(config, job, topic, form, start(config), null);
    return split(
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "read " + topic.name()),
        topic,
        form);
  }

  private static OffsetsInitializer start(JobConfig config) {
    return config.start() == StartOffsets.EARLIEST
        ? OffsetsInitializer.earliest()
        : OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST);
  }

  /**
   * A table, read whole by one task: its records go into state, so that a job without a checkpoint
   * needs all of them.
   *
   * @param withdrawn the record that says to later operators that a key was deleted
   */
  public static <V extends SpecificRecord> TopicSource<V> table(
      StreamExecutionEnvironment env,
      JobConfig config,
      String job,
      Topic<V> topic,
      SerializableFunction<String, V> withdrawn) {
    RecordForm<V> form = RecordForm.Whole.of(topic);
    KafkaSource<Either<DeadLetter, V>> source =
        source(config, job, topic, form, OffsetsInitializer.earliest(), withdrawn);
    return split(
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "read " + topic.name())
            .setParallelism(1),
        topic,
        form);
  }

  private static <T> KafkaSource<Either<DeadLetter, T>> source(
      JobConfig config,
      String job,
      Topic<?> topic,
      RecordForm<T> form,
      OffsetsInitializer start,
      SerializableFunction<String, T> withdrawn) {
    String group = config.transactionalIdPrefix() + "-" + job;
    Properties client = new Properties();
    client.putAll(config.kafka().client());
    return KafkaSource.<Either<DeadLetter, T>>builder()
        .setBootstrapServers(config.kafka().bootstrap())
        .setProperties(client)
        .setTopics(topic.name())
        .setGroupId(group)
        .setClientIdPrefix(group + "-" + topic.name())
        .setStartingOffsets(start)
        .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
        .setProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, Integer.toString(MOST_AT_ONCE))
        .setProperty(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, Integer.toString(FETCH_BYTES))
        .setDeserializer(
            new RecordDecoder<>(topic.name(), form, config.registry(), "job-" + job, withdrawn))
        .build();
  }

  private static <T> TopicSource<T> split(
      DataStreamSource<Either<DeadLetter, T>> read, Topic<?> topic, RecordForm<T> form) {
    read.uid("read " + topic.name());
    OutputTag<DeadLetter> tag =
        new OutputTag<>("dead letters", RecordType.ofRecord(DeadLetter.class));
    SingleOutputStreamOperator<T> records =
        read.process(new Split<T>(tag), form.type())
            .setParallelism(read.getParallelism())
            .name("decode " + topic.name())
            .uid("decode " + topic.name());
    return new TopicSource<>(records, records.getSideOutput(tag));
  }

  private static final class Split<T> extends ProcessFunction<Either<DeadLetter, T>, T> {

    private static final long serialVersionUID = 1;

    private final OutputTag<DeadLetter> tag;

    Split(OutputTag<DeadLetter> tag) {
      this.tag = tag;
    }

    @Override
    public void processElement(Either<DeadLetter, T> read, Context context, Collector<T> out) {
      if (read.isRight()) {
        out.collect(read.right());
      } else {
        context.output(tag, read.left());
      }
    }
  }
}
