package io.dualtrack.files;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.StreamingAead;
import com.google.crypto.tink.streamingaead.AesGcmHkdfStreamingKey;
import com.google.crypto.tink.streamingaead.PredefinedStreamingAeadParameters;
import com.google.crypto.tink.streamingaead.StreamingAeadConfig;
import com.google.crypto.tink.util.SecretBytes;
import io.dualtrack.schemas.TextSubject;
import io.dualtrack.texts.SubjectKeyService;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Encrypts what another store keeps, each content under a data key of its own, which stands in
 * front of it, encrypted under its tenant's key, or where the tenant has such, under its account's.
 * Contents of before are read as they are.
 */
final class TenantFileStore implements FileStore {

  /** No text begins so. Behind it is what the data key is under. */
  private static final byte[] MAGIC = {(byte) 0x89, 'D', 'T', 'E', 'X', 'T', 0};

  private static final int OF_TENANT = 1;
  private static final int OF_ACCOUNT = 2;

  private static final int MAX_KEY_BYTES = 16 * 1024;

  private final FileStore store;
  private final SubjectKeyService keys;
  private final Optional<TextSubject> subject;

  TenantFileStore(FileStore store, SubjectKeyService keys) {
    this(store, keys, Optional.empty());
  }

  private TenantFileStore(FileStore store, SubjectKeyService keys, Optional<TextSubject> subject) {
    this.store = store;
    this.keys = keys;
    this.subject = subject;
  }

  @Override
  public FileStore of(TextSubject about) {
    return new TenantFileStore(store, keys, Optional.of(about));
  }

  @Override
  public FileDraft begin(String id) throws IOException {
    TextSubject owner =
        keys.keyOwner(
            subject.orElseThrow(
                () -> new IllegalStateException("whose content %s is was not said".formatted(id))));
    SecretBytes key = SecretBytes.randomBytes(keyBytes());
    byte[] wrapped =
        keys.wrap(owner, key.toByteArray(InsecureSecretKeyAccess.get()))
            .orElseThrow(() -> new NoTextKeyException(owner.tenant()));
    FileDraft draft = store.begin(id);
    try {
      DataOutputStream head = new DataOutputStream(EncryptedFileStore.sink(draft));
      head.write(MAGIC);
      head.writeByte(owner.isTenant() ? OF_TENANT : OF_ACCOUNT);
      head.writeUTF(owner.tenant());
      if (!owner.isTenant()) {
        head.writeUTF(owner.account());
      }
      head.writeInt(wrapped.length);
      head.write(wrapped);
      return EncryptedFileStore.encrypted(draft, aead(key), boundTo(id, owner));
    } catch (IOException | RuntimeException e) {
      draft.close();
      throw e;
    }
  }

  @Override
  public InputStream open(String id, long offset) throws IOException {
    InputStream stored = store.open(id, 0);
    try {
      byte[] magic = stored.readNBytes(MAGIC.length);
      if (!Arrays.equals(magic, MAGIC)) {
        stored.close();
        return store.open(id, offset);
      }
      DataInputStream head = new DataInputStream(stored);
      int kind = head.readUnsignedByte();
      String tenant = head.readUTF();
      TextSubject owner =
          kind == OF_ACCOUNT ? new TextSubject(tenant, head.readUTF()) : TextSubject.of(tenant);
      int length = head.readInt();
      if (kind < OF_TENANT || kind > OF_ACCOUNT || length < 0 || length > MAX_KEY_BYTES) {
        throw new IOException("file %s does not begin as it was written".formatted(id));
      }
      byte[] wrapped = new byte[length];
      head.readFully(wrapped);
      byte[] key =
          keys.unwrap(owner, wrapped)
              .filter(each -> each.length == keyBytes())
              .orElseThrow(() -> new NoTextKeyException(owner.tenant()));
      InputStream plain =
          aead(SecretBytes.copyFrom(key, InsecureSecretKeyAccess.get()))
              .newDecryptingStream(stored, boundTo(id, owner));
      plain.skipNBytes(offset);
      return plain;
    } catch (GeneralSecurityException e) {
      stored.close();
      throw new IOException("file %s cannot be decrypted".formatted(id), e);
    } catch (EOFException e) {
      stored.close();
      throw new IOException("file %s ends too early".formatted(id), e);
    } catch (IOException | RuntimeException e) {
      stored.close();
      throw e;
    }
  }

  private static int keyBytes() {
    return PredefinedStreamingAeadParameters.AES256_GCM_HKDF_1MB.getKeySizeBytes();
  }

  @AccessesPartialKey
  private static StreamingAead aead(SecretBytes key) {
    try {
      StreamingAeadConfig.register();
      return KeysetHandle.newBuilder()
          .addEntry(
              KeysetHandle.importKey(
                      AesGcmHkdfStreamingKey.create(
                          PredefinedStreamingAeadParameters.AES256_GCM_HKDF_1MB, key))
                  .withRandomId()
                  .makePrimary())
          .build()
          .getPrimitive(RegistryConfiguration.get(), StreamingAead.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink does not take a key for streaming AEAD", e);
    }
  }

  private static byte[] boundTo(String id, TextSubject owner) {
    String bound = id + '\0' + owner.tenant();
    return (owner.isTenant() ? bound : bound + '\0' + owner.account())
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public List<String> list(String prefix) throws IOException {
    return store.list(prefix);
  }

  @Override
  public void delete(String id) throws IOException {
    store.delete(id);
  }

  @Override
  public void close() {
    store.close();
  }
}
