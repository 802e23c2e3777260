package io.dualtrack.texts;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Keys in a folder that the processes of a zone share: for each tenant a Tink keyset in a file of
 * its own, which its owner alone may read. A file for each, so that destroying one key overwrites
 * one file and touches no other tenant's.
 *
 * <p>A key that was destroyed leaves an empty file behind, so that nothing that makes missing keys
 * makes it again.
 */
public final class KeyFolder implements KeyService {

  private static final String KEY = ".key";
  private static final String DESTROYED = ".destroyed";
  private static final String DRAFT = ".tmp";
  private static final Duration REMEMBERED = Duration.ofSeconds(10);

  private final Path folder;

  static {
    try {
      AeadConfig.register();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink has no AEAD", e);
    }
  }

  /**
   * @param folder need not exist before the first key does
   */
  public KeyFolder(Path folder) {
    this.folder = folder;
  }

  private Path file(String tenant, String suffix) {
    return folder.resolve(URLEncoder.encode(tenant, StandardCharsets.UTF_8) + suffix);
  }

  /** Tenants that have a key, sorted. */
  public List<String> tenants() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(KEY))
          .map(name -> name.substring(0, name.length() - KEY.length()))
          .map(name -> URLDecoder.decode(name, StandardCharsets.UTF_8))
          .sorted()
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  /**
   * Makes a key for a tenant that has none, also where an earlier one was destroyed: what was
   * encrypted under that one stays unreadable.
   *
   * @return false if it has one
   */
  public boolean create(String tenant) throws IOException {
    Files.createDirectories(folder);
    Path draft = draft(tenant, newKeyset());
    try {
      // A link is made only where there is no file yet, and then of a whole one.
      Files.createLink(file(tenant, KEY), draft);
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      Files.deleteIfExists(draft);
    }
    Files.deleteIfExists(file(tenant, DESTROYED));
    return true;
  }

  /**
   * Makes keys for those of the tenants that have none and never had one that was destroyed.
   *
   * @return how many
   */
  public int createMissing(Collection<String> tenants) throws IOException {
    int created = 0;
    for (String tenant : tenants) {
      if (!Files.exists(file(tenant, DESTROYED)) && create(tenant)) {
        created++;
      }
    }
    return created;
  }

  /**
   * Gives a tenant a new key for what is encrypted from now on. The earlier ones still decrypt.
   *
   * @return false if it has none
   */
  public boolean rotate(String tenant) throws IOException {
    Optional<KeysetHandle> keyset = read(tenant);
    if (keyset.isEmpty()) {
      return false;
    }
    KeysetHandle rotated;
    try {
      rotated =
          KeysetHandle.newBuilder(keyset.get())
              .addEntry(
                  KeysetHandle.generateEntryFromParameters(PredefinedAeadParameters.AES256_GCM)
                      .withRandomId()
                      .makePrimary())
              .build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink cannot add a key", e);
    }
    Files.move(
        draft(tenant, rotated),
        file(tenant, KEY),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    return true;
  }

  /**
   * Destroys a tenant's key for ever, with all its earlier ones. Copies of the folder are not
   * reached.
   *
   * @return false if it has none
   */
  public boolean destroy(String tenant) throws IOException {
    Path file = file(tenant, KEY);
    if (!Files.exists(file)) {
      return false;
    }
    Path mark = file(tenant, DESTROYED);
    if (!Files.exists(mark)) {
      Files.createFile(mark);
    }
    overwrite(file);
    // What a killed rotation left behind holds the key too.
    String prefix = URLEncoder.encode(tenant, StandardCharsets.UTF_8) + ".";
    List<Path> drafts;
    try (Stream<Path> files = Files.list(folder)) {
      drafts =
          files
              .filter(each -> each.getFileName().toString().startsWith(prefix))
              .filter(each -> each.getFileName().toString().endsWith(DRAFT))
              .toList();
    }
    for (Path draft : drafts) {
      overwrite(draft);
    }
    return true;
  }

  /** The content first: a deleted file's blocks may stay on the disk for a while. */
  private static void overwrite(Path file) throws IOException {
    try (FileChannel content = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer nothing = ByteBuffer.allocate(Math.toIntExact(content.size()));
      while (nothing.hasRemaining()) {
        content.write(nothing);
      }
      content.force(true);
    }
    Files.deleteIfExists(file);
  }

  @Override
  public Optional<byte[]> wrap(String tenant, byte[] dataKey) throws IOException {
    Optional<KeysetHandle> keyset = read(tenant);
    if (keyset.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(aead(keyset.get()).encrypt(dataKey, bytes(tenant)));
    } catch (GeneralSecurityException e) {
      throw new IOException("the key of tenant %s cannot encrypt".formatted(tenant), e);
    }
  }

  @Override
  public Optional<byte[]> unwrap(String tenant, byte[] wrapped) throws IOException {
    Optional<KeysetHandle> keyset = read(tenant);
    if (keyset.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(aead(keyset.get()).decrypt(wrapped, bytes(tenant)));
    } catch (GeneralSecurityException e) {
      // Of a key that was destroyed before this one was made, or changed on its way.
      return Optional.empty();
    }
  }

  @Override
  public Duration remembered() {
    return REMEMBERED;
  }

  private static Aead aead(KeysetHandle keyset) throws GeneralSecurityException {
    return keyset.getPrimitive(RegistryConfiguration.get(), Aead.class);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static KeysetHandle newKeyset() {
    try {
      return KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink cannot make an AES-GCM key", e);
    }
  }

  /** A file with a keyset that is not the tenant's yet; durable, since texts depend on it. */
  private Path draft(String tenant, KeysetHandle keyset) throws IOException {
    String prefix = URLEncoder.encode(tenant, StandardCharsets.UTF_8) + ".";
    Path draft =
        folder.getFileSystem().supportedFileAttributeViews().contains("posix")
            ? Files.createTempFile(
                folder,
                prefix,
                DRAFT,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
            : Files.createTempFile(folder, prefix, DRAFT);
    try (FileChannel file = FileChannel.open(draft, StandardOpenOption.WRITE)) {
      String json =
          TinkJsonProtoKeysetFormat.serializeKeyset(keyset, InsecureSecretKeyAccess.get());
      ByteBuffer content = ByteBuffer.wrap(bytes(json));
      while (content.hasRemaining()) {
        file.write(content);
      }
      file.force(true);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink cannot write an AES-GCM key", e);
    }
    return draft;
  }

  /** Empty where there is none, or it is being destroyed. */
  private Optional<KeysetHandle> read(String tenant) throws IOException {
    String json;
    try {
      json = Files.readString(file(tenant, KEY));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          TinkJsonProtoKeysetFormat.parseKeyset(json, InsecureSecretKeyAccess.get()));
    } catch (GeneralSecurityException e) {
      if (Files.exists(file(tenant, DESTROYED))) {
        return Optional.empty();
      }
      // Without the cause: a parser's message may quote what it could not parse.
      throw new IOException(
          "%s is no Tink keyset (JSON) any more; put a copy back, or destroy the key"
              .formatted(file(tenant, KEY)));
    }
  }
}
