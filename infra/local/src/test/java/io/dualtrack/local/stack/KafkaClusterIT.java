package io.dualtrack.local.stack;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Replication;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KafkaClusterIT {

  private static final int PATIENCE_SECONDS = 60;

  @TempDir Path folder;

  @Test
  void aClusterOfThreeTakesRecordsWhileOneOfItsBrokersIsAway() throws Exception {
    try (KafkaCluster cluster =
        KafkaCluster.start(folder, 3, List.of("a-service"), StackProgress.silent())) {
      Map<String, Object> settings = KafkaAccess.at(cluster.choice().bootstrap()).settings();
      try (Admin admin = Admin.create(settings);
          KafkaProducer<byte[], byte[]> producer =
              new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
        admin
            .createTopics(
                List.of(new NewTopic("t", 1, (short) 3).configs(Replication.fitting(3).settings())))
            .all()
            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);

        cluster.brokers().get(0).kill();
        long offset =
            producer
                .send(new ProducerRecord<>("t", "record".getBytes(StandardCharsets.UTF_8)))
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .offset();

        assertThat(offset).isZero();
        assertThat(cluster.way("a-service")).extracting(Detour::port).doesNotHaveDuplicates();
      }
    }
  }
}
