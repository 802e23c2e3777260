package io.dualtrack.topology.audit;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The keys that the accounts in the audit trail are hidden under: one for each account, in a file
 * of its own. Destroying the file makes the account in every past record unreadable, and leaves the
 * records and their chain as they are.
 *
 * <p>A file is named at random and not by its account, because its name stands in the records for
 * ever. Two processes that meet an account at the same time make a key each; both are found, and
 * both are destroyed. What an account is hidden as is remembered for a minute, so that a record
 * costs a look-up and a destroyed key is noticed.
 */
public final class SubjectKeys {

  private static final String MARK = "subject:";
  private static final String SUFFIX = ".key";
  private static final Duration REMEMBERED = Duration.ofMinutes(1);
  private static final int ID_BYTES = 8;

  private record Subject(String tenant, String account) {}

  private record Hidden(String text, Key key, Instant checkAgain) {}

  private final Path folder;
  private final InstantSource clock;
  private final Map<Subject, Hidden> known = new ConcurrentHashMap<>();

  static {
    try {
      AeadConfig.register();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink has no AEAD", e);
    }
  }

  /**
   * @param folder holds the keys; all processes of a deployment must have the same one, and no
   *     backup may keep it longer than an erasure may take
   * @throws UncheckedIOException if it cannot be read or made
   */
  public SubjectKeys(Path folder, InstantSource clock) {
    this.folder = folder;
    this.clock = clock;
    try {
      Files.createDirectories(folder);
      for (Path file : files()) {
        read(file).ifPresent(key -> known.put(key.subject(), key.hide(Instant.MIN)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot use the subject keys in " + folder, e);
    }
  }

  /**
   * What stands for an account in the audit trail. An account without a key gets one.
   *
   * @throws UncheckedIOException if a new key cannot be written
   */
  public String hide(String tenant, String account) {
    return hidden(tenant, account).text();
  }

  /**
   * What stands for something else that leads to the person of an account; it is destroyed with the
   * account's key and read by {@link #reveal} until then.
   *
   * @throws UncheckedIOException if a new key cannot be written
   */
  public String hide(String tenant, String account, String value) {
    return hidden(tenant, account).key().encrypt(value);
  }

  private Hidden hidden(String tenant, String account) {
    Subject subject = new Subject(tenant, account);
    Instant now = clock.instant();
    Hidden hidden = known.get(subject);
    if (hidden == null || now.isAfter(hidden.checkAgain())) {
      hidden = known.compute(subject, (same, before) -> renew(same, before, now));
    }
    return hidden;
  }

  private Hidden renew(Subject subject, Hidden before, Instant now) {
    Instant checkAgain = now.plus(REMEMBERED);
    if (before != null && Files.exists(before.key().file())) {
      return new Hidden(before.text(), before.key(), checkAgain);
    }
    return create(subject).hide(checkAgain);
  }

  /** The account, or what else was hidden with it; empty where the key was destroyed. */
  public Optional<String> reveal(String tenant, String hidden) {
    if (!hidden.startsWith(MARK)) {
      return Optional.of(hidden);
    }
    int colon = hidden.indexOf(':', MARK.length());
    if (colon < 0) {
      return Optional.empty();
    }
    String id = hidden.substring(MARK.length(), colon);
    if (!id.matches("[0-9a-f]+")) {
      return Optional.empty();
    }
    return read(folder.resolve(id + SUFFIX))
        .filter(key -> key.subject().tenant().equals(tenant))
        .flatMap(key -> key.open(hidden.substring(colon + 1)));
  }

  /**
   * Destroys the keys of an account.
   *
   * @return how many there were
   * @throws UncheckedIOException if one cannot be deleted
   */
  public int destroy(String tenant, String account) {
    Subject subject = new Subject(tenant, account);
    int destroyed = 0;
    try {
      for (Path file : files()) {
        if (read(file).filter(key -> key.subject().equals(subject)).isPresent()) {
          // The content first: a deleted file's blocks may stay on the disk for a while.
          Files.write(file, new byte[Math.toIntExact(Files.size(file))]);
          Files.deleteIfExists(file);
          destroyed++;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot destroy a key in " + folder, e);
    }
    known.remove(subject);
    return destroyed;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
    }
  }

  private record Key(Subject subject, String id, Path file, Aead aead) {

    Hidden hide(Instant checkAgain) {
      return new Hidden(encrypt(subject.account()), this, checkAgain);
    }

    String encrypt(String value) {
      try {
        byte[] encrypted =
            aead.encrypt(
                value.getBytes(StandardCharsets.UTF_8), id.getBytes(StandardCharsets.UTF_8));
        return MARK + id + ":" + Base64.getUrlEncoder().withoutPadding().encodeToString(encrypted);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("a fresh AES-GCM key cannot encrypt", e);
      }
    }

    Optional<String> open(String encrypted) {
      try {
        byte[] account =
            aead.decrypt(
                Base64.getUrlDecoder().decode(encrypted), id.getBytes(StandardCharsets.UTF_8));
        return Optional.of(new String(account, StandardCharsets.UTF_8));
      } catch (GeneralSecurityException | IllegalArgumentException e) {
        // Not what this key hid; the chain says whether the record was changed.
        return Optional.empty();
      }
    }
  }

  private Key create(Subject subject) {
    byte[] random = new byte[ID_BYTES];
    new SecureRandom().nextBytes(random);
    String id = HexFormat.of().formatHex(random);
    Path file = folder.resolve(id + SUFFIX);
    try {
      KeysetHandle handle = KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM);
      String keyset =
          TinkJsonProtoKeysetFormat.serializeKeyset(handle, InsecureSecretKeyAccess.get());
      List<String> lines = List.of(encode(subject.tenant()), encode(subject.account()), keyset);
      Path draft =
          folder.getFileSystem().supportedFileAttributeViews().contains("posix")
              ? Files.createTempFile(
                  folder,
                  id,
                  ".tmp",
                  PosixFilePermissions.asFileAttribute(
                      PosixFilePermissions.fromString("rw-------")))
              : Files.createTempFile(folder, id, ".tmp");
      Files.writeString(draft, String.join("\n", lines), StandardCharsets.UTF_8);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
      return new Key(subject, id, file, primitive(handle));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write a subject key to " + folder, e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink cannot make an AES-GCM key", e);
    }
  }

  /** Empty where the file is gone, or was being destroyed. */
  private static Optional<Key> read(Path file) {
    try {
      List<String> lines = new ArrayList<>(Files.readString(file).lines().toList());
      if (lines.size() < 3) {
        return Optional.empty();
      }
      KeysetHandle handle =
          TinkJsonProtoKeysetFormat.parseKeyset(
              String.join("\n", lines.subList(2, lines.size())), InsecureSecretKeyAccess.get());
      String name = file.getFileName().toString();
      return Optional.of(
          new Key(
              new Subject(decode(lines.get(0)), decode(lines.get(1))),
              name.substring(0, name.length() - SUFFIX.length()),
              file,
              primitive(handle)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the subject key " + file, e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("%s is no subject key".formatted(file), e);
    }
  }

  private static Aead primitive(KeysetHandle handle) throws GeneralSecurityException {
    return handle.getPrimitive(RegistryConfiguration.get(), Aead.class);
  }

  private static String encode(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String decode(String text) {
    return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
  }
}
