package io.dualtrack.faults;

import io.dualtrack.local.stack.KafkaCluster;
import io.dualtrack.local.stack.ServiceProcess;
import io.dualtrack.schemas.Topic;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;

/** What steps do to the brokers of a cluster. One thread uses it. */
final class BrokerFaults implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(500);
  private static final Duration STOP = Duration.ofSeconds(60);

  private final KafkaCluster cluster;
  private final Supervisor supervisor;
  private final Tally tally;
  private final Admin admin;

  BrokerFaults(KafkaCluster cluster, Supervisor supervisor, Tally tally) {
    this.cluster = cluster;
    this.supervisor = supervisor;
    this.tally = tally;
    this.admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                cluster.bootstrap(),
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                (int) PATIENCE.toMillis(),
                AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                1_000));
  }

  /** How many brokers there are; they are numbered from 1 on. */
  int size() {
    return cluster.brokers().size();
  }

  /** Kills brokers with SIGKILL at once, starts them again after a while, and waits for copies. */
  void lose(Duration howLong, int... brokers) throws InterruptedException {
    List<ServiceProcess> victims = Arrays.stream(brokers).mapToObj(this::process).toList();
    victims.forEach(supervisor::leave);
    victims.forEach(ServiceProcess::kill);
    tally.kills(victims.size());
    try {
      Thread.sleep(howLong.toMillis());
    } finally {
      victims.forEach(this::startAgain);
    }
    awaitInSync();
  }

  /** Loses the broker that leads the partition of a topic that has been written to most. */
  void loseLeader(Topic<?> topic, Duration howLong)
      throws ExecutionException, InterruptedException {
    lose(howLong, leaderOfHottest(topic));
  }

  private int leaderOfHottest(Topic<?> topic) throws ExecutionException, InterruptedException {
    List<TopicPartitionInfo> partitions =
        admin
            .describeTopics(List.of(topic.name()))
            .allTopicNames()
            .get()
            .get(topic.name())
            .partitions();
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    partitions.forEach(
        info ->
            latest.put(new TopicPartition(topic.name(), info.partition()), OffsetSpec.latest()));
    int hottest =
        admin.listOffsets(latest).all().get().entrySet().stream()
            .max(Comparator.comparingLong(entry -> entry.getValue().offset()))
            .orElseThrow()
            .getKey()
            .partition();
    return partitions.stream()
        .filter(info -> info.partition() == hottest)
        .findFirst()
        .orElseThrow()
        .leader()
        .id();
  }

  /** Freezes the broker that leads the partition of a topic that has been written to most. */
  void freezeLeader(Topic<?> topic, Duration howLong)
      throws ExecutionException, InterruptedException {
    freeze(leaderOfHottest(topic), howLong);
  }

  /** Stops a broker where it is with SIGSTOP for a while: it may still believe that it leads. */
  void freeze(int broker, Duration howLong) throws InterruptedException {
    ServiceProcess process = process(broker);
    tally.fault();
    process.freeze();
    try {
      Thread.sleep(howLong.toMillis());
    } finally {
      process.thaw();
    }
    awaitInSync();
  }

  /** Tells a broker to stop, starts it again, and waits for copies. */
  void restart(int broker) throws InterruptedException, ExecutionException {
    ServiceProcess process = process(broker);
    supervisor.leave(process);
    tally.fault();
    try {
      process.stop().get(STOP.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      process.kill();
    } finally {
      startAgain(process);
    }
    awaitInSync();
  }

  /** A broker's disk is full for a while; it may end because of that, and is started again. */
  void fillDisk(int broker, Duration howLong) throws InterruptedException {
    ServiceProcess process = process(broker);
    supervisor.leave(process);
    tally.fault();
    process.fillDisk();
    try {
      Thread.sleep(howLong.toMillis());
    } finally {
      Disks.free(process);
      startAgain(process);
    }
    awaitInSync();
  }

  private void startAgain(ServiceProcess process) {
    process.start();
    supervisor.take(process);
  }

  /**
   * Waits until every partition has all of its copies in sync, so that the next broker may be lost.
   *
   * @throws IllegalStateException if that takes too long
   */
  void awaitInSync() throws InterruptedException {
    Instant until = Instant.now().plus(PATIENCE);
    String missing = "";
    while (Instant.now().isBefore(until)) {
      try {
        missing = withoutAllCopies();
        if (missing.isEmpty()) {
          return;
        }
      } catch (ExecutionException e) {
        missing = e.getCause().toString();
      }
      Thread.sleep(BETWEEN_QUESTIONS.toMillis());
    }
    throw new IllegalStateException(
        "the brokers' copies are not in sync after %d s: %s"
            .formatted(PATIENCE.toSeconds(), missing));
  }

  private String withoutAllCopies() throws ExecutionException, InterruptedException {
    var topics = admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get();
    return admin.describeTopics(topics).allTopicNames().get().values().stream()
        .flatMap(
            topic ->
                topic.partitions().stream()
                    .filter(
                        info -> info.leader() == null || info.isr().size() < info.replicas().size())
                    .map(info -> topic.name() + "-" + info.partition()))
        .findFirst()
        .orElse("");
  }

  private ServiceProcess process(int broker) {
    return cluster.brokers().get(broker - 1);
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}
