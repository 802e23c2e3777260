package io.dualtrack.inference.batch;

import io.dualtrack.inference.intake.Ledger;
import io.dualtrack.inference.tracking.Mark;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.ProviderBatch;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Writes what becomes of jobs, with everything that follows from it, in one transaction.
 *
 * <p>Each transaction commits the partition's offset too, although it may not have moved: a process
 * that lost the partition is refused, and whether a doubtful transaction was written can be seen.
 */
final class JobLog {

  private final Ledger ledger;
  private final AvroSerde<ProviderBatch> serde;

  JobLog(Ledger ledger, SchemaRegistry registry) {
    this.ledger = ledger;
    this.serde = Topics.PROVIDER_BATCHES.serde(registry);
  }

  /**
   * @param committed all orders below belong to jobs
   * @param jobs as they are from now on
   * @param settled jobs that are no more; null for none
   * @param more records that follow from it
   * @return whether it was written; if not, it may be tried again
   */
  boolean write(
      Part part,
      long committed,
      List<ProviderBatch> jobs,
      ProviderBatch settled,
      List<ProducerRecord<String, byte[]>> more) {
    String topic = Topics.PROVIDER_BATCHES.name();
    List<ProducerRecord<String, byte[]>> records = new ArrayList<>(more);
    for (ProviderBatch job : jobs) {
      records.add(
          new ProducerRecord<>(topic, part.number, job.getJobId(), serde.serialize(topic, job)));
    }
    if (settled != null) {
      records.add(new ProducerRecord<>(topic, part.number, settled.getJobId(), null));
    }
    TopicPartition partition = new TopicPartition(Topics.ORDERS_API_DEFERRED.name(), part.number);
    return ledger.write(
        records, Map.of(partition, new Mark(committed, UUID.randomUUID().toString(), 0)));
  }
}
