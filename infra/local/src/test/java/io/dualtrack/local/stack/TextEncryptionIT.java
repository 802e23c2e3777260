package io.dualtrack.local.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.dualtrack.audit.AuditVerification;
import io.dualtrack.files.BodyStore;
import io.dualtrack.files.FileStore;
import io.dualtrack.files.FileStoreConfig;
import io.dualtrack.files.UnusableBodyException;
import io.dualtrack.gateway.access.ApiKey;
import io.dualtrack.local.batches.BatchClient;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.BodyFile;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TextSubject;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import io.dualtrack.texts.SubjectKeyFolder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextEncryptionIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String PROMPT = "prompt-canary-5d1f";

  /** In every answer of the sandbox. */
  private static final String ANSWER = "No model has read the request";

  private static final String ACME = "dt-local-acme";
  private static final String GLOBEX = "dt-local-globex";
  private static final TextSubject BATCH_SEAT = new TextSubject("acme", "acme-batch");
  private static final TextSubject RESEARCH_SEAT = new TextSubject("acme", "acme-research");
  private static final TextSubject GLOBEX_SEAT = new TextSubject("globex", "globex-batch");

  @TempDir Path folder;

  /** Of acme's second account; dt-local-acme is of its first one. */
  private final ApiKey research = ApiKey.create();

  private final HttpClient client = HttpClient.newHttpClient();
  private LocalStack stack;
  private Path data;

  @Test
  void noTextIsReadWithoutAKeyAndNoneOfAnAccountOrATenantWhoseKeyIsDestroyed() throws Exception {
    data = folder.resolve("data");
    StackTexts.encrypt(data);
    SubjectKeyFolder accounts = StackTexts.subjects(data).orElseThrow();
    accounts.begin("acme");
    try (LocalStack started =
        LocalStack.start(
            StackOptions.onFreePorts(data).withPartitions(2),
            (kafka, registry, key) ->
                new ControlTopics(kafka, registry, Clock.systemUTC())
                    .publish(control(), key, "test"),
            StackProgress.silent())) {
      stack = started;
      BatchClient acme = new BatchClient(stack.address().http(), ACME);
      String output = runBatch(acme).outputFile().orElseThrow();
      assertThat(text(acme, output)).contains(ANSWER);
      for (String key : List.of(ACME, research.key())) {
        assertThat(ask(key, PROMPT.repeat(20_000)).body())
            .as("of a body in a file")
            .contains(ANSWER);
      }
      assertThat(ask(GLOBEX, PROMPT).body()).contains(ANSWER);

      assertThat(topicsThatShow(PROMPT, ANSWER)).isEmpty();
      assertThat(filesThatShow(PROMPT, ANSWER)).isEmpty();
      assertThat(textsOfResults())
          .isEqualTo(Map.of(BATCH_SEAT, 4L, RESEARCH_SEAT, 1L, GLOBEX_SEAT, 1L));
      assertThat(subjectsOfBodies()).containsOnly(BATCH_SEAT, RESEARCH_SEAT);
      assertThat(records(Topics.EXCHANGES)).hasSize(6);

      assertThat(accounts.destroy(BATCH_SEAT)).isTrue();
      assertThat(awaitRefusal(ACME).body()).contains("text_unreadable");
      assertRefused(acme, output);
      assertThat(textsOfResults()).isEqualTo(Map.of(RESEARCH_SEAT, 1L, GLOBEX_SEAT, 1L));
      assertThat(subjectsOfBodies()).containsOnly(RESEARCH_SEAT);
      assertThat(ask(research.key(), PROMPT).body()).contains(ANSWER);

      int exchanges = records(Topics.EXCHANGES).size();
      assertThat(StackTexts.folder(data).orElseThrow().destroy("acme")).isTrue();
      assertThat(awaitRefusal(research.key()).body())
          .contains("text_unreadable", "text key of tenant acme");
      assertThat(ask(GLOBEX, "another " + PROMPT).body()).contains(ANSWER);
      assertThat(textsOfResults())
          .as("texts that who has all keys can read")
          .isEqualTo(Map.of(GLOBEX_SEAT, 2L));
      assertThat(records(Topics.EXCHANGES)).hasSizeGreaterThan(exchanges);
      assertThat(metrics())
          .containsPattern(
              "dualtrack_process_texts_unreadable_total\\{component=\"topology\"} [1-9]");
      assertThat(auditIsWhole()).isTrue();
      assertThat(stack.isReady()).isTrue();
      assertThat(records(Topics.DEAD_LETTERS)).isEmpty();
    }
  }

  private ControlSet control() {
    ControlSet shipped = ShippedControl.read();
    Tenant acme =
        shipped.tenants().stream()
            .filter(tenant -> tenant.getId().equals(RESEARCH_SEAT.tenant()))
            .findFirst()
            .orElseThrow();
    for (Account account : acme.getAccounts()) {
      if (account.getId().equals(RESEARCH_SEAT.account())) {
        account.setKeyPrefix(research.prefix());
        account.setKeyHash(research.hash());
      }
    }
    return shipped;
  }

  private static void assertRefused(BatchClient caller, String output) {
    assertThatThrownBy(() -> text(caller, output))
        .isInstanceOf(BatchClient.RefusedException.class)
        .hasMessageContaining("text key of tenant acme");
    assertThatThrownBy(() -> caller.upload("in.jsonl", BodyPublishers.ofString("{}")))
        .isInstanceOf(BatchClient.RefusedException.class)
        .hasMessageContaining("text key of tenant acme");
  }

  private BatchClient.Batch runBatch(BatchClient acme) throws Exception {
    StringBuilder lines = new StringBuilder();
    for (int i = 1; i <= 3; i++) {
      lines.append(
          """
          {"custom_id":"c%d","method":"POST","url":"/v1/chat/completions","body":%s}
          """
              .formatted(i, body(PROMPT + i)));
    }
    BatchClient.Batch created =
        acme.create(acme.upload("in.jsonl", BodyPublishers.ofString(lines.toString())));
    await().atMost(PATIENCE).until(() -> acme.batch(created.id()).ended());
    return acme.batch(created.id());
  }

  private static String body(String text) {
    return """
    {"model":"llama-3.1-405b","temperature":0,"messages":[{"role":"user","content":"%s"}]}\
    """
        .formatted(text);
  }

  private static String text(BatchClient client, String file)
      throws IOException, InterruptedException {
    try (var content = client.content(file)) {
      return new String(content.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private HttpResponse<String> ask(String key, String text) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(stack.address().http() + "/v1/chat/completions"))
            .timeout(PATIENCE)
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body(text)))
            .build(),
        BodyHandlers.ofString());
  }

  /** Processes use a data key for seconds after its tenant's is destroyed. */
  private HttpResponse<String> awaitRefusal(String key) {
    List<HttpResponse<String>> last = new ArrayList<>();
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .until(
            () -> {
              last.add(ask(key, PROMPT + last.size()));
              return last.get(last.size() - 1).statusCode() == 403;
            });
    return last.get(last.size() - 1);
  }

  private String metrics() throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(stack.address().http().resolve("/metrics")).build(),
            BodyHandlers.ofString())
        .body();
  }

  /** Reads every record of every topic, committed or not, as bytes. */
  private Set<String> topicsThatShow(String... texts) throws Exception {
    Set<String> showing = new TreeSet<>();
    Map<String, Long> read = new HashMap<>();
    try (Admin admin = Admin.create(stack.address().kafka().settings())) {
      Set<String> all = admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get();
      for (String topic : all) {
        each(
            topic,
            (name, record) -> {
              read.merge(name, 1L, Long::sum);
              for (String text : texts) {
                if (shows(record.key(), text) || shows(record.value(), text)) {
                  showing.add(name + " shows " + text);
                }
              }
            });
      }
    }
    assertThat(read.keySet())
        .contains(
            "dualtrack.requests",
            "dualtrack.results",
            "dualtrack.completions",
            "dualtrack.orders.local.batch",
            "dualtrack-topology-routed-repartition",
            "dualtrack-topology-flights-changelog",
            "dualtrack-topology-answers-changelog");
    return showing;
  }

  private static boolean shows(byte[] bytes, String text) {
    return bytes != null && new String(bytes, StandardCharsets.ISO_8859_1).contains(text);
  }

  private void each(String topic, BiConsumer<String, ConsumerRecord<byte[], byte[]>> action) {
    Map<String, Object> settings = stack.address().kafka().settings();
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(Duration.ofMillis(100)).forEach(record -> action.accept(topic, record));
      }
    }
  }

  /** Everything that the stack has on the disk: its log segments, stores, files and logs. */
  private Set<String> filesThatShow(String... texts) throws IOException {
    Set<String> showing = new TreeSet<>();
    List<Path> files;
    try (Stream<Path> all = Files.walk(data)) {
      files =
          all.filter(Files::isRegularFile)
              // Places in segments: large, and nearly empty.
              .filter(file -> !file.toString().endsWith("index"))
              .toList();
    }
    for (Path file : files) {
      byte[] content;
      try {
        content = Files.readAllBytes(file);
      } catch (IOException e) {
        // A store's file that was merged into another one meanwhile.
        continue;
      }
      for (String text : texts) {
        if (shows(content, text)) {
          showing.add(data.relativize(file) + " shows " + text);
        }
      }
    }
    return showing;
  }

  /** The registry as a process with all the keys has it. */
  private SchemaRegistry registry() {
    return SchemaRegistry.connect(stack.address().registry(), folder.resolve("registry.jsonl"))
        .withTexts(StackTexts.seal(data));
  }

  private <V extends SpecificRecord> List<V> records(Topic<V> topic) {
    var serde = topic.serde(registry());
    List<V> records = new ArrayList<>();
    each(topic.name(), (name, record) -> records.add(serde.deserialize(name, record.value())));
    return records;
  }

  private Map<TextSubject, Long> textsOfResults() {
    Map<TextSubject, Long> read = new HashMap<>();
    for (InferenceResult result : records(Topics.RESULTS)) {
      if (result.getBody() != null && !result.getBody().isEmpty()) {
        read.merge(new TextSubject(result.getTenant(), result.getAccount()), 1L, Long::sum);
      }
    }
    return read;
  }

  /** Whose parts of bodies in files can be read, as a process with all the keys reads them. */
  private Set<TextSubject> subjectsOfBodies() throws IOException {
    Set<TextSubject> read = new HashSet<>();
    Map<String, String> environment = StackTexts.environment(data);
    environment.put("DUALTRACK_FILES", Services.files(data));
    try (FileStore files = FileStoreConfig.of(environment, data).open()) {
      BodyStore bodies = new BodyStore(files);
      for (InferenceRequest request : records(Topics.REQUESTS)) {
        if (request.getLarge() != null && isReadable(bodies, request.getLarge().getFile())) {
          read.add(new TextSubject(request.getTenant(), request.getAccount()));
        }
      }
    }
    return read;
  }

  private static boolean isReadable(BodyStore bodies, BodyFile file) throws IOException {
    try {
      return new String(bodies.read(file), StandardCharsets.UTF_8).contains(PROMPT);
    } catch (UnusableBodyException e) {
      assertThat(e.code()).isEqualTo("text_unreadable");
      return false;
    }
  }

  private boolean auditIsWhole() throws IOException {
    return AuditVerification.verify(
            stack.address().kafka(),
            data.resolve(LocalStack.CHECKPOINTS),
            SigningKey.publicFile(data.resolve(LocalStack.AUDIT_KEY)),
            Instant.now())
        .whole();
  }
}
