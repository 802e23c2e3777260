package io.dualtrack.bench.cost;

import io.dualtrack.jobs.runtime.Checkpoints;
import io.dualtrack.jobs.runtime.JobConfig;
import io.dualtrack.jobs.runtime.RegistryLocation;
import io.dualtrack.local.stack.Broker;
import io.dualtrack.local.stack.RegistryServer;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.TopicProvisioner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.apache.avro.specific.SpecificRecord;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A broker, a registry and a Flink cluster of two slots in this process, for one job at a time. */
public final class JobRig implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(20);
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(200);
  private static final int PARTITIONS = 4;
  private static final int SLOTS = 2;

  private final Path folder;
  private final Broker broker;
  private final RegistryServer registryServer;
  private final SchemaRegistry registry;
  private final MiniCluster cluster;
  private final Admin admin;
  private final JobConfig config;
  private JobID job;

  private JobRig(
      Path folder, Broker broker, RegistryServer registryServer, Duration checkpointInterval)
      throws Exception {
    this.folder = folder;
    this.broker = broker;
    this.registryServer = registryServer;
    RegistryLocation location =
        new RegistryLocation(
            registryServer.url(), folder.resolve("registry-cache.jsonl").toString());
    registry = location.connect();
    admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
    new TopicProvisioner(admin, PARTITIONS).provision();
    config =
        JobConfig.of(KafkaAccess.at(broker.bootstrap()), location)
            .withCheckpointInterval(checkpointInterval)
            .withParallelism(SLOTS);
    Configuration settings = new Configuration();
    settings.set(RestOptions.BIND_PORT, "0");
    settings.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(8));
    settings.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(64));
    settings.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(64));
    cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(settings)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(SLOTS)
                .build());
    cluster.start();
  }

  public static JobRig start(Path folder, Duration checkpointInterval) throws Exception {
    Files.createDirectories(folder);
    Broker broker = Broker.alone(folder.resolve("kafka"));
    RegistryServer registry = RegistryServer.alone(folder.resolve("registry"));
    return new JobRig(folder, broker, registry, checkpointInterval);
  }

  public JobConfig config() {
    return config;
  }

  /** A topic that is not in the catalogue. */
  public void create(Topic<?> topic) throws Exception {
    admin
        .createTopics(List.of(new NewTopic(topic.name(), topic.partitions(PARTITIONS), (short) 1)))
        .all()
        .get();
  }

  /** A producer of bytes; see {@link #bytes}. */
  public KafkaProducer<String, byte[]> producer() {
    Properties settings = new Properties();
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrap());
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 20);
    settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 * 1024);
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
  }

  public <V extends SpecificRecord> Function<V, byte[]> encoder(Topic<V> topic) {
    var serde = topic.serde(registry);
    return value -> serde.serialize(topic.name(), value);
  }

  public <V extends SpecificRecord> void publish(
      Topic<V> topic, Function<V, String> key, List<V> records) {
    Function<V, byte[]> encoder = encoder(topic);
    try (KafkaProducer<String, byte[]> producer = producer()) {
      for (V record : records) {
        producer.send(new ProducerRecord<>(topic.name(), key.apply(record), encoder.apply(record)));
      }
    }
  }

  /** Every committed record of a topic, up to its end now. */
  public <V extends SpecificRecord> void readAll(Topic<V> topic, Consumer<V> reader)
      throws Exception {
    var serde = topic.serde(registry);
    Properties settings = new Properties();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrap());
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = partitions(topic);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer
            .poll(BETWEEN_QUESTIONS)
            .forEach(record -> reader.accept(serde.deserialize(topic.name(), record.value())));
      }
    }
  }

  /** Submits a job, from its newest checkpoint where it has one, and waits until all of it runs. */
  public void submit(String name, Consumer<StreamExecutionEnvironment> definition)
      throws Exception {
    Path checkpoints = folder.resolve("checkpoints-" + name);
    Configuration settings = new Configuration();
    settings.set(StateBackendOptions.STATE_BACKEND, "hashmap");
    settings.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    settings.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    settings.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    settings.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 50);
    settings.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(200));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(settings);
    definition.accept(env);
    JobGraph graph = env.getStreamGraph().getJobGraph();
    Optional<Path> newest = Checkpoints.latest(checkpoints);
    newest.ifPresent(
        path ->
            graph.setSavepointRestoreSettings(
                SavepointRestoreSettings.forPath(path.toUri().toString())));
    cluster.submitJob(graph).get(1, TimeUnit.MINUTES);
    job = graph.getJobID();
    await("the job runs", this::runs);
  }

  /** Ends the job without a savepoint: what no checkpoint covers is to be done again. */
  public void cancel() throws Exception {
    cluster.cancelJob(job).get(1, TimeUnit.MINUTES);
    await("the job ended", () -> cluster.getJobStatus(job).get().isGloballyTerminalState());
  }

  /** Takes the machine away from under the job, and gives it another. */
  public void killTaskManager() throws Exception {
    cluster.terminateTaskManager(0).get(1, TimeUnit.MINUTES);
    cluster.startTaskManager();
  }

  /**
   * Waits until a checkpoint covers a topic up to its end.
   *
   * @param job name, part of the group that commits with each checkpoint
   */
  public void awaitRead(String job, Topic<?> topic) throws Exception {
    awaitRead(job, topic, behind -> {});
  }

  /**
   * @param progress told again and again how many records are left
   */
  public void awaitRead(String job, Topic<?> topic, LongConsumer progress) throws Exception {
    await(
        "the job read everything",
        () -> {
          long behind = behind(job, topic);
          progress.accept(behind);
          return behind == 0;
        });
  }

  /** Records of a topic that no checkpoint of a job covers yet. */
  public long behind(String job, Topic<?> topic) throws Exception {
    Map<TopicPartition, OffsetAndMetadata> committed =
        admin
            .listConsumerGroupOffsets(config.transactionalIdPrefix() + "-" + job)
            .partitionsToOffsetAndMetadata()
            .get();
    var ends =
        admin
            .listOffsets(
                partitions(topic).stream()
                    .collect(Collectors.toMap(each -> each, each -> OffsetSpec.latest())))
            .all()
            .get();
    return ends.entrySet().stream()
        .mapToLong(
            end -> {
              OffsetAndMetadata read = committed.get(end.getKey());
              return end.getValue().offset() - (read == null ? 0 : read.offset());
            })
        .sum();
  }

  private static List<TopicPartition> partitions(Topic<?> topic) {
    return java.util.stream.IntStream.range(0, topic.partitions(PARTITIONS))
        .mapToObj(partition -> new TopicPartition(topic.name(), partition))
        .toList();
  }

  private boolean runs() throws Exception {
    if (cluster.getJobStatus(job).get() != JobStatus.RUNNING) {
      return false;
    }
    for (var task : cluster.getExecutionGraph(job).get().getAllExecutionVertices()) {
      if (task.getExecutionState() != ExecutionState.RUNNING) {
        return false;
      }
    }
    return true;
  }

  /** A condition of the rig. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(String what, Condition condition) throws Exception {
    long giveUp = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > giveUp) {
        throw new IllegalStateException(
            "waited %d minutes in vain until %s".formatted(PATIENCE.toMinutes(), what));
      }
      Thread.sleep(BETWEEN_QUESTIONS.toMillis());
    }
  }

  @Override
  public void close() throws IOException {
    try {
      cluster.close();
    } catch (Exception e) {
      throw new IOException("the Flink cluster did not stop", e);
    } finally {
      admin.close();
      registryServer.close();
      broker.close();
    }
  }
}
