package io.dualtrack.files;

import com.google.crypto.tink.StreamingAead;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;

/**
 * Encrypts what another store keeps, segment by segment, bound to its id: contents that are
 * changed, cut or exchanged for one another are not read. An offset is reached by decrypting up to
 * it.
 */
final class EncryptedFileStore implements FileStore {

  private final FileStore store;
  private final StreamingAead aead;

  EncryptedFileStore(FileStore store, StreamingAead aead) {
    this.store = store;
    this.aead = aead;
  }

  private static byte[] boundTo(String id) {
    return id.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public FileDraft begin(String id) throws IOException {
    return encrypted(store.begin(id), aead, boundTo(id));
  }

  /** A draft of which the content is encrypted behind what stands in it already. */
  static FileDraft encrypted(FileDraft draft, StreamingAead aead, byte[] boundTo)
      throws IOException {
    try {
      return new EncryptedDraft(draft, aead.newEncryptingStream(sink(draft), boundTo));
    } catch (GeneralSecurityException e) {
      draft.close();
      throw new IOException("a file cannot be encrypted with the configured key", e);
    }
  }

  /** The draft for the cipher, which closes what it writes to when it is done. */
  static OutputStream sink(FileDraft draft) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        draft.write(b);
      }

      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        draft.write(bytes, from, length);
      }
    };
  }

  private static final class EncryptedDraft extends FileDraft {
    private final FileDraft draft;
    private final OutputStream cipher;

    EncryptedDraft(FileDraft draft, OutputStream cipher) {
      this.draft = draft;
      this.cipher = cipher;
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      cipher.write(bytes, from, length);
    }

    @Override
    public void commit() throws IOException {
      cipher.close();
      draft.commit();
    }

    @Override
    public void close() throws IOException {
      draft.close();
    }
  }

  @Override
  public InputStream open(String id, long offset) throws IOException {
    InputStream stored = store.open(id, 0);
    try {
      InputStream plain = aead.newDecryptingStream(stored, boundTo(id));
      plain.skipNBytes(offset);
      return plain;
    } catch (GeneralSecurityException e) {
      stored.close();
      throw new IOException(
          "file %s cannot be decrypted with the configured keys".formatted(id), e);
    } catch (IOException e) {
      stored.close();
      throw e;
    }
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
