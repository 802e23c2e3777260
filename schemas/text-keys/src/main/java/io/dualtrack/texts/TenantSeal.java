package io.dualtrack.texts;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.AesGcmKey;
import com.google.crypto.tink.aead.AesGcmParameters;
import com.google.crypto.tink.util.SecretBytes;
import io.dualtrack.schemas.SealedText;
import io.dualtrack.schemas.TextSeal;
import io.dualtrack.schemas.TextSubject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.apache.kafka.common.errors.SerializationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Seals texts under data keys of their tenants, or where a tenant has keys of accounts, of those. A
 * process makes data keys of its own, and writes each into the records that it encrypts, itself
 * encrypted under that key: so processes need to agree on nothing, and whoever may ask the key
 * service can read.
 *
 * <p>A data key is used for as long as the service says, and then the service is asked again. That
 * is also how long a destroyed key is still used. A service that does not answer stops nobody who
 * has asked before.
 */
public final class TenantSeal implements TextSeal {

  private static final Logger LOG = LoggerFactory.getLogger(TenantSeal.class);
  private static final int DATA_KEY_BYTES = 32;

  /** Data keys that are remembered, for writing and for reading each. */
  private static final int MANY = 10_000;

  /** A data key for what is written. */
  private record DataKey(ByteBuffer wrapped, Aead aead) {}

  private record Wrapped(TextSubject subject, ByteBuffer key) {}

  /**
   * @param key empty where there is none
   */
  private record Known<K>(Optional<K> key, Instant until) {}

  private final SubjectKeyService service;
  private final InstantSource clock;
  private final Cache<TextSubject, Known<DataKey>> writing = cache();
  private final Cache<Wrapped, Known<Aead>> reading = cache();

  private static final AesGcmParameters PARAMETERS;

  static {
    try {
      AeadConfig.register();
      PARAMETERS =
          AesGcmParameters.builder()
              .setKeySizeBytes(DATA_KEY_BYTES)
              .setIvSizeBytes(12)
              .setTagSizeBytes(16)
              .setVariant(AesGcmParameters.Variant.NO_PREFIX)
              .build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink has no AEAD", e);
    }
  }

  public TenantSeal(SubjectKeyService service, InstantSource clock) {
    this.service = service;
    this.clock = clock;
  }

  /** Under keys of tenants alone. */
  public TenantSeal(KeyService tenants, InstantSource clock) {
    this(new SubjectKeyService(tenants, Optional.empty(), clock), clock);
  }

  private static <K, V> Cache<K, V> cache() {
    return Caffeine.newBuilder().maximumSize(MANY).executor(Runnable::run).build();
  }

  @Override
  public boolean bySubject(String tenant) {
    try {
      return service.bySubject(tenant);
    } catch (IOException e) {
      throw unknown(e);
    }
  }

  private static SerializationException unknown(IOException cause) {
    return new SerializationException("the keys of texts cannot be had now", cause);
  }

  @Override
  public Optional<SealedText> seal(TextSubject subject, String boundTo, String text) {
    TextSubject owner;
    try {
      owner = service.keyOwner(subject);
    } catch (IOException e) {
      throw unknown(e);
    }
    Optional<DataKey> key = dataKey(owner);
    if (key.isEmpty()) {
      return Optional.of(new SealedText(ByteBuffer.allocate(0), ByteBuffer.allocate(0)));
    }
    try {
      byte[] encrypted = key.get().aead().encrypt(bytes(text), bytes(boundTo(boundTo, owner)));
      return Optional.of(
          new SealedText(key.get().wrapped().duplicate(), ByteBuffer.wrap(encrypted)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a fresh AES-GCM key cannot encrypt", e);
    }
  }

  /** Of what is under an account's key, the account is a part too. */
  private static String boundTo(String boundTo, TextSubject owner) {
    return owner.isTenant() ? boundTo : boundTo + '\0' + owner.account();
  }

  @Override
  public Optional<String> open(TextSubject subject, String boundTo, SealedText sealed) {
    if (!sealed.getKey().hasRemaining()) {
      return Optional.empty();
    }
    TextSubject owner =
        SubjectKeyService.ofAccount(array(sealed.getKey()))
            ? subject
            : TextSubject.of(subject.tenant());
    Optional<Aead> key = opener(new Wrapped(owner, sealed.getKey()));
    if (key.isEmpty()) {
      return Optional.empty();
    }
    try {
      byte[] text = key.get().decrypt(array(sealed.getText()), bytes(boundTo(boundTo, owner)));
      return Optional.of(new String(text, StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      LOG.warn("a text is not what was sealed; tenant={}", subject.tenant());
      return Optional.empty();
    }
  }

  private Optional<DataKey> dataKey(TextSubject owner) {
    Known<DataKey> known = writing.getIfPresent(owner);
    if (known == null || !clock.instant().isBefore(known.until())) {
      known =
          writing
              .asMap()
              .compute(owner, (same, before) -> renewed(owner, before, () -> newKey(owner)));
      if (known.key().isEmpty()) {
        LOG.warn(
            "texts are left out: the tenant has no text key, or its account; tenant={}",
            owner.tenant());
      }
    }
    return known.key();
  }

  private Optional<Aead> opener(Wrapped wrapped) {
    Known<Aead> known = reading.getIfPresent(wrapped);
    if (known == null || !clock.instant().isBefore(known.until())) {
      known =
          reading
              .asMap()
              .compute(
                  wrapped,
                  (same, before) -> renewed(wrapped.subject(), before, () -> unwrapped(wrapped)));
    }
    return known.key();
  }

  /** Something that is asked of the service. */
  private interface Asked<K> {
    Optional<K> get() throws IOException;
  }

  private <K> Known<K> renewed(TextSubject owner, Known<K> before, Asked<K> asked) {
    Instant now = clock.instant();
    if (before != null && now.isBefore(before.until())) {
      // Another thread was first.
      return before;
    }
    Instant until = now.plus(service.remembered(owner));
    try {
      return new Known<>(asked.get(), until);
    } catch (IOException e) {
      if (before == null) {
        throw unknown(e);
      }
      LOG.warn("the keys of texts cannot be asked for, those of before are used", e);
      return new Known<>(before.key(), until);
    }
  }

  private Optional<DataKey> newKey(TextSubject owner) throws IOException {
    SecretBytes bytes = SecretBytes.randomBytes(DATA_KEY_BYTES);
    return service
        .wrap(owner, bytes.toByteArray(InsecureSecretKeyAccess.get()))
        .map(wrapped -> new DataKey(ByteBuffer.wrap(wrapped), aead(bytes)));
  }

  private Optional<Aead> unwrapped(Wrapped wrapped) throws IOException {
    return service
        .unwrap(wrapped.subject(), array(wrapped.key()))
        .filter(key -> key.length == DATA_KEY_BYTES)
        .map(key -> aead(SecretBytes.copyFrom(key, InsecureSecretKeyAccess.get())));
  }

  @AccessesPartialKey
  private static Aead aead(SecretBytes key) {
    try {
      return KeysetHandle.newBuilder()
          .addEntry(
              KeysetHandle.importKey(
                      AesGcmKey.builder().setParameters(PARAMETERS).setKeyBytes(key).build())
                  .withRandomId()
                  .makePrimary())
          .build()
          .getPrimitive(RegistryConfiguration.get(), Aead.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Tink does not take an AES-GCM key", e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] array(ByteBuffer buffer) {
    if (buffer.hasArray()
        && buffer.arrayOffset() == 0
        && buffer.remaining() == buffer.array().length) {
      return buffer.array();
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
