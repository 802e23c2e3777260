package io.dualtrack.texts;

import com.google.crypto.tink.KeysetHandle;
import io.dualtrack.schemas.TextSubject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Encrypts and decrypts data keys for whom a text is about: under the account's key where its
 * tenant has keys of accounts, and otherwise under the tenant's.
 *
 * <p>Threads may share an instance.
 */
public final class SubjectKeyService {

  /**
   * In front of data keys under an account's key. No keyset of Tink's encrypts to this, and no key
   * management service that it has a client for.
   */
  private static final byte[] MAGIC = {(byte) 0x89, 'D', 'T', 'S'};

  private record Asked(boolean bySubject, Instant until) {}

  private final KeyService tenants;
  private final Optional<SubjectKeyFolder> subjects;
  private final InstantSource clock;
  private final Map<String, Asked> asked = new ConcurrentHashMap<>();

  /**
   * @param subjects empty where no tenant has keys of accounts
   */
  public SubjectKeyService(
      KeyService tenants, Optional<SubjectKeyFolder> subjects, InstantSource clock) {
    this.tenants = tenants;
    this.subjects = subjects;
    this.clock = clock;
  }

  /**
   * Whether each of a tenant's texts is under the key of its account. Once it is so it stays so,
   * whatever becomes of the folder: else texts would be written that no account's key destroys.
   *
   * @throws IOException if that cannot be known now
   */
  public boolean bySubject(String tenant) throws IOException {
    if (subjects.isEmpty()) {
      return false;
    }
    Asked before = asked.get(tenant);
    Instant now = clock.instant();
    if (before != null && (before.bySubject() || now.isBefore(before.until()))) {
      return before.bySubject();
    }
    boolean has = subjects.get().has(tenant);
    asked.put(tenant, new Asked(has, now.plus(SubjectKeyFolder.REMEMBERED)));
    return has;
  }

  /**
   * Whose key a text about somebody is under: the account's or the tenant's.
   *
   * @throws IOException if that cannot be known now
   */
  public TextSubject keyOwner(TextSubject subject) throws IOException {
    return subject.isTenant() || bySubject(subject.tenant())
        ? subject
        : TextSubject.of(subject.tenant());
  }

  /**
   * Encrypts a data key. An account without a key gets one, unless it was destroyed.
   *
   * @param owner of the key that it is encrypted under
   * @return empty where that does not exist
   * @throws IOException if that cannot be known now
   */
  public Optional<byte[]> wrap(TextSubject owner, byte[] dataKey) throws IOException {
    if (owner.isTenant()) {
      return tenants.wrap(owner.tenant(), dataKey);
    }
    Optional<KeysetHandle> key = subjects.orElseThrow().findOrMake(owner);
    if (key.isEmpty()) {
      return Optional.empty();
    }
    try {
      byte[] wrapped = KeyFolder.aead(key.get()).encrypt(dataKey, boundTo(owner));
      return Optional.of(
          ByteBuffer.allocate(MAGIC.length + wrapped.length).put(MAGIC).put(wrapped).array());
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "a key of an account of tenant %s cannot encrypt".formatted(owner.tenant()), e);
    }
  }

  /**
   * Decrypts a data key of a text about somebody, whether it is under the account's key or the
   * tenant's.
   *
   * @return empty where it is neither's, or the key was destroyed
   * @throws IOException if that cannot be known now
   */
  public Optional<byte[]> unwrap(TextSubject subject, byte[] wrapped) throws IOException {
    if (!ofAccount(wrapped)) {
      return tenants.unwrap(subject.tenant(), wrapped);
    }
    if (subject.isTenant() || subjects.isEmpty()) {
      return Optional.empty();
    }
    Optional<KeysetHandle> key = subjects.get().find(subject);
    if (key.isEmpty()) {
      return Optional.empty();
    }
    byte[] encrypted = Arrays.copyOfRange(wrapped, MAGIC.length, wrapped.length);
    try {
      return Optional.of(KeyFolder.aead(key.get()).decrypt(encrypted, boundTo(subject)));
    } catch (GeneralSecurityException e) {
      // Another account's, or of a key that was destroyed before this one was made.
      return Optional.empty();
    }
  }

  /** Whether a data key is under an account's key, and not a tenant's. */
  static boolean ofAccount(byte[] wrapped) {
    return wrapped.length > MAGIC.length
        && Arrays.equals(wrapped, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /** How long a data key may be used before this is asked again. */
  Duration remembered(TextSubject owner) {
    return owner.isTenant() ? tenants.remembered() : SubjectKeyFolder.REMEMBERED;
  }

  private static byte[] boundTo(TextSubject subject) {
    return KeyFolder.bytes(subject.tenant() + '\0' + subject.account());
  }
}
