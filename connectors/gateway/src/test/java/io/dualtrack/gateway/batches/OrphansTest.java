package io.dualtrack.gateway.batches;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.files.FileDraft;
import io.dualtrack.files.FileStore;
import io.dualtrack.files.FileStoreConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrphansTest {

  private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
  private static final Instant ONE = NOON.plus(Orphans.PATIENCE);

  @TempDir private Path folder;
  private FileStore store;
  private final Set<String> recorded = new HashSet<>();
  private Orphans orphans;

  @BeforeEach
  void open() throws IOException {
    store = FileStoreConfig.of(Map.of(), folder).open();
    orphans = new Orphans(store, recorded::contains);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void aContentWithoutARecordGoesAfterAnHourAndNotBefore() throws IOException {
    keep("file-1");

    orphans.remove(NOON);
    orphans.remove(ONE.minusSeconds(1));
    assertThat(store.list("")).containsExactly("file-1");
    orphans.remove(ONE);

    assertThat(store.list("")).isEmpty();
  }

  @Test
  void whatIsRecordedStaysAndSoDoesWhatIsNoFile() throws IOException {
    keep("file-1");
    keep("body-2026112112-r1");
    recorded.add("file-1");

    orphans.remove(NOON);
    orphans.remove(ONE);

    assertThat(store.list("")).containsExactlyInAnyOrder("file-1", "body-2026112112-r1");
  }

  @Test
  void aRecordThatComesLateIsNoOrphansAndTheHourBeginsAgainWhenItGoes() throws IOException {
    keep("file-1");
    orphans.remove(NOON);
    recorded.add("file-1");
    orphans.remove(NOON.plusSeconds(600));
    recorded.clear();

    orphans.remove(ONE);

    assertThat(store.list("")).containsExactly("file-1");
  }

  private void keep(String id) throws IOException {
    try (FileDraft draft = store.begin(id)) {
      draft.write(new byte[] {1}, 0, 1);
      draft.commit();
    }
  }
}
