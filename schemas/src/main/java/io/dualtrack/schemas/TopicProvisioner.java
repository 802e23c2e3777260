package io.dualtrack.schemas;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Brings a cluster's topics to what the catalogue says. */
public final class TopicProvisioner {

  private static final RetryPolicy<Object> UNTIL_KNOWN =
      RetryPolicy.builder()
          .handleIf(failure -> failure.getCause() instanceof UnknownTopicOrPartitionException)
          .withDelay(Duration.ofMillis(100))
          .withMaxRetries(100)
          .build();

  private final Admin admin;
  private final int partitions;

  /**
   * @param admin used, not closed
   * @param partitions partitions of a parallel topic in this deployment
   */
  public TopicProvisioner(Admin admin, int partitions) {
    this.admin = admin;
    this.partitions = partitions;
  }

  /**
   * Creates the topics that are missing, with the {@link Replication} that fits the cluster, and
   * returns when each of their partitions is led. Who wants another replication makes them first.
   *
   * @return how many were created
   * @throws IllegalStateException if a topic that exists has another number of partitions: keys
   *     would move between partitions and state would be split
   */
  public int provision() throws InterruptedException {
    try {
      Set<String> existing = admin.listTopics().names().get();
      List<Topic<?>> missing =
          Topics.all().stream().filter(topic -> !existing.contains(topic.name())).toList();
      if (!missing.isEmpty()) {
        Replication replication = Replication.of(admin);
        createTolerant(missing.stream().map(topic -> describe(topic, replication)).toList());
      }
      Map<String, TopicDescription> found = described();
      verifyPartitions(found);
      if (!missing.isEmpty()) {
        awaitLeaders(found);
      }
      return missing.size();
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot provision topics: " + e.getCause(), e.getCause());
    }
  }

  private NewTopic describe(Topic<?> topic, Replication replication) {
    Map<String, String> settings = new HashMap<>(topic.settings());
    settings.putAll(replication.settings());
    return new NewTopic(topic.name(), topic.partitions(partitions), (short) replication.replicas())
        .configs(settings);
  }

  private void createTolerant(List<NewTopic> missing)
      throws ExecutionException, InterruptedException {
    for (var created : admin.createTopics(missing).values().values()) {
      try {
        created.get();
      } catch (ExecutionException e) {
        // Another process of the deployment provisioned at the same time.
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw e;
        }
      }
    }
  }

  private void verifyPartitions(Map<String, TopicDescription> found) {
    for (Topic<?> topic : Topics.all()) {
      int expected = topic.partitions(partitions);
      int actual = found.get(topic.name()).partitions().size();
      if (actual != expected) {
        throw new IllegalStateException(
            "topic %s has %d partitions, but this deployment is set to %d; set it to %d, or move the data to new topics"
                .formatted(topic.name(), actual, expected, actual));
      }
    }
  }

  /**
   * A broker names itself as a partition's leader shortly before it is. A producer that meets it
   * then may have its first batch refused and the next one taken; the first comes out of order ever
   * after, until its delivery times out. Only a leader tells where a partition ends, and the client
   * asks until one does.
   */
  private void awaitLeaders(Map<String, TopicDescription> found)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    found.forEach(
        (topic, description) ->
            description
                .partitions()
                .forEach(
                    partition ->
                        ends.put(
                            new TopicPartition(topic, partition.partition()),
                            OffsetSpec.latest())));
    admin.listOffsets(ends).all().get();
  }

  /** A topic that was just made is not known to every broker at once. */
  private Map<String, TopicDescription> described()
      throws ExecutionException, InterruptedException {
    List<String> names = Topics.all().stream().map(Topic::name).toList();
    try {
      return Failsafe.with(UNTIL_KNOWN)
          .get(() -> admin.describeTopics(names).allTopicNames().get());
    } catch (FailsafeException e) {
      if (e.getCause() instanceof ExecutionException failed) {
        throw failed;
      }
      if (e.getCause() instanceof InterruptedException interrupted) {
        throw interrupted;
      }
      throw e;
    }
  }
}
