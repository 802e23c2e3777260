package io.dualtrack.local.batches;

import io.dualtrack.local.batches.BatchClient.RefusedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * Files of the gateway, copied whole before anybody reads them: a gateway may end in the middle of
 * one, and what is made of it cannot be taken back.
 */
final class Downloads {

  private static final Duration PAUSE = Duration.ofMillis(200);

  private final BatchClient gateway;
  private final Path folder;
  private final Duration patience;

  /**
   * @param folder of the copies, each as large as its file
   * @param patience with a gateway that does not answer or breaks off, from the first time on
   */
  Downloads(BatchClient gateway, Path folder, Duration patience) {
    this.gateway = gateway;
    this.folder = folder;
    this.patience = patience;
  }

  /**
   * Reads a file; closing deletes the copy.
   *
   * @throws RefusedException if the gateway does not give it
   * @throws IOException if it did not come whole in time, or the copy cannot be written
   */
  InputStream open(String file) throws IOException, InterruptedException {
    Path copy = Files.createTempFile(folder, ".dualtrack-download-", ".jsonl");
    try {
      copy(file, copy);
      return Files.newInputStream(copy, StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException | InterruptedException e) {
      Files.deleteIfExists(copy);
      throw e;
    }
  }

  private void copy(String file, Path copy) throws IOException, InterruptedException {
    OptionalLong giveUp = OptionalLong.empty();
    while (true) {
      try (InputStream content = gateway.content(file)) {
        Files.copy(content, copy, StandardCopyOption.REPLACE_EXISTING);
        return;
      } catch (IOException e) {
        long now = System.nanoTime();
        giveUp = OptionalLong.of(giveUp.orElse(now + patience.toNanos()));
        boolean isFinal = e instanceof RefusedException refused && refused.isFinal();
        if (isFinal || now >= giveUp.getAsLong()) {
          throw e;
        }
        Thread.sleep(PAUSE.toMillis());
      }
    }
  }
}
