package io.dualtrack.gateway.batches;

import io.dualtrack.files.BodyStore;
import io.dualtrack.files.FileStore;
import io.dualtrack.gateway.records.BatchIds;
import io.dualtrack.gateway.records.BatchView;
import io.dualtrack.gateway.records.KnownBatch;
import io.dualtrack.gateway.records.RecordLog;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.StoredFile;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what has had its time: expired and deleted files, contents that no record names, stored
 * bodies of requests that have ended, and records of batches that ended long ago. Every gateway
 * does it; what one has removed, the others do not find.
 */
final class Sweep implements Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

  /** Whoever reads a deleted file may read on for so long. */
  private static final Duration READERS = Duration.ofMinutes(10);

  /** Commands are removed first, so that no view takes an ended batch for a new one. */
  private static final Duration AFTER_COMMANDS = Duration.ofDays(1);

  private final BatchView view;
  private final RecordLog log;
  private final FileStore store;
  private final BodyStore bodies;
  private final Orphans orphans;
  private final Duration recordLifetime;
  private final InstantSource clock;

  Sweep(
      BatchView view,
      RecordLog log,
      FileStore store,
      Duration recordLifetime,
      InstantSource clock) {
    this.view = view;
    this.log = log;
    this.store = store;
    this.bodies = new BodyStore(store);
    this.orphans = new Orphans(store, this::isRecorded);
    this.recordLifetime = recordLifetime;
    this.clock = clock;
  }

  @Override
  public void run() {
    try {
      Instant now = clock.instant();
      for (StoredFile file : view.files().all()) {
        if (outlived(file, now)) {
          store.delete(file.getFileId());
          log.write(Topics.FILES, file.getFileId(), null);
        }
      }
      bodies.removeEnded(now);
      if (view.isReady()) {
        orphans.remove(now);
      }
      for (KnownBatch batch : view.batches().all()) {
        if (batch.ended()) {
          sweep(batch, now);
        }
      }
    } catch (IOException | RuntimeException e) {
      // Whatever it is, the next sweep meets it again; nothing else depends on this one.
      LOG.warn("a sweep did not come to its end; cause={}", e.toString());
    }
  }

  /** A batch's outputs are stored, both of them, before it is written that they are. */
  private boolean isRecorded(String file) {
    return view.files().get(file).isPresent()
        || view.batches().all().stream()
            .filter(batch -> !batch.ended())
            .anyMatch(
                batch ->
                    file.equals(BatchIds.file(batch.id(), "output"))
                        || file.equals(BatchIds.file(batch.id(), "error")));
  }

  private boolean outlived(StoredFile file, Instant now) {
    if (file.getDeletedAt() != null) {
      return now.isAfter(file.getDeletedAt().plus(READERS));
    }
    return file.getExpiresAt() != null
        && now.isAfter(file.getExpiresAt().plus(READERS))
        && !view.reads(file.getTenant(), file.getFileId());
  }

  private void sweep(KnownBatch batch, Instant now) {
    BatchState state = batch.state().orElseThrow();
    Instant outlived =
        state.getDeletedAt() == null
            ? state.getDeadline().plus(recordLifetime)
            : state.getDeletedAt();
    if (now.isBefore(outlived)) {
      return;
    }
    if (batch.hasCommands()) {
      log.write(Topics.BATCH_COMMANDS, BatchIds.create(batch.id()), null);
      log.write(Topics.BATCH_COMMANDS, BatchIds.cancel(batch.id()), null);
    } else if (now.isAfter(outlived.plus(AFTER_COMMANDS))) {
      log.write(Topics.BATCHES, batch.id(), null);
    }
  }
}
