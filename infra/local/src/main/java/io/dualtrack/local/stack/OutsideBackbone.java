package io.dualtrack.local.stack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;

/** Brokers and a registry that exist, and that the stack neither starts nor stops. */
final class OutsideBackbone implements Backbone {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Registered with the first control record, so that a cluster in use has it. */
  private static final String FIRST_SUBJECT = Topics.TENANTS.name() + "-value";

  private final KafkaChoice.Outside choice;
  private final ClusterMark mark;
  private final String cluster;

  private OutsideBackbone(KafkaChoice.Outside choice, ClusterMark mark, String cluster) {
    this.choice = choice;
    this.mark = mark;
    this.cluster = cluster;
  }

  /**
   * Asks both whether they are there and whether they and the folder belong together.
   *
   * @param environment where clients find Kafka's settings, see {@link KafkaAccess}
   * @throws StackFailure if not; within half a minute
   */
  static OutsideBackbone reach(
      KafkaChoice.Outside choice,
      DataFolder data,
      Map<String, String> environment,
      StackProgress progress)
      throws InterruptedException {
    return reach(choice, data, environment, progress, PATIENCE);
  }

  static OutsideBackbone reach(
      KafkaChoice.Outside choice,
      DataFolder data,
      Map<String, String> environment,
      StackProgress progress,
      Duration patience)
      throws InterruptedException {
    ClusterMark mark = ClusterMark.of(data);
    String cluster;
    boolean known;
    try (Admin admin = admin(choice, environment, patience)) {
      DescribeClusterResult found = admin.describeCluster();
      cluster = found.clusterId().get();
      int brokers = found.nodes().get().size();
      known = mark.requireCluster(cluster);
      if (!known && hasServed(admin)) {
        throw new StackFailure(
            "the cluster %s at %s has answered requests with another data folder, whose keys and checkpoints are missing here, so that costs would be booked twice; give that folder with --data, or another cluster with --kafka"
                .formatted(cluster, choice.bootstrap()));
      }
      progress.step(
          "Kafka found at %s: cluster %s, %d broker%s"
              .formatted(choice.bootstrap(), cluster, brokers, brokers == 1 ? "" : "s"));
    } catch (ExecutionException e) {
      throw unreachable(choice, patience, e.getCause());
    } catch (KafkaException e) {
      throw unreachable(choice, patience, e.getCause() == null ? e : e.getCause());
    }
    Set<String> subjects = subjects(choice.registry(), patience);
    if (known && !subjects.contains(FIRST_SUBJECT)) {
      throw new StackFailure(
          "the registry at %s does not know the schemas of the records in the cluster %s; give the one that they were written with (--registry), and one that remembers"
              .formatted(choice.registry(), cluster));
    }
    progress.step("schema registry found at " + choice.registry());
    return new OutsideBackbone(choice, mark, cluster);
  }

  @Override
  public String bootstrap() {
    return choice.bootstrap();
  }

  @Override
  public URI registry() {
    return choice.registry();
  }

  @Override
  public List<CompletableFuture<?>> start(Starter starter, Parts parts) {
    return List.of();
  }

  @Override
  public Optional<RegistryServer> ownRegistry() {
    return Optional.empty();
  }

  @Override
  public void provisioned() throws IOException {
    mark.write(cluster, choice.bootstrap());
  }

  private static Admin admin(
      KafkaChoice.Outside choice, Map<String, String> environment, Duration patience) {
    Map<String, Object> settings = KafkaAccess.of(choice.bootstrap(), environment).settings();
    int millis = (int) patience.toMillis();
    settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis);
    settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, millis);
    return Admin.create(settings);
  }

  /** Whether an exchange has ever been on the cluster, also one that is deleted by now. */
  private static boolean hasServed(Admin admin) throws ExecutionException, InterruptedException {
    Topic<?> exchanges = Topics.EXCHANGES;
    if (!admin.listTopics().names().get().contains(exchanges.name())) {
      return false;
    }
    int partitions =
        admin
            .describeTopics(List.of(exchanges.name()))
            .allTopicNames()
            .get()
            .get(exchanges.name())
            .partitions()
            .size();
    Map<TopicPartition, OffsetSpec> ends =
        IntStream.range(0, partitions)
            .boxed()
            .collect(
                Collectors.toMap(
                    partition -> new TopicPartition(exchanges.name(), partition),
                    partition -> OffsetSpec.latest()));
    return admin.listOffsets(ends).all().get().values().stream().anyMatch(end -> end.offset() > 0);
  }

  private static StackFailure unreachable(
      KafkaChoice.Outside choice, Duration patience, Throwable cause) {
    if (cause instanceof AuthenticationException) {
      return new StackFailure(
          "Kafka at %s does not let us in (%s); correct the file that DUALTRACK_KAFKA_CONFIG names"
              .formatted(choice.bootstrap(), firstLine(cause)),
          cause);
    }
    return new StackFailure(
        "Kafka at %s does not answer within %d s (%s); start it, correct the address (--kafka), or say in the file that DUALTRACK_KAFKA_CONFIG names how its clients are let in"
            .formatted(choice.bootstrap(), patience.toSeconds(), firstLine(cause)),
        cause);
  }

  static Set<String> subjects(URI registry, Duration patience) throws InterruptedException {
    String what;
    try {
      HttpResponse<byte[]> answer =
          HttpClient.newBuilder()
              .connectTimeout(patience)
              .build()
              .send(
                  HttpRequest.newBuilder(URI.create(registry + "/subjects"))
                      .timeout(patience)
                      .build(),
                  BodyHandlers.ofByteArray());
      if (answer.statusCode() == 200) {
        return Set.of(new ObjectMapper().readValue(answer.body(), String[].class));
      }
      what = "answers %d to /subjects".formatted(answer.statusCode());
    } catch (JsonProcessingException e) {
      what = "answers something else to /subjects than a list";
    } catch (IOException e) {
      throw new StackFailure(
          "the schema registry at %s does not answer within %d s (%s); start it, or correct the address (--registry)"
              .formatted(registry, patience.toSeconds(), firstLine(e)),
          e);
    }
    throw new StackFailure(
        "%s %s and is no registry with Confluent's API; correct the address with its path (--registry; Apicurio's ends in /apis/ccompat/v7)"
            .formatted(registry, what));
  }

  private static String firstLine(Throwable cause) {
    String message = cause.getMessage();
    return message == null || message.isBlank()
        ? cause.getClass().getSimpleName()
        : message.lines().findFirst().orElseThrow();
  }
}
