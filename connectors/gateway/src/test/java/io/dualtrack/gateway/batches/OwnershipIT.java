package io.dualtrack.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.gateway.Cluster;
import io.dualtrack.gateway.KafkaClients;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Topics;
import java.util.HashMap;
import java.util.List;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** By a real client: the mock of it does not seek in all partitions where it is given none. */
class OwnershipIT {

  private static final TopicPartition RESULTS = new TopicPartition(Topics.RESULTS.name(), 0);

  @Test
  void whoKeepsItsPartitionsKeepsItsPlaceInThem() throws Exception {
    try (Cluster cluster = new Cluster(1);
        KafkaClients clients = new KafkaClients(KafkaAccess.at(cluster.bootstrap()));
        KafkaConsumer<String, byte[]> consumer = clients.ungrouped("ownership")) {
      cluster.sendRaw(Topics.RESULTS, "batch", new byte[] {1});
      cluster.sendRaw(Topics.RESULTS, "batch", new byte[] {2});
      cluster.flush();
      consumer.assign(List.of(RESULTS));
      consumer.seek(RESULTS, 1);

      new Ownership(consumer, new HashMap<>(), null).onPartitionsAssigned(List.of());

      assertThat(consumer.position(RESULTS)).isEqualTo(1);
    }
  }
}
