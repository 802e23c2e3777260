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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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

  Path folder() {
    return folder;
  }

  private KeyFile file(String tenant) {
    return new KeyFile(folder, nameOf(tenant));
  }

  /** A tenant's name as the name of a file. */
  static String nameOf(String tenant) {
    return URLEncoder.encode(tenant, StandardCharsets.UTF_8);
  }

  /** Tenants that have a key, sorted. */
  public List<String> tenants() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(KeyFile.KEY))
          .map(name -> name.substring(0, name.length() - KeyFile.KEY.length()))
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
    KeyFile file = file(tenant);
    if (file.exists()) {
      return false;
    }
    file.forgive();
    return file.create(json(newKeyset()));
  }

  /**
   * Makes keys for those of the tenants that have none and never had one that was destroyed.
   *
   * @return how many
   */
  public int createMissing(Collection<String> tenants) throws IOException {
    int created = 0;
    for (String tenant : tenants) {
      if (!file(tenant).isDestroyed() && create(tenant)) {
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
    return file(tenant).replace(json(rotated(keyset.get())));
  }

  /** A keyset that encrypts under a new key, and decrypts what it could before. */
  static KeysetHandle rotated(KeysetHandle keyset) {
    try {
      return KeysetHandle.newBuilder(keyset)
          .addEntry(
              KeysetHandle.generateEntryFromParameters(PredefinedAeadParameters.AES256_GCM)
                  .withRandomId()
                  .makePrimary())
          .build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink cannot add a key", e);
    }
  }

  /**
   * Destroys a tenant's key for ever, with all its earlier ones. Copies of the folder are not
   * reached.
   *
   * @return false if it has none
   */
  public boolean destroy(String tenant) throws IOException {
    return file(tenant).destroy();
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

  static Aead aead(KeysetHandle keyset) throws GeneralSecurityException {
    return keyset.getPrimitive(RegistryConfiguration.get(), Aead.class);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static KeysetHandle newKeyset() {
    try {
      return KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink cannot make an AES-GCM key", e);
    }
  }

  private static byte[] json(KeysetHandle keyset) {
    try {
      return bytes(
          TinkJsonProtoKeysetFormat.serializeKeyset(keyset, InsecureSecretKeyAccess.get()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink cannot write an AES-GCM key", e);
    }
  }

  /** Empty where there is none, or it is being destroyed. */
  private Optional<KeysetHandle> read(String tenant) throws IOException {
    KeyFile file = file(tenant);
    Optional<byte[]> json = file.read();
    if (json.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          TinkJsonProtoKeysetFormat.parseKeyset(
              new String(json.get(), StandardCharsets.UTF_8), InsecureSecretKeyAccess.get()));
    } catch (GeneralSecurityException e) {
      if (file.isDestroyed()) {
        return Optional.empty();
      }
      // Without the cause: a parser's message may quote what it could not parse.
      throw new IOException(
          "%s is no Tink keyset (JSON) any more; put a copy back, or destroy the key"
              .formatted(file.path()));
    }
  }
}
