package io.dualtrack.jobs.runtime;

import io.dualtrack.jobs.runtime.JobConfig.StartOffsets;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.Topic;
import java.time.Duration;
import java.time.Instant;
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
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;

/**
 * A topic as two streams: its committed records, and the dead letters of those that nobody can
 * read.
 *
 * @param records of one partition in order
 * @param deadLetters to be written by {@link TopicSink#deadLetters}
 */
public record TopicSource<V extends SpecificRecord>(
    DataStream<V> records, DataStream<DeadLetter> deadLetters) {

  /** How far records of a partition may be out of order in time. */
  private static final Duration DISORDER = Duration.ofSeconds(30);

  /** After this long without a record a partition no longer holds the watermark back. */
  private static final Duration IDLE = Duration.ofSeconds(10);

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
    return log(env, config, job, topic, time, Set.of());
  }

  /**
   * A log of which the job does not need everything.
   *
   * @param unread fields that have their defaults in the records, see {@link AvroSerde}
   */
  public static <V extends SpecificRecord> TopicSource<V> log(
      StreamExecutionEnvironment env,
      JobConfig config,
      String job,
      Topic<V> topic,
      SerializableFunction<V, Instant> time,
      Set<String> unread) {
    OffsetsInitializer start =
        config.start() == StartOffsets.EARLIEST
            ? OffsetsInitializer.earliest()
            : OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST);
    WatermarkStrategy<Either<DeadLetter, V>> watermarks =
        WatermarkStrategy.<Either<DeadLetter, V>>forBoundedOutOfOrderness(DISORDER)
            .withTimestampAssigner(
                (read, recordedAt) ->
                    read.isRight() ? time.apply(read.right()).toEpochMilli() : recordedAt)
            .withIdleness(IDLE);
    KafkaSource<Either<DeadLetter, V>> source = source(config, job, topic, start, null, unread);
    return split(env.fromSource(source, watermarks, "read " + topic.name()), topic);
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
    KafkaSource<Either<DeadLetter, V>> source =
        source(config, job, topic, OffsetsInitializer.earliest(), withdrawn, Set.of());
    return split(
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "read " + topic.name())
            .setParallelism(1),
        topic);
  }

  private static <V extends SpecificRecord> KafkaSource<Either<DeadLetter, V>> source(
      JobConfig config,
      String job,
      Topic<V> topic,
      OffsetsInitializer start,
      SerializableFunction<String, V> withdrawn,
      Set<String> unread) {
    String group = config.transactionalIdPrefix() + "-" + job;
    return KafkaSource.<Either<DeadLetter, V>>builder()
        .setBootstrapServers(config.bootstrap())
        .setTopics(topic.name())
        .setGroupId(group)
        .setClientIdPrefix(group + "-" + topic.name())
        .setStartingOffsets(start)
        .setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
        .setDeserializer(
            new RecordDecoder<>(topic, config.registry(), "job-" + job, withdrawn, unread))
        .build();
  }

  private static <V extends SpecificRecord> TopicSource<V> split(
      DataStreamSource<Either<DeadLetter, V>> read, Topic<V> topic) {
    read.uid("read " + topic.name());
    OutputTag<DeadLetter> tag =
        new OutputTag<>("dead letters", RecordType.ofRecord(DeadLetter.class));
    SingleOutputStreamOperator<V> records =
        read.process(new Split<V>(tag), RecordType.ofRecord(topic.valueType()))
            .setParallelism(read.getParallelism())
            .name("decode " + topic.name())
            .uid("decode " + topic.name());
    return new TopicSource<>(records, records.getSideOutput(tag));
  }

  private static final class Split<V> extends ProcessFunction<Either<DeadLetter, V>, V> {

    private static final long serialVersionUID = 1;

    private final OutputTag<DeadLetter> tag;

    Split(OutputTag<DeadLetter> tag) {
      this.tag = tag;
    }

    @Override
    public void processElement(Either<DeadLetter, V> read, Context context, Collector<V> out) {
      if (read.isRight()) {
        out.collect(read.right());
      } else {
        context.output(tag, read.left());
      }
    }
  }
}
