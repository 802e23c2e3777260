package io.dualtrack.local.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.test.KafkaClusterTestKit;
import org.apache.kafka.common.test.TestKitNodes;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stacks on a cluster of three brokers and a registry that are not theirs. */
class OutsideKafkaIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir static Path outside;
  @TempDir Path folder;

  private static KafkaClusterTestKit cluster;
  private static RegistryServer registry;

  @BeforeAll
  static void startOutside() throws Exception {
    cluster =
        new KafkaClusterTestKit.Builder(
                new TestKitNodes.Builder()
                    .setCombined(true)
                    .setNumBrokerNodes(3)
                    .setNumControllerNodes(1)
                    .build())
            .setConfigProp("auto.create.topics.enable", "false")
            .setConfigProp("default.replication.factor", "1")
            .setConfigProp("offsets.topic.replication.factor", "1")
            .setConfigProp("offsets.topic.num.partitions", "2")
            .setConfigProp("transaction.state.log.replication.factor", "1")
            .setConfigProp("transaction.state.log.min.isr", "1")
            .setConfigProp("transaction.state.log.num.partitions", "2")
            .setConfigProp("group.initial.rebalance.delay.ms", "0")
            .build();
    cluster.format();
    cluster.startup();
    cluster.waitForReadyBrokers();
    registry = RegistryServer.alone(outside);
  }

  @AfterAll
  static void stopOutside() throws Exception {
    if (registry != null) {
      registry.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void aStackWorksOnAClusterThatExistsAndLeavesEverythingThereWhenItEnds() throws Exception {
    StackOptions options = on(cluster.bootstrapServers(), registry.url());
    try (LocalStack stack = start(options)) {
      assertThat(stack.address().bootstrap()).isEqualTo(cluster.bootstrapServers());
      assertThat(stack.address().registry()).isEqualTo(registry.url());
      assertThat(options.data().resolve("kafka")).doesNotExist();
      assertThat(options.data().resolve("registry")).doesNotExist();

      HttpResponse<String> answer = ask(stack);

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrapServers()))) {
      assertThat(admin.describeCluster().nodes().get()).hasSize(3);
      assertReplicated(admin);
    }
    assertThat(results())
        .singleElement()
        .satisfies(
            result -> {
              assertThat(result.getTenant()).isEqualTo("acme");
              assertThat(result.getErrorMessage()).isNull();
            });

    otherClustersAndFoldersAreRefused(options);
  }

  private void otherClustersAndFoldersAreRefused(StackOptions used) throws Exception {
    try (Broker other = Broker.alone(folder.resolve("other"))) {
      KafkaChoice elsewhere = new KafkaChoice.Outside(other.bootstrap(), registry.url());
      assertThatThrownBy(() -> start(used.withKafka(elsewhere)))
          .isInstanceOf(StackFailure.class)
          .hasMessageContaining(used.data() + " belongs to the cluster " + clusterId())
          .hasMessageContaining(cluster.bootstrapServers())
          .hasMessageContaining("--data");
    }
    assertThatThrownBy(() -> start(used.withKafka(new KafkaChoice.Own(0, 0))))
        .isInstanceOf(StackFailure.class)
        .hasMessageContaining(used.data() + " belongs to the cluster " + clusterId())
        .hasMessageContaining("cannot be used with a broker of its own");

    StackOptions another = StackOptions.onFreePorts(folder.resolve("another"));
    assertThatThrownBy(() -> start(another.withKafka(used.kafka())))
        .isInstanceOf(StackFailure.class)
        .hasMessageContaining(clusterId())
        .hasMessageContaining("has answered requests with another data folder");

    HttpServer empty = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    empty.createContext("/subjects", call -> answer(call, "[]"));
    empty.start();
    try {
      URI url = URI.create("http://127.0.0.1:" + empty.getAddress().getPort());
      KafkaChoice forgetful = new KafkaChoice.Outside(cluster.bootstrapServers(), url);
      assertThatThrownBy(() -> start(used.withKafka(forgetful)))
          .isInstanceOf(StackFailure.class)
          .hasMessageContaining(url + " does not know the schemas")
          .hasMessageContaining("--registry");
    } finally {
      empty.stop(0);
    }
  }

  private static void answer(HttpExchange call, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    call.sendResponseHeaders(200, bytes.length);
    call.getResponseBody().write(bytes);
    call.close();
  }

  /** Topics of the catalogue, and what Streams keeps. */
  private static void assertReplicated(Admin admin) throws Exception {
    List<String> ours =
        admin.listTopics().names().get().stream()
            .filter(name -> name.startsWith("dualtrack"))
            .toList();
    assertThat(ours)
        .containsAll(Topics.all().stream().map(Topic::name).toList())
        .anyMatch(name -> name.startsWith("dualtrack-topology-") && name.endsWith("-changelog"));
    assertThat(admin.describeTopics(ours).allTopicNames().get().values())
        .flatExtracting(TopicDescription::partitions)
        .allSatisfy(partition -> assertThat(partition.replicas()).hasSize(3));
    List<ConfigResource> resources =
        ours.stream().map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name)).toList();
    assertThat(admin.describeConfigs(resources).all().get().values())
        .extracting((Config config) -> config.get("min.insync.replicas").value())
        .containsOnly("2");
  }

  private List<InferenceResult> results() throws Exception {
    List<InferenceResult> found = new ArrayList<>();
    SchemaRegistry schemas =
        SchemaRegistry.connect(registry.url(), folder.resolve("test-cache.jsonl"));
    try (TopicScan<InferenceResult> scan =
        new TopicScan<>(KafkaAccess.at(cluster.bootstrapServers()), schemas, Topics.RESULTS)
            .fromBeginning()) {
      assertThat(scan.toEnd(PATIENCE, key -> true, (key, result) -> found.add(result))).isTrue();
    }
    return found;
  }

  private static HttpResponse<String> ask(LocalStack stack) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(stack.address().http().resolve("/v1/chat/completions"))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer dt-local-acme")
                .header("Content-Type", "application/json")
                .POST(
                    BodyPublishers.ofString(
                        """
                        {"model":"llama-3.1-405b",
                         "messages":[{"role":"user","content":"How many apples are left?"}]}\
                        """))
                .build(),
            BodyHandlers.ofString());
  }

  private StackOptions on(String bootstrap, URI url) {
    return StackOptions.onFreePorts(folder.resolve("data"))
        .withPartitions(1)
        .withKafka(new KafkaChoice.Outside(bootstrap, url));
  }

  private static String clusterId() {
    return cluster.nodes().clusterId();
  }

  private static LocalStack start(StackOptions options) {
    return LocalStack.start(options, ShippedControl::publish, StackProgress.silent());
  }
}
