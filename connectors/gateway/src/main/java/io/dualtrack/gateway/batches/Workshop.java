package io.dualtrack.gateway.batches;

import io.dualtrack.files.FileStore;
import io.dualtrack.files.NoTextKeyException;
import io.dualtrack.gateway.KafkaClients;
import io.dualtrack.gateway.bodies.LargeBodies;
import io.dualtrack.gateway.feeder.InputCheck;
import io.dualtrack.gateway.feeder.InputLine;
import io.dualtrack.gateway.feeder.InputLines;
import io.dualtrack.gateway.feeder.LineParser;
import io.dualtrack.gateway.files.Files;
import io.dualtrack.gateway.messages.MessageLines;
import io.dualtrack.gateway.output.Ended.Kind;
import io.dualtrack.gateway.output.LineForm;
import io.dualtrack.gateway.output.OutputLines;
import io.dualtrack.gateway.output.OutputWriter;
import io.dualtrack.gateway.records.BatchIds;
import io.dualtrack.gateway.records.BatchView;
import io.dualtrack.gateway.responses.ResponsesLines;
import io.dualtrack.gateway.responses.ResponsesRequest;
import io.dualtrack.schemas.BatchDialect;
import io.dualtrack.schemas.BatchError;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.BatchStatus;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.StoredFile;
import io.dualtrack.schemas.TextSubject;
import io.dualtrack.schemas.Topics;
import io.dualtrack.tracing.Traces;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * What the work on partitions shares, and the work that takes long: reading whole inputs and
 * writing whole outputs is done by a few threads beside the engine's, which gets what came of it.
 */
final class Workshop implements AutoCloseable {

  private static final int WORKERS = 2;

  private final KafkaClients kafka;
  private final SchemaRegistry registry;
  private final BatchSettings settings;
  private final FileStore store;
  private final LargeBodies bodies;
  private final BatchView view;
  private final ResultsReader results;
  private final Traces traces;
  private final InstantSource clock;
  private final Lifecycle lifecycle;
  private final int partitions;
  private final Queue<Runnable> outcomes = new ConcurrentLinkedQueue<>();
  private final ExecutorService workers;

  Workshop(
      KafkaClients kafka,
      SchemaRegistry registry,
      BatchSettings settings,
      FileStore store,
      LargeBodies bodies,
      BatchView view,
      ResultsReader results,
      Traces traces,
      InstantSource clock) {
    this.kafka = kafka;
    this.registry = registry;
    this.settings = settings;
    this.store = store;
    this.bodies = bodies;
    this.view = view;
    this.results = results;
    this.traces = traces;
    this.clock = clock;
    this.lifecycle = new Lifecycle(settings);
    this.partitions = results.partitions();
    this.workers =
        Executors.newFixedThreadPool(
            WORKERS, task -> new Thread(task, "dualtrack-gateway-batch-files"));
  }

  BatchView view() {
    return view;
  }

  ResultsReader results() {
    return results;
  }

  Lifecycle lifecycle() {
    return lifecycle;
  }

  int partitions() {
    return partitions;
  }

  Instant now() {
    return clock.instant();
  }

  long positionOfBatches(int partition) {
    return view.position(new TopicPartition(Topics.BATCHES.name(), partition));
  }

  PartitionWriter writer(int partition) {
    Producer<String, byte[]> producer =
        kafka.transactional("dualtrack-gateway-batches-" + partition);
    try {
      return new PartitionWriter(producer, registry, traces);
    } catch (KafkaException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  RunningBatch runningBatch(BatchState state, int partition) throws IOException {
    return new RunningBatch(
        state,
        store,
        form(state),
        settings.spool().resolve(Integer.toString(partition)).resolve(state.getBatchId()));
  }

  InferenceRequest request(BatchState batch, InputLine.Accepted line, Instant now)
      throws IOException {
    return BatchRequests.of(batch, line, now, bodies);
  }

  private static LineForm form(BatchState state) {
    if (state.getDialect() == BatchDialect.ANTHROPIC) {
      return new MessageLines();
    }
    return state.getEndpoint().equals(ResponsesRequest.ENDPOINT)
        ? new ResponsesLines()
        : new OutputLines();
  }

  /** Applies what the workers have done since the last time, on the engine's thread. */
  boolean applyOutcomes() {
    boolean any = false;
    for (Runnable outcome = outcomes.poll(); outcome != null; outcome = outcomes.poll()) {
      outcome.run();
      any = true;
    }
    return any;
  }

  /** Work with files, and what is to be made of it on the engine's thread. */
  private interface Work {
    Runnable run() throws IOException;
  }

  private void submit(RunningBatch batch, OwnedPartition partition, Work work) {
    batch.busy(true);
    workers.execute(
        () -> {
          Runnable outcome;
          try {
            outcome = work.run();
          } catch (IOException e) {
            outcome = () -> partition.rest(batch, e, now());
          }
          Runnable then = outcome;
          outcomes.add(
              () -> {
                batch.busy(false);
                if (batch.abandoned()) {
                  batch.abandon();
                } else {
                  partition.apply(batch, then);
                }
              });
        });
  }

  void validate(RunningBatch batch, OwnedPartition partition) {
    BatchState state = batch.state();
    submit(
        batch,
        partition,
        () -> {
          InputCheck.Verdict verdict = check(batch, state);
          return () -> {
            if (verdict instanceof InputCheck.Verdict.Valid valid) {
              partition.validated(batch, valid.total(), valid.model());
            } else if (verdict instanceof InputCheck.Verdict.Invalid invalid) {
              partition.end(batch, failed(state, invalid.errors()), List.of());
            }
          };
        });
  }

  private InputCheck.Verdict check(RunningBatch batch, BatchState state) throws IOException {
    long bytes = view.files().get(state.getInput()).map(StoredFile::getBytes).orElse(0L);
    if (bytes > InputCheck.MAX_BYTES && state.getDialect() == BatchDialect.OPENAI) {
      return new InputCheck.Verdict.Invalid(
          List.of(
              new BatchError(
                  "file_too_large",
                  "The input file of a batch may have %,d bytes; split it."
                      .formatted(InputCheck.MAX_BYTES),
                  null,
                  "input_file_id")));
    }
    try (InputLines lines =
        new InputLines(store.open(state.getInput(), 0), 1, 0, LineParser.LINE_LIMIT_BYTES)) {
      return new InputCheck(state.getEndpoint(), limits(state)).check(lines, batch::abandoned);
    } catch (NoSuchFileException e) {
      return new InputCheck.Verdict.Invalid(
          List.of(
              new BatchError(
                  "input_file_missing",
                  "The input file does not exist any more; upload it again.",
                  null,
                  "input_file_id")));
    }
  }

  private static InputCheck.Limits limits(BatchState state) {
    return state.getDialect() == BatchDialect.ANTHROPIC
        ? InputCheck.Limits.ANTHROPIC
        : InputCheck.Limits.OPENAI;
  }

  /** A batch whose files nobody can read or write any more. */
  BatchState unreadable(BatchState state, NoTextKeyException why) {
    return failed(
        state, List.of(new BatchError("text_unreadable", why.getMessage(), null, "input_file_id")));
  }

  private BatchState failed(BatchState state, List<BatchError> errors) {
    return BatchState.newBuilder(state)
        .setStatus(BatchStatus.FAILED)
        .setFailedAt(now())
        .setErrors(errors)
        .setClientAddress(null)
        .build();
  }

  void finalise(RunningBatch batch, OwnedPartition partition) {
    BatchState state = batch.state();
    boolean cancelled = state.getCancellingAt() != null;
    OutputWriter.Job job =
        new OutputWriter.Job(
            state.getInput(),
            state.getEndpoint(),
            state.getTotal(),
            line -> BatchIds.request(state.getBatchId(), line),
            batch.form(),
            cancelled ? Kind.CANCELLED : Kind.EXPIRED,
            BatchIds.file(state.getBatchId(), "output"),
            BatchIds.file(state.getBatchId(), "error"));
    submit(
        batch,
        partition,
        () -> {
          Optional<OutputWriter.Written> written =
              new OutputWriter(store.of(new TextSubject(state.getTenant(), state.getAccount())))
                  .write(job, batch.spool(), batch::abandoned);
          return () -> written.ifPresent(each -> ended(batch, partition, job, each));
        });
  }

  private void ended(
      RunningBatch batch,
      OwnedPartition partition,
      OutputWriter.Job job,
      OutputWriter.Written written) {
    Instant now = now();
    BatchState before = batch.state();
    long answered = batch.spool().count(Kind.ANSWERED);
    boolean cancelled = job.rest() == Kind.CANCELLED;
    long expired = batch.spool().count(Kind.EXPIRED) + (cancelled ? 0 : written.rest());
    BatchState.Builder state =
        BatchState.newBuilder(before)
            .setCompleted(answered)
            .setFailed(before.getTotal() - answered)
            .setExpired(expired)
            .setCancelled(cancelled ? written.rest() : 0)
            .setUsage(batch.spool().usage())
            .setClientAddress(null);
    if (before.getFinalizingAt() == null) {
      state.setFinalizingAt(now);
    }
    if (cancelled) {
      state.setStatus(BatchStatus.CANCELLED).setCancelledAt(now);
    } else if (expired > 0) {
      state.setStatus(BatchStatus.EXPIRED).setExpiredAt(now);
    } else {
      state.setStatus(BatchStatus.COMPLETED).setCompletedAt(now);
    }
    List<StoredFile> files = new ArrayList<>();
    if (written.outputBytes().isPresent()) {
      state.setOutputFile(job.outputFile());
      files.add(file(before, job.outputFile(), "output", written.outputBytes(), now));
    }
    if (written.errorBytes().isPresent()) {
      state.setErrorFile(job.errorFile());
      files.add(file(before, job.errorFile(), "error", written.errorBytes(), now));
    }
    partition.end(batch, state.build(), files);
  }

  private StoredFile file(
      BatchState batch, String id, String part, OptionalLong bytes, Instant now) {
    Duration lifetime =
        batch.getOutputExpiresAfterSeconds() == null
            ? settings.outputLifetime()
            : Duration.ofSeconds(batch.getOutputExpiresAfterSeconds());
    return StoredFile.newBuilder()
        .setFileId(id)
        .setTenant(batch.getTenant())
        .setAccount(batch.getAccount())
        .setPurpose(batch.getDialect() == BatchDialect.ANTHROPIC ? Files.MESSAGES : Files.OUTPUT)
        .setFilename("%s_%s.jsonl".formatted(batch.getBatchId(), part))
        .setBytes(bytes.orElseThrow())
        .setCreatedAt(now)
        .setExpiresAt(now.plus(lifetime))
        .build();
  }

  @Override
  public void close() {
    workers.shutdown();
    try {
      // Abandoned work ends with its next line.
      if (!workers.awaitTermination(10, TimeUnit.SECONDS)) {
        workers.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
