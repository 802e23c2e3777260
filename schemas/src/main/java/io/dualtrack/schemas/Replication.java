package io.dualtrack.schemas;

import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.config.TopicConfig;

/**
 * How many copies a cluster keeps of what we make in it. Its own default is not asked: that is one
 * copy where nobody has set it, and with several brokers each of them would hold the only copy of
 * something.
 *
 * @param replicas copies of each record
 * @param inSync how many of them must have a record before it counts as written
 */
public record Replication(int replicas, int inSync) {

  private static final int MOST = 3;

  /**
   * Three copies and two in sync, as Kafka recommends; fewer where there are fewer brokers, so that
   * of two and more any one may be away.
   *
   * @param brokers at least 1
   */
  public static Replication fitting(int brokers) {
    int replicas = Math.min(MOST, brokers);
    return new Replication(replicas, Math.max(1, replicas - 1));
  }

  /**
   * What fits a cluster. A broker that is away for a moment counts, or a bad moment would last.
   *
   * @throws IllegalStateException if the cluster does not answer
   */
  public static Replication of(Admin admin) throws InterruptedException {
    try {
      return fitting(
          admin
              .describeCluster(new DescribeClusterOptions().includeFencedBrokers(true))
              .nodes()
              .get()
              .size());
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot count the brokers: " + e.getCause(), e.getCause());
    }
  }

  /** Of a topic, beside its number of replicas. */
  public Map<String, String> settings() {
    return Map.of(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG, Integer.toString(inSync));
  }
}
