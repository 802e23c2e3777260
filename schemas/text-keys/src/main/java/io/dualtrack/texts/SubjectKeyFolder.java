package io.dualtrack.texts;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkProtoKeysetFormat;
import io.dualtrack.schemas.TextSubject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Keys of single accounts in a folder that the processes of a zone share: for each a Tink keyset in
 * a file of its own, encrypted under the key of its tenant. So whoever destroys the tenant's key
 * destroys all of them, and whoever destroys one leaves the others.
 *
 * <p>A tenant has such keys once it has a folder for them. An account's first text makes its key; a
 * key that was destroyed leaves a mark behind, so that nothing that is still on its way makes
 * another one.
 */
public final class SubjectKeyFolder {

  /** How long a data key is used before the subject's is asked for again; its file is near. */
  static final Duration REMEMBERED = Duration.ofSeconds(10);

  private static final String SUBJECTS = ".subjects";
  private static final int PREFIX_CHARS = 2;
  private static final int MANY = 10_000;

  /**
   * A file that was opened.
   *
   * @param keyset empty where the tenant's key does not open it
   */
  private record Opened(byte[] content, Optional<KeysetHandle> keyset, Instant until) {}

  private final KeyService tenants;
  private final Path folder;
  private final InstantSource clock;
  private final Cache<KeyFile, Opened> opened =
      Caffeine.newBuilder().maximumSize(MANY).executor(Runnable::run).build();

  public SubjectKeyFolder(KeyService tenants, Path folder, InstantSource clock) {
    this.tenants = tenants;
    this.folder = folder;
    this.clock = clock;
  }

  /**
   * Has each of a tenant's texts be under the key of its account from now on, within seconds. That
   * cannot be taken back.
   *
   * @return false if it has been so before
   */
  public boolean begin(String tenant) throws IOException {
    if (has(tenant)) {
      return false;
    }
    Files.createDirectories(subjects(tenant));
    return true;
  }

  /**
   * Whether a tenant's texts are under keys of its accounts.
   *
   * @throws IOException if that cannot be known now
   */
  public boolean has(String tenant) throws IOException {
    try {
      return Files.readAttributes(subjects(tenant), BasicFileAttributes.class).isDirectory();
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /**
   * Makes a key for an account that has none, also where an earlier one was destroyed: what was
   * encrypted under that one stays unreadable.
   *
   * @return false if it has one, or its tenant has none or no keys of accounts
   */
  public boolean create(TextSubject subject) throws IOException {
    KeyFile file = file(subject);
    if (!has(subject.tenant()) || file.exists()) {
      return false;
    }
    file.forgive();
    return make(subject.tenant(), file).isPresent();
  }

  /**
   * Destroys an account's key for ever, with all its earlier ones. Copies of the folder are not
   * reached.
   *
   * @return false if it has none
   */
  public boolean destroy(TextSubject subject) throws IOException {
    return file(subject).destroy();
  }

  /**
   * Gives each account of a tenant a new key for what is encrypted from now on, under the tenant's
   * key of now. The earlier ones still decrypt.
   *
   * @return how many
   */
  public int rotateAll(String tenant) throws IOException {
    int rotated = 0;
    for (KeyFile file : files(tenant)) {
      Optional<KeysetHandle> keyset = read(tenant, file);
      if (keyset.isPresent()) {
        Optional<byte[]> content = content(tenant, file, KeyFolder.rotated(keyset.get()));
        if (content.isPresent() && file.replace(content.get())) {
          rotated++;
        }
      }
    }
    return rotated;
  }

  /**
   * Deletes the files of a tenant whose own key is destroyed, which nothing opens any more, so that
   * a later key of the tenant finds none of them in its way.
   */
  public void deleteAll(String tenant) throws IOException {
    for (KeyFile file : files(tenant)) {
      Files.deleteIfExists(file.path());
    }
  }

  private List<KeyFile> files(String tenant) throws IOException {
    if (!has(tenant)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(subjects(tenant), 2)) {
      return all.filter(file -> file.toString().endsWith(KeyFile.KEY)).map(KeyFile::of).toList();
    }
  }

  private Path subjects(String tenant) {
    return folder.resolve(KeyFolder.nameOf(tenant) + SUBJECTS);
  }

  /** Named by a hash: an account's name may be longer than a file's. */
  private KeyFile file(TextSubject subject) {
    String name = sha256(subject.tenant() + '\0' + subject.account());
    return new KeyFile(subjects(subject.tenant()).resolve(name.substring(0, PREFIX_CHARS)), name);
  }

  /** Empty where there is none, or its tenant's key is gone. */
  Optional<KeysetHandle> find(TextSubject subject) throws IOException {
    return read(subject.tenant(), file(subject));
  }

  /** Empty where the key was destroyed, or its tenant's is gone. */
  Optional<KeysetHandle> findOrMake(TextSubject subject) throws IOException {
    KeyFile file = file(subject);
    return file.exists() ? read(subject.tenant(), file) : make(subject.tenant(), file);
  }

  private Optional<KeysetHandle> make(String tenant, KeyFile file) throws IOException {
    if (file.isDestroyed()) {
      return Optional.empty();
    }
    Optional<byte[]> content = content(tenant, file, KeyFolder.newKeyset());
    if (content.isEmpty()) {
      return Optional.empty();
    }
    file.create(content.get());
    // Where two make it at once, the one that was first is both's.
    return read(tenant, file);
  }

  private Optional<KeysetHandle> read(String tenant, KeyFile file) throws IOException {
    Optional<byte[]> content = file.read();
    if (content.isEmpty()) {
      opened.invalidate(file);
      return Optional.empty();
    }
    Instant now = clock.instant();
    Opened before = opened.getIfPresent(file);
    if (before != null
        && now.isBefore(before.until())
        && Arrays.equals(before.content(), content.get())) {
      return before.keyset();
    }
    Optional<KeysetHandle> keyset =
        tenants.unwrap(tenant, content.get()).flatMap(plain -> keyset(plain, file));
    // The data keys are used for as long again: together for what the tenant's service says.
    Instant until = now.plus(tenants.remembered()).minus(REMEMBERED);
    if (until.isAfter(now)) {
      opened.put(file, new Opened(content.get(), keyset, until));
    }
    return keyset;
  }

  /** Bound to its file's name: another account's key in its place is none. */
  private static Optional<KeysetHandle> keyset(byte[] plain, KeyFile file) {
    byte[] name = KeyFolder.bytes(file.name());
    if (plain.length < name.length || !Arrays.equals(plain, 0, name.length, name, 0, name.length)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          TinkProtoKeysetFormat.parseKeyset(
              Arrays.copyOfRange(plain, name.length, plain.length), InsecureSecretKeyAccess.get()));
    } catch (GeneralSecurityException e) {
      return Optional.empty();
    }
  }

  private Optional<byte[]> content(String tenant, KeyFile file, KeysetHandle keyset)
      throws IOException {
    byte[] name = KeyFolder.bytes(file.name());
    try {
      byte[] bytes = TinkProtoKeysetFormat.serializeKeyset(keyset, InsecureSecretKeyAccess.get());
      return tenants.wrap(
          tenant, ByteBuffer.allocate(name.length + bytes.length).put(name).put(bytes).array());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink cannot write an AES-GCM key", e);
    }
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(KeyFolder.bytes(text)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
