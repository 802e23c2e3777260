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
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The secrets that features are keyed with, one a file of the folder {@code feature-keys}, named by
 * its epoch. Instances of one deployment share the folder; whichever of them sees first that the
 * newest secret is too old makes the next one, and since a file of that name can be made only once,
 * all of them have the same. A secret whose overlap is over is deleted: what it keyed cannot be
 * linked any more, by anybody.
 *
 * <p>The file {@code feature-secret} of earlier versions counts as the first epoch. Threads share
 * an instance.
 */
public final class FeatureKeyring {

  private static final String FOLDER = "feature-keys";
  private static final String LEGACY = "feature-secret";
  private static final int BYTES = 32;
  private static final Duration LOOK_EVERY = Duration.ofSeconds(30);

  /**
   * What counts at a moment.
   *
   * @param current what new features are keyed with
   * @param earlier what they are keyed with besides, while the two overlap
   */
  record Keys(FeatureKey current, Optional<FeatureKey> earlier) {}

  private record Stored(int epoch, Instant created, byte[] secret, Path file) {}

  private record Look(Keys keys, Instant at) {}

  private final Path data;
  private final Path folder;
  private final FeatureRotation rotation;
  private final InstantSource clock;
  private volatile Look last;

  private FeatureKeyring(Path data, FeatureRotation rotation, InstantSource clock) {
    this.data = data;
    this.folder = data.resolve(FOLDER);
    this.rotation = rotation;
    this.clock = clock;
    this.last = look(clock.instant(), Optional.empty());
  }

  /**
   * The secrets of a data folder; a first random one is written there at the first start.
   *
   * @throws UncheckedIOException if the folder cannot be read or written
   */
  public static FeatureKeyring ofFolder(Path data, FeatureRotation rotation, InstantSource clock) {
    return new FeatureKeyring(data, rotation, clock);
  }

  /** The secrets of now; the folder is looked at every half minute. */
  Keys keys() {
    Instant now = clock.instant();
    Look seen = last;
    if (now.isBefore(seen.at().plus(LOOK_EVERY))) {
      return seen.keys();
    }
    synchronized (this) {
      if (!now.isBefore(last.at().plus(LOOK_EVERY))) {
        last = look(now, Optional.of(last.keys()));
      }
      return last.keys();
    }
  }

  private Look look(Instant now, Optional<Keys> known) {
    try {
      Files.createDirectories(folder);
      List<Stored> stored = stored();
      if (stored.isEmpty()) {
        create(1, now);
        stored = stored();
      } else if (!now.isBefore(newest(stored).created().plus(rotation.age()))) {
        create(newest(stored).epoch() + 1, now);
        stored = stored();
      }
      Stored newest = newest(stored);
      boolean overlapping = now.isBefore(newest.created().plus(rotation.overlap()));
      Optional<FeatureKey> earlier = Optional.empty();
      for (Stored each : stored.subList(0, stored.size() - 1)) {
        if (overlapping && each.epoch() == newest.epoch() - 1) {
          earlier = Optional.of(key(each, known));
        } else {
          Files.deleteIfExists(each.file());
        }
      }
      return new Look(new Keys(key(newest, known), earlier), now);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read or make the secrets of features in " + folder, e);
    }
  }

  private static Stored newest(List<Stored> stored) {
    return stored.get(stored.size() - 1);
  }

  /** Making a key anew costs time. */
  private static FeatureKey key(Stored stored, Optional<Keys> known) {
    return known.stream()
        .flatMap(keys -> Stream.concat(Stream.of(keys.current()), keys.earlier().stream()))
        .filter(key -> key.epoch() == stored.epoch())
        .findFirst()
        .orElseGet(() -> new FeatureKey(stored.secret(), stored.epoch()));
  }

  /** In the order of their epochs. */
  private List<Stored> stored() throws IOException {
    List<Stored> stored = new ArrayList<>();
    Path legacy = data.resolve(LEGACY);
    if (Files.exists(legacy)) {
      Instant created = Files.getLastModifiedTime(legacy).toInstant();
      stored.add(new Stored(1, created, secret(Files.readString(legacy), legacy), legacy));
    }
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(file -> file.getFileName().toString().endsWith(".key")).sorted().toList();
    }
    for (Path file : files) {
      stored.add(read(file));
    }
    return stored;
  }

  private static Stored read(Path file) throws IOException {
    String name = file.getFileName().toString();
    List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
    try {
      return new Stored(
          Integer.parseInt(name.substring(0, name.indexOf('.'))),
          Instant.parse(lines.get(0)),
          secret(lines.get(1), file),
          file);
    } catch (NumberFormatException | DateTimeParseException | IndexOutOfBoundsException e) {
      // Without the cause: it might quote the secret.
      throw new IOException(
          file + " is no key of features; restore it, or delete it and link anew from now on");
    }
  }

  private static byte[] secret(String hex, Path file) throws IOException {
    try {
      return HexFormat.of().parseHex(hex.strip());
    } catch (IllegalArgumentException e) {
      throw new IOException(
          file + " holds no secret in hexadecimal digits; restore it, or delete it");
    }
  }

  private void create(int epoch, Instant now) throws IOException {
    byte[] secret = new byte[BYTES];
    new SecureRandom().nextBytes(secret);
    Path file = folder.resolve("%06d.key".formatted(epoch));
    // Temporary files are readable by their owner only. The link makes sure that a kill leaves the
    // whole secret or none.
    Path draft =
        folder.getFileSystem().supportedFileAttributeViews().contains("posix")
            ? Files.createTempFile(
                folder,
                "draft",
                ".tmp",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
            : Files.createTempFile(folder, "draft", ".tmp");
    Files.writeString(
        draft, now + "\n" + HexFormat.of().formatHex(secret) + "\n", StandardCharsets.US_ASCII);
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
