package io.dualtrack.faults.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.local.stack.Broker;
import io.dualtrack.schemas.KafkaAccess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TransactionsIT {

  private static final String TOPIC = "any";

  @TempDir Path folder;

  @Test
  void aTransactionThatNobodyEndsIsReportedUntilItIsEnded() throws Exception {
    try (Broker broker = Broker.alone(folder)) {
      KafkaAccess kafka = KafkaAccess.of(broker.bootstrap(), Map.of());
      createTopic(kafka);
      Map<String, Object> settings = kafka.settings();
      settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "forgetful");
      settings.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 600_000);
      try (KafkaProducer<String, String> producer =
          new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(TOPIC, "key", "value"));
        producer.flush();

        assertThat(Transactions.read(kafka, Duration.ZERO).problems())
            .singleElement()
            .asString()
            .startsWith("any-0 is undecided from offset 0 to 1, by producers [");

        producer.commitTransaction();
      }
      assertThat(Transactions.read(kafka, Duration.ofSeconds(30)).problems()).isEmpty();
    }
  }

  private static void createTopic(KafkaAccess kafka)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(kafka.settings())) {
      admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
    }
  }
}
