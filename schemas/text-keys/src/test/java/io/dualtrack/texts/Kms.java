package io.dualtrack.texts;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.KmsClient;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;

/** A service in memory, which fails as clients of real ones do. */
final class Kms implements KmsClient {
  private final Map<String, Aead> keys = new HashMap<>();
  String trouble;

  /** How often it was asked for a key. */
  int asked;

  void create(String uri) throws GeneralSecurityException {
    AeadConfig.register();
    keys.put(
        uri,
        KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM)
            .getPrimitive(RegistryConfiguration.get(), Aead.class));
  }

  @Override
  public boolean doesSupport(String uri) {
    return true;
  }

  @Override
  public KmsClient withCredentials(String path) {
    return this;
  }

  @Override
  public KmsClient withDefaultCredentials() {
    return this;
  }

  @Override
  public Aead getAead(String uri) throws GeneralSecurityException {
    asked++;
    if (trouble != null) {
      throw new GeneralSecurityException("failed", new IllegalStateException(trouble));
    }
    if (!keys.containsKey(uri)) {
      throw new GeneralSecurityException(
          "failed", new IllegalStateException("NotFoundException: no such key"));
    }
    return keys.get(uri);
  }
}
