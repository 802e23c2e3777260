package io.dualtrack.gateway.batches;

import io.dualtrack.files.FileStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes contents of files that no record names. A file's content is stored before its record is
 * written, so a gateway that is killed between the two leaves a content that nobody can ask for and
 * nothing else would ever remove. No store says how old a content is in a way that all have in
 * common; so it is removed after it was seen without a record for an hour, over which a record that
 * is on its way has come.
 *
 * <p>One thread may use an instance.
 */
final class Orphans {

  private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);

  static final Duration PATIENCE = Duration.ofHours(1);

  private static final String PREFIX = "file-";

  private final FileStore store;
  private final Predicate<String> recorded;
  private final Map<String, Instant> seenSince = new HashMap<>();

  /**
   * @param recorded whether a record names a file, or will when its batch ends
   */
  Orphans(FileStore store, Predicate<String> recorded) {
    this.store = store;
    this.recorded = recorded;
  }

  /** Removes what was without a record for long enough; to be called now and then. */
  void remove(Instant now) throws IOException {
    List<String> orphans = store.list(PREFIX).stream().filter(recorded.negate()).toList();
    seenSince.keySet().retainAll(orphans);
    for (String orphan : orphans) {
      Instant since = seenSince.computeIfAbsent(orphan, id -> now);
      if (!now.isBefore(since.plus(PATIENCE))) {
        store.delete(orphan);
        LOG.info("removed a content that no record names; file={}", orphan);
      }
    }
  }
}
