package io.dualtrack.bodies;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The secret that features are keyed with. Instances of one deployment must share it. */
public final class FeatureSecret {

  private static final String FILE = "feature-secret";
  private static final int BYTES = 32;

  private FeatureSecret() {}

  /**
   * The secret of a data folder; a random one is written there at the first start.
   *
   * @throws UncheckedIOException if the folder cannot be read or written
   */
  public static byte[] ofFolder(Path folder) {
    Path file = folder.resolve(FILE);
    try {
      Files.createDirectories(folder);
      if (!Files.exists(file)) {
        create(folder, file);
      }
      return HexFormat.of().parseHex(Files.readString(file, StandardCharsets.US_ASCII).strip());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read or make the feature secret " + file, e);
    }
  }

  private static void create(Path folder, Path file) throws IOException {
    byte[] secret = new byte[BYTES];
    new SecureRandom().nextBytes(secret);
    // Temporary files are readable by their owner only. The move makes sure that a kill leaves the
    // whole secret or none.
    Path draft =
        folder.getFileSystem().supportedFileAttributeViews().contains("posix")
            ? Files.createTempFile(
                folder,
                FILE,
                ".tmp",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
            : Files.createTempFile(folder, FILE, ".tmp");
    Files.writeString(draft, HexFormat.of().formatHex(secret), StandardCharsets.US_ASCII);
    try {
      // A move would replace what another process has written meanwhile, and already uses.
      Files.createLink(file, draft);
      Files.delete(draft);
    } catch (FileAlreadyExistsException anotherWasFirst) {
      Files.delete(draft);
    } catch (UnsupportedOperationException noLinks) {
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }
}
