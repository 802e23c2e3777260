package io.dualtrack.gateway.batches;

import io.dualtrack.files.NoTextKeyException;
import io.dualtrack.gateway.batches.Lifecycle.Step;
import io.dualtrack.gateway.feeder.FairShare.Backlog;
import io.dualtrack.gateway.feeder.LineParser;
import io.dualtrack.gateway.records.KnownBatch;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.BatchStatus;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.StoredFile;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One partition of batches and of their results, and the work on them, as long as it is this
 * gateway's. Belongs to the engine's thread.
 *
 * <p>It costs nothing while it has no batch. With the first one its writer is opened, which fences
 * an earlier owner, and only after that is what the owner wrote read to its end: so what is gone on
 * with is what was committed last. Results that came in the meantime are read again from where the
 * oldest batch began.
 */
final class OwnedPartition {

  private static final Logger LOG = LoggerFactory.getLogger(OwnedPartition.class);

  /** After a fault of Kafka or of the file store. */
  private static final Duration REST = Duration.ofSeconds(1);

  private static final long MAX_RELEASE_BYTES = 4L * 1024 * 1024;

  private enum Stage {
    IDLE,
    OPENING,
    RECOVERING,
    READY
  }

  private final int partition;
  private final Workshop workshop;
  private final Map<String, RunningBatch> running = new HashMap<>();

  /** Ended here, and not yet seen as ended in the view. */
  private final Set<String> finished = new HashSet<>();

  private Stage stage = Stage.IDLE;
  private PartitionWriter writer;
  private long openAt;
  private long readyAt;
  private long seenVersion = -1;
  private Instant notBefore = Instant.MIN;

  OwnedPartition(int partition, Workshop workshop) {
    this.partition = partition;
    this.workshop = workshop;
  }

  /** Takes results of batches that run here; others are somebody else's. */
  void take(String replyKey, InferenceResult result) throws IOException {
    running.get(replyKey).take(result);
  }

  boolean wants(String replyKey) {
    return running.containsKey(replyKey);
  }

  /** What may be released and what is in flight, where this partition is ready. */
  List<Backlog> backlogs(Instant now) {
    if (stage != Stage.READY) {
      return List.of();
    }
    return running.values().stream()
        .map(
            batch ->
                new Backlog(
                    batch.id(),
                    batch.state().getTenant(),
                    batch.inFlight(),
                    !batch.busy() && !batch.rests(now) && step(batch, now) == Step.FEED
                        ? batch.waiting()
                        : 0))
        .toList();
  }

  private Step step(RunningBatch batch, Instant now) {
    boolean cancelAsked =
        workshop.view().batches().get(batch.id()).flatMap(KnownBatch::cancelAsked).isPresent();
    return workshop.lifecycle().next(batch.state(), cancelAsked, batch.spool().size(), now);
  }

  /** Does what is to be done now; returns soon. */
  void work(Instant now) {
    if (now.isBefore(notBefore)) {
      return;
    }
    try {
      switch (stage) {
        case IDLE -> open();
        case OPENING -> recover();
        case RECOVERING -> {
          if (workshop.results().position(partition) >= readyAt) {
            stage = Stage.READY;
          }
        }
        case READY -> {
          admit();
          for (RunningBatch batch : List.copyOf(running.values())) {
            advance(batch, now);
          }
        }
      }
    } catch (KafkaException e) {
      letGo(e, now);
    }
  }

  /** Does something for a batch of this partition, if it still is one. */
  void apply(RunningBatch batch, Runnable outcome) {
    if (running.get(batch.id()) != batch) {
      return;
    }
    try {
      outcome.run();
    } catch (KafkaException e) {
      letGo(e, workshop.now());
    }
  }

  private List<KnownBatch> openBatches() {
    return workshop.view().open(partition, workshop.partitions());
  }

  private void open() {
    if (!newsOfTheView() || openBatches().isEmpty()) {
      return;
    }
    writer = workshop.writer(partition);
    openAt = workshop.results().endOfBatches(partition);
    stage = Stage.OPENING;
  }

  private boolean newsOfTheView() {
    long version = workshop.view().version();
    boolean news = version != seenVersion;
    seenVersion = version;
    return news;
  }

  private void recover() {
    if (workshop.positionOfBatches(partition) < openAt) {
      return;
    }
    List<KnownBatch> open = openBatches();
    for (KnownBatch batch : open) {
      begin(batch);
    }
    OptionalLong from =
        running.values().stream()
            .mapToLong(batch -> batch.state().getResultsFrom())
            .filter(offset -> offset >= 0)
            .min();
    readyAt = workshop.results().end(partition);
    from.ifPresent(offset -> workshop.results().readFrom(partition, offset));
    stage = Stage.RECOVERING;
    if (!open.isEmpty()) {
      LOG.info("takes batches over; partition={} batches={}", partition, open.size());
    }
  }

  private void admit() {
    if (!newsOfTheView()) {
      return;
    }
    Set<String> open = new HashSet<>();
    for (KnownBatch batch : openBatches()) {
      open.add(batch.id());
      if (!running.containsKey(batch.id()) && !finished.contains(batch.id())) {
        begin(batch);
      }
    }
    finished.retainAll(open);
  }

  private void begin(KnownBatch batch) {
    BatchState state = batch.state().orElseThrow();
    try {
      running.put(batch.id(), workshop.runningBatch(state, partition));
    } catch (IOException e) {
      throw new KafkaException("cannot begin a spool for batch " + batch.id(), e);
    }
  }

  private void advance(RunningBatch batch, Instant now) {
    if (batch.busy() || batch.rests(now)) {
      return;
    }
    Optional<NoTextKeyException> unreadable = batch.unreadable();
    if (unreadable.isPresent()) {
      end(batch, workshop.unreadable(batch.next().build(), unreadable.get()), List.of());
      return;
    }
    switch (step(batch, now)) {
      case VALIDATE -> workshop.validate(batch, this);
      case CANCEL ->
          write(
              batch,
              batch.next().setStatus(BatchStatus.CANCELLING).setCancellingAt(now).build(),
              List.of());
      case FINALISE -> {
        batch.closeReader();
        if (batch.state().getStatus() == BatchStatus.IN_PROGRESS) {
          write(
              batch,
              batch.next().setStatus(BatchStatus.FINALIZING).setFinalizingAt(now).build(),
              List.of());
        }
        workshop.finalise(batch, this);
      }
      case FEED, WAIT -> {
        if (batch.overdue(now)) {
          write(batch, batch.next().build(), List.of());
        }
      }
    }
  }

  /** Begins to run a batch whose input is right. */
  void validated(RunningBatch batch, long total, String model) {
    Instant now = workshop.now();
    write(
        batch,
        BatchState.newBuilder(batch.state())
            .setStatus(BatchStatus.IN_PROGRESS)
            .setTotal(total)
            .setModel(model)
            .setNextLine(1)
            .setNextByte(0)
            .setResultsFrom(workshop.results().position(partition))
            .setInProgressAt(now)
            .build(),
        List.of());
  }

  /** Writes how a batch ended, with its files, and forgets it. */
  void end(RunningBatch batch, BatchState state, List<StoredFile> files) {
    finished.add(batch.id());
    write(batch, state, files);
    running.remove(batch.id());
    batch.abandon();
    LOG.info(
        "a batch has ended; batch={} tenant={} status={} completed={} failed={}",
        batch.id(),
        state.getTenant(),
        state.getStatus(),
        state.getCompleted(),
        state.getFailed());
  }

  private void write(RunningBatch batch, BatchState state, List<StoredFile> files) {
    writer.begin();
    files.forEach(writer::send);
    writer.send(state);
    writer.commit();
    batch.written(state, workshop.now());
  }

  /**
   * Releases lines: the requests and the mark of the next line are one transaction.
   *
   * @param allotted lines by batch, of any partition
   * @return how many were released
   */
  int release(Map<String, Integer> allotted, Instant now) {
    List<RunningBatch> batches =
        running.values().stream().filter(batch -> allotted.containsKey(batch.id())).toList();
    if (batches.isEmpty()) {
      return 0;
    }
    try {
      return releaseOf(batches, allotted, now);
    } catch (KafkaException e) {
      letGo(e, now);
      return 0;
    }
  }

  private int releaseOf(List<RunningBatch> batches, Map<String, Integer> allotted, Instant now) {
    Map<RunningBatch, BatchState> next = new HashMap<>();
    long bytes = 0;
    int lines = 0;
    writer.begin();
    for (RunningBatch batch : batches) {
      LineParser parser = new LineParser(batch.state().getEndpoint());
      long nextByte = batch.state().getNextByte();
      int sent = 0;
      try {
        while (sent < allotted.get(batch.id()) && bytes < MAX_RELEASE_BYTES) {
          RunningBatch.Release release = batch.read(parser);
          writer.send(workshop.request(batch.state(), release.line(), now));
          bytes += release.nextByte() - nextByte;
          nextByte = release.nextByte();
          sent++;
        }
      } catch (IOException e) {
        rest(batch, e, now);
      }
      if (sent > 0) {
        BatchState state =
            batch
                .next()
                .setNextLine(batch.state().getNextLine() + sent)
                .setNextByte(nextByte)
                .build();
        writer.send(state);
        next.put(batch, state);
        lines += sent;
      }
    }
    writer.commit();
    next.forEach((batch, state) -> batch.written(state, now));
    return lines;
  }

  /** Tries a batch again later whose files cannot be read or written now. */
  void rest(RunningBatch batch, IOException cause, Instant now) {
    LOG.error("a file cannot be used; batch={} cause={}", batch.id(), cause.toString());
    batch.closeReader();
    if (cause instanceof NoTextKeyException gone) {
      batch.unreadable(gone);
    }
    batch.restUntil(now.plus(REST));
  }

  /**
   * Forgets all that was not committed: Kafka may have refused it because the partition is somebody
   * else's by now. If it is still ours, it is taken over again, from what was committed.
   */
  private void letGo(KafkaException cause, Instant now) {
    LOG.warn("starts over with a partition; partition={} cause={}", partition, cause.toString());
    close();
    notBefore = now.plus(REST);
    stage = Stage.IDLE;
    seenVersion = -1;
  }

  /** Stops at once. What was committed is for the next owner. */
  void close() {
    running.values().forEach(RunningBatch::abandon);
    running.clear();
    finished.clear();
    Optional.ofNullable(writer).ifPresent(PartitionWriter::close);
    writer = null;
  }
}
