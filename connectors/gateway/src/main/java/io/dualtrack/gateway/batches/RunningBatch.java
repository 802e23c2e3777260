package io.dualtrack.gateway.batches;

import io.dualtrack.files.FileStore;
import io.dualtrack.files.NoTextKeyException;
import io.dualtrack.gateway.feeder.InputLine;
import io.dualtrack.gateway.feeder.InputLines;
import io.dualtrack.gateway.feeder.LineParser;
import io.dualtrack.gateway.output.Ended;
import io.dualtrack.gateway.output.LineForm;
import io.dualtrack.gateway.output.Spool;
import io.dualtrack.gateway.records.BatchIds;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.InferenceResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A batch that this gateway works on. Belongs to the engine's thread, but for what is said. */
final class RunningBatch {

  private static final Logger LOG = LoggerFactory.getLogger(RunningBatch.class);

  private final FileStore store;
  private final LineForm form;
  private final Spool spool;
  private BatchState state;
  private InputLines reader;
  private boolean busy;
  private boolean changed;
  private NoTextKeyException unreadable;
  private Instant notBefore = Instant.MIN;
  private Instant writtenAt = Instant.MIN;

  /** Read by the workers. */
  private volatile boolean abandoned;

  RunningBatch(BatchState state, FileStore store, LineForm form, Path spool) throws IOException {
    this.state = state;
    this.store = store;
    this.form = form;
    this.spool = new Spool(spool);
  }

  String id() {
    return state.getBatchId();
  }

  /** As it was written last. */
  BatchState state() {
    return state;
  }

  LineForm form() {
    return form;
  }

  Spool spool() {
    return spool;
  }

  /** Takes over what was committed. */
  void written(BatchState next, Instant now) {
    state = next;
    changed = false;
    writtenAt = now;
  }

  /** The state with what is known by now, to be changed and written. */
  BatchState.Builder next() {
    long answered = spool.count(Ended.Kind.ANSWERED);
    return BatchState.newBuilder(state).setCompleted(answered).setFailed(spool.size() - answered);
  }

  /** Whether results came since the state was written, and that is a while ago. */
  boolean overdue(Instant now) {
    return changed && now.isAfter(writtenAt.plusMillis(500));
  }

  long released() {
    return state.getNextLine() - 1;
  }

  long inFlight() {
    return Math.max(0, released() - spool.size());
  }

  long waiting() {
    return state.getTotal() - released();
  }

  /** A worker is at it. */
  boolean busy() {
    return busy;
  }

  void busy(boolean now) {
    busy = now;
  }

  /** After a fault of the file store nothing is tried before this. */
  boolean rests(Instant now) {
    return now.isBefore(notBefore);
  }

  void restUntil(Instant then) {
    notBefore = then;
  }

  /** Why its files will never be read or written; such a batch ends. */
  Optional<NoTextKeyException> unreadable() {
    return Optional.ofNullable(unreadable);
  }

  void unreadable(NoTextKeyException why) {
    unreadable = why;
  }

  boolean abandoned() {
    return abandoned;
  }

  /** Keeps the first result of a line. */
  void take(InferenceResult result) throws IOException {
    long line = BatchIds.line(id(), result.getRequestId());
    if (line < 1 || line > state.getTotal()) {
      LOG.error("a result of no line; batch={} requestId={}", id(), result.getRequestId());
      return;
    }
    if (spool.add(form.of(line, result))) {
      changed = true;
    } else {
      LOG.error("a result too many; batch={} requestId={}", id(), result.getRequestId());
    }
  }

  /** A line on its way out, and where the one behind it begins. */
  record Release(InputLine.Accepted line, long nextByte) {}

  /** The next line, {@code behind} lines behind the last one that was committed. */
  Release read(LineParser parser) throws IOException {
    if (reader == null) {
      reader =
          new InputLines(
              store.open(state.getInput(), state.getNextByte()),
              state.getNextLine(),
              state.getNextByte(),
              LineParser.LINE_LIMIT_BYTES);
    }
    Optional<InputLines.Line> line = reader.next();
    if (line.isPresent() && parser.parse(line.get()) instanceof InputLine.Accepted accepted) {
      return new Release(accepted, line.get().end());
    }
    throw new IOException(
        "input %s is not what it was when it was validated".formatted(state.getInput()));
  }

  /** Reading goes on from what was committed. */
  void closeReader() {
    if (reader != null) {
      try {
        reader.close();
      } catch (IOException e) {
        LOG.warn("cannot close an input; batch={} cause={}", id(), e.getMessage());
      }
      reader = null;
    }
  }

  /** Ends the work on it here; nothing that a worker still does will be used. */
  void abandon() {
    abandoned = true;
    closeReader();
    try {
      if (busy) {
        // The worker may be reading it; the folder is cleared with the next start.
        return;
      }
      spool.delete();
    } catch (IOException e) {
      LOG.warn("cannot remove a spool; batch={} cause={}", id(), e.getMessage());
    }
  }
}
