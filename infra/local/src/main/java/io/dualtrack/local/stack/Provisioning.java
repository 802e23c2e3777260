package io.dualtrack.local.stack;

import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.TopicProvisioner;
import io.dualtrack.schemas.Topics;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** Makes a stack's topics, and publishes the first control records. */
final class Provisioning {

  private Provisioning() {}

  /**
   * @param partitions of a parallel topic
   */
  static void topics(KafkaAccess kafka, int partitions, StackProgress progress) throws Exception {
    try (Admin admin = Admin.create(kafka.settings())) {
      int created = new TopicProvisioner(admin, partitions).provision();
      progress.step(created > 0 ? "%d topics made".formatted(created) : "topics found");
    }
  }

  /**
   * @param schemas a registry without the memory of an earlier one
   * @param defaults called where the control topics have never held a record
   * @param policyKey that signs policies
   */
  static void control(
      KafkaAccess kafka,
      SchemaRegistry schemas,
      ControlDefaults defaults,
      SigningKey policyKey,
      StackProgress progress)
      throws Exception {
    try (Admin admin = Admin.create(kafka.settings())) {
      if (neverControlled(admin)) {
        defaults.publish(kafka, schemas, policyKey);
        progress.step("default tenants, offerings, policies and prices published");
      }
    }
  }

  private static boolean neverControlled(Admin admin) throws Exception {
    Map<TopicPartition, OffsetSpec> ends =
        Stream.of(Topics.TENANTS, Topics.OFFERINGS, Topics.POLICIES, Topics.PRICES)
            .map(Topic::name)
            .collect(
                Collectors.toMap(name -> new TopicPartition(name, 0), name -> OffsetSpec.latest()));
    return admin.listOffsets(ends).all().get().values().stream().allMatch(end -> end.offset() == 0);
  }
}
