package io.dualtrack.files;

import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.StreamingAead;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.streamingaead.PredefinedStreamingAeadParameters;
import com.google.crypto.tink.streamingaead.StreamingAeadConfig;
import io.dualtrack.texts.SubjectKeyService;
import io.dualtrack.texts.TextKeys;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.Optional;

/**
 * Where files are and how they are kept.
 *
 * @param location {@code file:///folder} or {@code s3://bucket/prefix}
 * @param drafts local folder for what is being written, where the location is in S3
 * @param endpoint of an S3-compatible service other than AWS
 * @param region of the bucket; else where the AWS SDK looks for it
 * @param keyset Tink keyset (JSON) that contents are encrypted with; its older keys still decrypt
 * @param textKeys keys that contents are encrypted under, each tenant's or each account's
 */
public record FileStoreConfig(
    URI location,
    Path drafts,
    Optional<URI> endpoint,
    Optional<String> region,
    Optional<Path> keyset,
    Optional<SubjectKeyService> textKeys) {

  /** Without keys of tenants. */
  public FileStoreConfig(
      URI location,
      Path drafts,
      Optional<URI> endpoint,
      Optional<String> region,
      Optional<Path> keyset) {
    this(location, drafts, endpoint, region, keyset, Optional.empty());
  }

  /** Files in a folder, not encrypted. */
  public static FileStoreConfig local(Path folder) {
    return new FileStoreConfig(
        folder.toUri(), folder, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * Reads {@code DUALTRACK_FILES} (a folder, or {@code s3://bucket/prefix}), {@code
   * DUALTRACK_FILES_S3_ENDPOINT}, {@code DUALTRACK_FILES_S3_REGION}, {@code DUALTRACK_FILES_KEYSET}
   * and what {@link TextKeys} reads.
   *
   * @param data folder of the process, used where {@code DUALTRACK_FILES} is not set and for drafts
   * @throws IllegalArgumentException if a value is not understood, with its name
   */
  public static FileStoreConfig of(Map<String, String> environment, Path data) {
    String location = environment.getOrDefault("DUALTRACK_FILES", data.resolve("files").toString());
    URI uri = location.startsWith("s3:") ? bucket(location) : Path.of(location).toUri();
    return new FileStoreConfig(
        uri,
        data.resolve("drafts"),
        Optional.ofNullable(environment.get("DUALTRACK_FILES_S3_ENDPOINT")).map(URI::create),
        Optional.ofNullable(environment.get("DUALTRACK_FILES_S3_REGION")),
        Optional.ofNullable(environment.get("DUALTRACK_FILES_KEYSET")).map(Path::of),
        TextKeys.keys(environment));
  }

  private static URI bucket(String location) {
    URI uri = URI.create(location);
    if (uri.getHost() == null) {
      throw new IllegalArgumentException(
          "DUALTRACK_FILES names no bucket; write it as s3://bucket/prefix");
    }
    return uri;
  }

  /**
   * Opens the store.
   *
   * @throws IOException if its folder cannot be used, or its keyset not be read
   */
  public FileStore open() throws IOException {
    FileStore plain =
        "s3".equals(location.getScheme())
            ? new S3FileStore(location, endpoint, region, drafts)
            : new LocalFileStore(Path.of(location));
    FileStore kept =
        keyset.isPresent() ? new EncryptedFileStore(plain, cipher(keyset.get())) : plain;
    return textKeys.isPresent() ? new TenantFileStore(kept, textKeys.get()) : kept;
  }

  private static StreamingAead cipher(Path keyset) throws IOException {
    try {
      StreamingAeadConfig.register();
      return TinkJsonProtoKeysetFormat.parseKeyset(
              Files.readString(keyset), InsecureSecretKeyAccess.get())
          .getPrimitive(RegistryConfiguration.get(), StreamingAead.class);
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "%s is no Tink keyset (JSON) for streaming AEAD; make one with tinkey".formatted(keyset),
          e);
    }
  }

  /** Makes a keyset with one new key, readable by its owner only. */
  public static void createKeyset(Path file) throws IOException {
    try {
      StreamingAeadConfig.register();
      KeysetHandle keys =
          KeysetHandle.generateNew(PredefinedStreamingAeadParameters.AES256_GCM_HKDF_1MB);
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          file, TinkJsonProtoKeysetFormat.serializeKeyset(keys, InsecureSecretKeyAccess.get()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink cannot make a key for streaming AEAD", e);
    }
  }
}
