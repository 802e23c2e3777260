package io.dualtrack.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.files.FileDraft;
import io.dualtrack.files.FileStore;
import io.dualtrack.files.FileStoreConfig;
import io.dualtrack.gateway.KafkaClients;
import io.dualtrack.gateway.RunningGateway;
import io.dualtrack.gateway.RunningGateway.Gateway;
import io.dualtrack.gateway.records.BatchIds;
import io.dualtrack.gateway.records.BatchView;
import io.dualtrack.gateway.records.RecordLog;
import io.dualtrack.schemas.BatchCommand;
import io.dualtrack.schemas.BatchCommandKind;
import io.dualtrack.schemas.BatchDialect;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.BatchStatus;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.StoredFile;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** On the records of a tenant of its own, which are as old as the test needs them. */
@ExtendWith(RunningGateway.class)
class SweepIT {

  private static final String TENANT = "swept";
  private static final Duration RECORDS = Duration.ofDays(90);

  private final Gateway gateway;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final Instant now = Instant.now();
  @TempDir private Path folder;
  private FileStore store;
  private BatchView view;
  private RecordLog log;
  private Instant clock = now;
  private Sweep sweep;

  SweepIT(Gateway gateway) {
    this.gateway = gateway;
  }

  @BeforeEach
  void open() throws Exception {
    KafkaClients kafka = new KafkaClients(KafkaAccess.at(gateway.broker().bootstrap()));
    store = FileStoreConfig.of(Map.of(), folder).open();
    view = new BatchView(kafka, gateway.broker().registry(), "sweep-test", failure::set);
    view.start();
    view.complete().get(30, TimeUnit.SECONDS);
    log = new RecordLog(kafka.prompt("sweep-test-log"), gateway.broker().registry(), view);
    sweep = new Sweep(view, log, store, RECORDS, () -> clock);
  }

  @AfterEach
  void close() {
    log.close();
    view.close();
    store.close();
    assertThat(failure).hasValue(null);
  }

  @Test
  void filesGoWhenTheyHaveExpiredOrWereDeletedAndNobodyReadsThemAnyMore() throws Exception {
    file("file-sweep-expired", now.minusSeconds(3_600), null);
    file("file-sweep-fresh", now.plusSeconds(3_600), null);
    file("file-sweep-read", now.minusSeconds(3_600), null);
    file("file-sweep-deleted", now.plusSeconds(3_600), now.minusSeconds(3_600));
    file("file-sweep-deleted-just-now", now.plusSeconds(3_600), now);
    // With a line in flight, for which the gateway behind the tests waits.
    BatchState reads = batch("batch_sweep_open", "file-sweep-read", now, BatchStatus.CANCELLING);
    log.write(Topics.BATCHES, reads.getBatchId(), reads);

    sweep.run();

    assertThat(view.files().all(TENANT))
        .extracting(StoredFile::getFileId)
        .containsExactlyInAnyOrder(
            "file-sweep-fresh", "file-sweep-read", "file-sweep-deleted-just-now");
    assertThat(store.list(""))
        .containsExactlyInAnyOrder(
            "file-sweep-fresh", "file-sweep-read", "file-sweep-deleted-just-now");
  }

  @Test
  void recordsOfABatchThatEndedLongAgoGoItsCommandsFirst() {
    Instant longAgo = now.minus(RECORDS).minusSeconds(60);
    BatchState old = batch("batch_sweep_old", "file-none", longAgo, BatchStatus.COMPLETED);
    BatchState young = batch("batch_sweep_young", "file-none", now, BatchStatus.COMPLETED);
    for (BatchState state : List.of(old, young)) {
      log.write(Topics.BATCHES, state.getBatchId(), state);
      log.write(
          Topics.BATCH_COMMANDS,
          BatchIds.create(state.getBatchId()),
          new BatchCommand(
              state.getBatchId(), TENANT, BatchCommandKind.CREATE, state.getCreatedAt(), state));
    }

    sweep.run();
    assertThat(view.batches().get("batch_sweep_old").orElseThrow().hasCommands()).isFalse();
    sweep.run();
    assertThat(view.batches().get("batch_sweep_old")).isPresent();
    clock = now.plus(Duration.ofDays(1));
    sweep.run();

    assertThat(view.batches().get("batch_sweep_old")).isEmpty();
    assertThat(view.batches().get("batch_sweep_young").orElseThrow().hasCommands()).isTrue();
  }

  @Test
  void aContentThatNoRecordNamesGoesButNotTheOutputOfABatchThatIsBeingWritten() throws Exception {
    BatchState open = batch("batch_sweep_writing", "file-none", now, BatchStatus.CANCELLING);
    log.write(Topics.BATCHES, open.getBatchId(), open);
    String output = BatchIds.file(open.getBatchId(), "output");
    keep(output);
    keep("file-of-a-gateway-that-was-killed");

    sweep.run();
    clock = now.plus(Orphans.PATIENCE);
    sweep.run();

    assertThat(store.list("")).containsExactly(output);
  }

  private void file(String id, Instant expiresAt, Instant deletedAt) throws IOException {
    keep(id);
    log.write(
        Topics.FILES,
        id,
        StoredFile.newBuilder()
            .setFileId(id)
            .setTenant(TENANT)
            .setAccount("one")
            .setPurpose("batch")
            .setFilename("x.jsonl")
            .setBytes(1L)
            .setCreatedAt(now.minus(Duration.ofDays(31)))
            .setExpiresAt(expiresAt)
            .setDeletedAt(deletedAt)
            .build());
  }

  private void keep(String id) throws IOException {
    try (FileDraft draft = store.begin(id)) {
      draft.write(new byte[] {1}, 0, 1);
      draft.commit();
    }
  }

  private static BatchState batch(String id, String input, Instant deadline, BatchStatus status) {
    return BatchState.newBuilder()
        .setBatchId(id)
        .setTenant(TENANT)
        .setAccount("one")
        .setInput(input)
        .setEndpoint("/v1/chat/completions")
        .setStatus(status)
        .setNextLine(2)
        .setTotal(1)
        .setCompleted(0)
        .setFailed(0)
        .setCreatedAt(deadline)
        .setDeadline(deadline)
        .setDialect(BatchDialect.OPENAI)
        .setCompletionWindow("24h")
        .setFingerprint("none")
        .setCancellingAt(status == BatchStatus.CANCELLING ? deadline : null)
        .setResultsFrom(0L)
        .build();
  }
}
