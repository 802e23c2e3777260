package io.dualtrack.texts;

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
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.errors.SerializationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Seals texts under data keys of their tenants. A process makes data keys of its own, and writes
 * each into the records that it encrypts, itself encrypted under the tenant's key: so processes
 * need to agree on nothing, and whoever may ask the key service can read.
 *
 * <p>A data key is used for as long as the service says, and then the service is asked again. That
 * is also how long a destroyed key is still used. A service that does not answer stops nobody who
 * has asked before.
 */
public final class TenantSeal implements TextSeal {

  private static final Logger LOG = LoggerFactory.getLogger(TenantSeal.class);
  private static final int DATA_KEY_BYTES = 32;

  /** Data keys of others that are remembered before those that are old are forgotten. */
  private static final int MANY = 10_000;

  /** A data key for what is written. */
  private record DataKey(ByteBuffer wrapped, Aead aead) {}

  private record Wrapped(String tenant, ByteBuffer key) {}

  /**
   * @param key empty where there is none
   */
  private record Known<K>(Optional<K> key, Instant until) {}

  private final KeyService service;
  private final InstantSource clock;
  private final Map<String, Known<DataKey>> writing = new ConcurrentHashMap<>();
  private final Map<Wrapped, Known<Aead>> reading = new ConcurrentHashMap<>();

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

  public TenantSeal(KeyService service, InstantSource clock) {
    this.service = service;
    this.clock = clock;
  }

  @Override
  public Optional<SealedText> seal(String tenant, String boundTo, String text) {
    Optional<DataKey> key = dataKey(tenant);
    if (key.isEmpty()) {
      return Optional.of(new SealedText(ByteBuffer.allocate(0), ByteBuffer.allocate(0)));
    }
    try {
      byte[] encrypted = key.get().aead().encrypt(bytes(text), bytes(boundTo));
      return Optional.of(
          new SealedText(key.get().wrapped().duplicate(), ByteBuffer.wrap(encrypted)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a fresh AES-GCM key cannot encrypt", e);
    }
  }

  @Override
  public Optional<String> open(String tenant, String boundTo, SealedText sealed) {
    if (!sealed.getKey().hasRemaining()) {
      return Optional.empty();
    }
    Optional<Aead> key = opener(new Wrapped(tenant, sealed.getKey()));
    if (key.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new String(
              key.get().decrypt(array(sealed.getText()), bytes(boundTo)), StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      LOG.warn("a text is not what was sealed; tenant={}", tenant);
      return Optional.empty();
    }
  }

  private Optional<DataKey> dataKey(String tenant) {
    Known<DataKey> known = writing.get(tenant);
    if (known == null || !clock.instant().isBefore(known.until())) {
      known = writing.compute(tenant, (same, before) -> renewed(before, () -> newKey(tenant)));
      if (known.key().isEmpty()) {
        LOG.warn("texts are left out: the tenant has no text key; tenant={}", tenant);
      }
    }
    return known.key();
  }

  private Optional<Aead> opener(Wrapped wrapped) {
    Known<Aead> known = reading.get(wrapped);
    if (known == null || !clock.instant().isBefore(known.until())) {
      if (reading.size() >= MANY) {
        Instant now = clock.instant();
        reading.values().removeIf(each -> !now.isBefore(each.until()));
      }
      known = reading.compute(wrapped, (same, before) -> renewed(before, () -> unwrapped(wrapped)));
    }
    return known.key();
  }

  /** Something that is asked of the service. */
  private interface Asked<K> {
    Optional<K> get() throws IOException;
  }

  private <K> Known<K> renewed(Known<K> before, Asked<K> asked) {
    Instant now = clock.instant();
    if (before != null && now.isBefore(before.until())) {
      // Another thread was first.
      return before;
    }
    Instant until = now.plus(service.remembered());
    try {
      return new Known<>(asked.get(), until);
    } catch (IOException e) {
      if (before == null) {
        throw new SerializationException("the keys of texts cannot be had now", e);
      }
      LOG.warn("the keys of texts cannot be asked for, those of before are used", e);
      return new Known<>(before.key(), until);
    }
  }

  private Optional<DataKey> newKey(String tenant) throws IOException {
    SecretBytes bytes = SecretBytes.randomBytes(DATA_KEY_BYTES);
    return service
        .wrap(tenant, bytes.toByteArray(InsecureSecretKeyAccess.get()))
        .map(wrapped -> new DataKey(ByteBuffer.wrap(wrapped), aead(bytes)));
  }

  private Optional<Aead> unwrapped(Wrapped wrapped) throws IOException {
    return service
        .unwrap(wrapped.tenant(), array(wrapped.key()))
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
