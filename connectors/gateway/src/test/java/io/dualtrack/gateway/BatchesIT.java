package io.dualtrack.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.bodies.FeatureExtractor;
import io.dualtrack.files.BodyStore;
import io.dualtrack.files.FileStore;
import io.dualtrack.files.FileStoreConfig;
import io.dualtrack.gateway.batches.BatchEngine;
import io.dualtrack.gateway.batches.BatchSettings;
import io.dualtrack.gateway.batches.Batches;
import io.dualtrack.gateway.batches.Batches.NewBatch;
import io.dualtrack.gateway.bodies.LargeBodies;
import io.dualtrack.gateway.error.ApiException;
import io.dualtrack.gateway.feeder.FairShare;
import io.dualtrack.gateway.files.Files;
import io.dualtrack.gateway.records.BatchView;
import io.dualtrack.gateway.records.Owner;
import io.dualtrack.gateway.records.RecordLog;
import io.dualtrack.schemas.BatchDialect;
import io.dualtrack.schemas.BatchError;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.BatchStatus;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.texts.KeyFolder;
import io.dualtrack.texts.TextKeys;
import io.dualtrack.tracing.Traces;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and batches against a real broker; what is behind the topics is stood in for. */
class BatchesIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String CHAT = "/v1/chat/completions";
  private static final Owner ACME = new Owner("acme", "seat-1");
  private static final int IN_FLIGHT = 50;

  @TempDir static Path folder;
  private static Cluster cluster;
  private static Pipeline pipeline;
  private static KeyFolder keys;
  private static FileStore store;
  private static Gateway gateway;
  private static volatile Duration later = Duration.ZERO;

  /** One gateway's part of files and batches. */
  private static final class Gateway implements AutoCloseable {
    private final BatchView view;
    private final RecordLog log;
    private final Files files;
    private final Batches batches;
    private final BatchEngine engine;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    Gateway(String name, InstantSource clock) {
      KafkaClients kafka = new KafkaClients(KafkaAccess.at(cluster.bootstrap()));
      BatchSettings usual = BatchSettings.usual(folder.resolve("spool-" + name), Map.of());
      BatchSettings settings =
          new BatchSettings(
              usual.spool(),
              usual.maxInFlight(),
              usual.inputLifetime(),
              usual.outputLifetime(),
              usual.repeatWindow(),
              usual.cancelPatience(),
              usual.expiryGrace(),
              Duration.ofSeconds(6),
              usual.recordLifetime());
      view = new BatchView(kafka, cluster.registry(), name + "-view", failure::set);
      log = new RecordLog(kafka.prompt(name), cluster.registry(), view);
      files = new Files(store, view, log, settings.inputLifetime(), clock);
      batches = new Batches(view, log, files, settings, clock);
      engine =
          new BatchEngine(
              kafka,
              cluster.registry(),
              name + "-batches",
              settings,
              store,
              new LargeBodies(new BodyStore(store), new FeatureExtractor(new byte[16], 1)),
              view,
              tenant -> new FairShare.Share(1, IN_FLIGHT),
              clock,
              new SimpleMeterRegistry(),
              Traces.off(),
              failure::set);
      view.start();
      engine.start();
      await().atMost(PATIENCE).until(view::isReady);
    }

    String upload(Owner owner, String content) throws IOException {
      try (Files.Upload upload = files.upload(owner, Long.MAX_VALUE)) {
        upload.sink(Long.MAX_VALUE).write(content.getBytes(StandardCharsets.UTF_8));
        return upload.keep("input.jsonl", Files.BATCH, Optional.empty()).getFileId();
      }
    }

    BatchState create(Owner owner, String file, Map<String, String> metadata, String key) {
      return batches.create(
          owner,
          new NewBatch(
              file,
              file,
              CHAT,
              "24h",
              Duration.ofHours(24),
              metadata,
              null,
              key,
              List.of(),
              null,
              BatchDialect.OPENAI),
          100);
    }

    BatchState create(Owner owner, String file) {
      return create(owner, file, Map.of(), null);
    }

    BatchState awaitStatus(Owner owner, String batch, BatchStatus status) {
      return await()
          .atMost(PATIENCE)
          .until(
              () -> {
                assertThat(failure.get()).isNull();
                return batches.get(owner, batch);
              },
              state -> state.getStatus() == status);
    }

    List<JsonNode> lines(Owner owner, String file) throws IOException {
      try (InputStream in = files.open(files.get(owner, file))) {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
          lines.add(JSON.readTree(line));
        }
        return lines;
      }
    }

    @Override
    public void close() {
      engine.close();
      log.close();
      view.close();
    }
  }

  @BeforeEach
  void startGateway() {
    if (gateway == null) {
      gateway = new Gateway("one", () -> Instant.now().plus(later));
    }
  }

  @BeforeAll
  static void start() throws Exception {
    cluster = new Cluster(3);
    pipeline = new Pipeline(cluster);
    keys = new KeyFolder(folder.resolve("text-keys"));
    keys.createMissing(List.of("acme", "globex", "hooli", "initech"));
    store =
        FileStoreConfig.of(
                Map.of(TextKeys.VARIABLE, folder.resolve("text-keys").toString()), folder)
            .open();
  }

  @AfterAll
  static void stop() throws Exception {
    if (gateway != null) {
      gateway.close();
    }
    pipeline.close();
    store.close();
    cluster.close();
  }

  private static String line(String customId) {
    return """
    {"custom_id":"%s","method":"POST","url":"%s","body":{"model":"m","messages":[]}}\
    """
        .formatted(customId, CHAT);
  }

  private static String lines(String prefix, int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(i -> line(prefix + i))
        .collect(Collectors.joining("\n"));
  }

  @Test
  void aBatchEndsWithEveryLineOnceInTheInputsOrderAndItsErrorsApart() throws Exception {
    String input =
        String.join("\n", lines("a-", 200), line("fail-1"), line("refuse-1"), lines("b-", 100));
    String file = gateway.upload(ACME, input + "\n");

    BatchState made = gateway.create(ACME, file);
    assertThat(made.getStatus()).isEqualTo(BatchStatus.VALIDATING);
    BatchState batch = gateway.awaitStatus(ACME, made.getBatchId(), BatchStatus.COMPLETED);

    assertThat(batch.getTotal()).isEqualTo(302);
    assertThat(batch.getCompleted()).isEqualTo(300);
    assertThat(batch.getFailed()).isEqualTo(2);
    assertThat(batch.getModel()).isEqualTo("m");
    assertThat(batch.getUsage().getInput()).isEqualTo(3000);
    assertThat(batch.getUsage().getCached()).isEqualTo(1200);
    assertThat(batch.getUsage().getOutput()).isEqualTo(900);
    assertThat(batch.getInProgressAt()).isBeforeOrEqualTo(batch.getFinalizingAt());
    assertThat(gateway.lines(ACME, batch.getOutputFile()))
        .extracting(each -> each.get("custom_id").asText())
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, 300)
                .mapToObj(i -> i <= 200 ? "a-" + i : "b-" + (i - 200))
                .toList());
    assertThat(gateway.lines(ACME, batch.getErrorFile()))
        .extracting(each -> each.get("custom_id").asText())
        .containsExactly("fail-1", "refuse-1");
    assertThat(pipeline.requestsOf(batch.getBatchId())).hasSize(302).doesNotContainValue(2);
  }

  @Test
  void aBadInputMakesABatchThatFailsWithItsLines() throws Exception {
    String input = String.join("\n", line("x"), "{not json", line("x"));
    BatchState made = gateway.create(ACME, gateway.upload(ACME, input));

    BatchState batch = gateway.awaitStatus(ACME, made.getBatchId(), BatchStatus.FAILED);

    assertThat(batch.getErrors())
        .extracting(BatchError::getCode, BatchError::getLine)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("invalid_json_line", 2L),
            org.assertj.core.groups.Tuple.tuple("duplicate_custom_id", 3L));
    assertThat(pipeline.requestsOf(batch.getBatchId())).isEmpty();
  }

  @Test
  void aCancelledBatchStopsAtOnceAndKeepsWhatWasPaid() throws Exception {
    pipeline.hold(request -> request.getCustomId().startsWith("c-"));
    String file = gateway.upload(ACME, lines("c-", 500));
    String id = gateway.create(ACME, file).getBatchId();
    await().atMost(PATIENCE).until(() -> pipeline.held() == IN_FLIGHT);
    assertThatThrownBy(() -> gateway.files.delete(ACME, file))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("cancel");

    assertThat(gateway.batches.cancel(ACME, id).getStatus()).isEqualTo(BatchStatus.CANCELLING);
    await()
        .atMost(PATIENCE)
        .until(
            () -> gateway.view.batches().get(id).orElseThrow().state().orElseThrow(),
            state -> state.getCancellingAt() != null);
    pipeline.release();
    BatchState batch = gateway.awaitStatus(ACME, id, BatchStatus.CANCELLED);

    assertThat(pipeline.requestsOf(id)).hasSize(IN_FLIGHT);
    assertThat(batch.getCompleted()).isEqualTo(IN_FLIGHT);
    assertThat(batch.getCancelled()).isEqualTo(500 - IN_FLIGHT);
    assertThat(gateway.lines(ACME, batch.getOutputFile())).hasSize(IN_FLIGHT);
    assertThat(gateway.lines(ACME, batch.getErrorFile()))
        .hasSize(500 - IN_FLIGHT)
        .allSatisfy(
            each -> assertThat(each.at("/error/code").asText()).isEqualTo("batch_cancelled"));
    assertThatThrownBy(() -> gateway.batches.get(new Owner("globex", "g"), id))
        .isInstanceOf(ApiException.class);
  }

  @Test
  void anExpiredBatchKeepsWhatCameAndSaysSoOfTheRest() throws Exception {
    pipeline.hold(request -> request.getCustomId().compareTo("e-10") > 0);
    String id = gateway.create(ACME, gateway.upload(ACME, lines("e-", 200))).getBatchId();
    await().atMost(PATIENCE).until(() -> pipeline.held() == IN_FLIGHT);

    later = Duration.ofHours(24).plusMinutes(6);
    BatchState batch = gateway.awaitStatus(ACME, id, BatchStatus.EXPIRED);
    pipeline.release();

    assertThat(batch.getCompleted() + batch.getExpired()).isEqualTo(200);
    assertThat(gateway.lines(ACME, batch.getErrorFile()))
        .hasSize(Math.toIntExact(batch.getExpired()))
        .allSatisfy(each -> assertThat(each.at("/error/code").asText()).isEqualTo("batch_expired"));
  }

  @Test
  void aBatchOfATenantWhoseTextKeyIsDestroyedFailsAndItsFilesAreNotRead() throws Exception {
    Owner tenant = new Owner("hooli", "seat");
    pipeline.hold(request -> request.getTenant().equals("hooli"));
    String file = gateway.upload(tenant, lines("h-", 200));
    String id = gateway.create(tenant, file).getBatchId();
    await().atMost(PATIENCE).until(() -> pipeline.held() == IN_FLIGHT);

    keys.destroy("hooli");
    pipeline.release();
    BatchState batch = gateway.awaitStatus(tenant, id, BatchStatus.FAILED);

    assertThat(batch.getErrors())
        .extracting(BatchError::getCode)
        .containsExactly("text_unreadable");
    assertThatThrownBy(() -> gateway.files.open(gateway.files.get(tenant, file)))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("text key of tenant hooli");
    assertThatThrownBy(() -> gateway.upload(tenant, line("later")))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("text key of tenant hooli");
  }

  @Test
  void aCreateThatIsRepeatedMakesOneBatch() throws Exception {
    String file = gateway.upload(ACME, line("once"));
    BatchState first = gateway.create(ACME, file);

    assertThat(gateway.create(ACME, file).getBatchId()).isEqualTo(first.getBatchId());
    assertThat(gateway.create(ACME, file, Map.of("a", "b"), null).getBatchId())
        .isNotEqualTo(first.getBatchId());
    String keyed = gateway.create(ACME, file, Map.of(), "key").getBatchId();
    assertThat(gateway.create(ACME, file, Map.of(), "key").getBatchId()).isEqualTo(keyed);
    assertThatThrownBy(() -> gateway.create(ACME, file, Map.of("c", "d"), "key"))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("Idempotency-Key");
  }

  /** A gateway that hangs as in a long pause, and then goes on as if nothing had been. */
  @Test
  void anotherGatewayTakesOverAndTheOldOneWritesNothingAnyMore() throws Exception {
    Owner tenant = new Owner("initech", "seat");
    pipeline.hold(
        request -> request.getTenant().equals("initech") && !request.getCustomId().endsWith("7"));
    String file = gateway.upload(tenant, lines("t-", 400));
    String id = gateway.create(tenant, file).getBatchId();
    await().atMost(PATIENCE).until(() -> pipeline.held() == IN_FLIGHT);

    Lock pause = new ReentrantLock();
    InstantSource clock =
        () -> {
          pause.lock();
          pause.unlock();
          return Instant.now().plus(later);
        };
    gateway.close();
    // Whatever happens here, the other tests go on with a gateway of their own.
    gateway = null;
    try (Gateway hangs = new Gateway("hangs", clock)) {
      hangs.awaitStatus(tenant, id, BatchStatus.IN_PROGRESS);
      await().atMost(PATIENCE).until(hangs.engine::isReady);
      pause.lock();
      boolean paused = true;
      try (Gateway second = new Gateway("two", () -> Instant.now().plus(later))) {
        pipeline.release();
        BatchState batch = second.awaitStatus(tenant, id, BatchStatus.COMPLETED);
        pause.unlock();
        paused = false;

        assertThat(batch.getCompleted()).isEqualTo(400);
        assertThat(pipeline.requestsOf(id)).hasSize(400).doesNotContainValue(2);
        assertThat(second.lines(tenant, batch.getOutputFile()))
            .extracting(each -> each.get("custom_id").asText())
            .containsExactlyElementsOf(
                IntStream.rangeClosed(1, 400).mapToObj(i -> "t-" + i).toList());
        assertThat(hangs.awaitStatus(tenant, id, BatchStatus.COMPLETED)).isEqualTo(batch);
      } finally {
        if (paused) {
          pause.unlock();
        }
      }
    }
  }
}
