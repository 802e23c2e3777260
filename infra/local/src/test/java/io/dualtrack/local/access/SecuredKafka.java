package io.dualtrack.local.access;

import io.dualtrack.schemas.Component;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.TopicProvisioner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.common.test.JaasUtils;
import org.apache.kafka.common.test.KafkaClusterTestKit;
import org.apache.kafka.common.test.TestKitNodes;

/** A broker that lets in who proves who it is, and allows what {@link Component} says. */
final class SecuredKafka implements AutoCloseable {

  static final int PARTITIONS = 1;
  private static final int ITERATIONS = 4_096;

  private final KafkaClusterTestKit kit;
  private final Admin admin;

  SecuredKafka() throws Exception {
    kit =
        new KafkaClusterTestKit.Builder(
                new TestKitNodes.Builder()
                    .setCombined(true)
                    .setNumBrokerNodes(1)
                    .setNumControllerNodes(1)
                    .setBrokerSecurityProtocol(SecurityProtocol.SASL_PLAINTEXT)
                    .build())
            .setConfigProp("sasl.enabled.mechanisms", "PLAIN,SCRAM-SHA-512")
            .setConfigProp("sasl.mechanism.inter.broker.protocol", "PLAIN")
            .setConfigProp(
                "listener.name.external.scram-sha-512.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;")
            .setConfigProp(
                "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer")
            .setConfigProp("super.users", "User:ANONYMOUS;User:" + JaasUtils.KAFKA_PLAIN_ADMIN)
            .setConfigProp("offsets.topic.replication.factor", "1")
            .setConfigProp("offsets.topic.num.partitions", "1")
            .setConfigProp("transaction.state.log.replication.factor", "1")
            .setConfigProp("transaction.state.log.min.isr", "1")
            .setConfigProp("transaction.state.log.num.partitions", "1")
            .setConfigProp("group.initial.rebalance.delay.ms", "0")
            .setConfigProp("auto.create.topics.enable", "false")
            .build();
    kit.format();
    kit.startup();
    kit.waitForReadyBrokers();
    admin = Admin.create(superUser().settings());
    admit();
    new TopicProvisioner(admin, PARTITIONS).provision();
  }

  private void admit() throws Exception {
    List<UserScramCredentialAlteration> users = new ArrayList<>();
    List<AclBinding> acls = new ArrayList<>();
    for (Component component : Component.values()) {
      users.add(
          new UserScramCredentialUpsertion(
              component.user(),
              new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS),
              password(component)));
      acls.addAll(component.acls("User:" + component.user()));
    }
    admin.alterUserScramCredentials(users).all().get();
    admin.createAcls(acls).all().get();
  }

  /** What a component of a deployment would have in its file of Kafka settings. */
  KafkaAccess as(Component component) {
    return access(
        "SCRAM-SHA-512",
        "org.apache.kafka.common.security.scram.ScramLoginModule",
        component.user(),
        password(component));
  }

  KafkaAccess superUser() {
    return access(
        "PLAIN",
        "org.apache.kafka.common.security.plain.PlainLoginModule",
        JaasUtils.KAFKA_PLAIN_ADMIN,
        JaasUtils.KAFKA_PLAIN_ADMIN_PASSWORD);
  }

  private KafkaAccess access(String mechanism, String module, String user, String password) {
    return new KafkaAccess(
        kit.bootstrapServers(),
        Map.of(
            "security.protocol",
            "SASL_PLAINTEXT",
            "sasl.mechanism",
            mechanism,
            "sasl.jaas.config",
            "%s required username=\"%s\" password=\"%s\";".formatted(module, user, password)));
  }

  private static String password(Component component) {
    return "secret of " + component.user();
  }

  @Override
  public void close() throws Exception {
    admin.close();
    kit.close();
  }
}
