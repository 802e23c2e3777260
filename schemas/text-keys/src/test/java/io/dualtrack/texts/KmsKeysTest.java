package io.dualtrack.texts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.KmsClient;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KmsKeysTest {

  private static final byte[] DATA_KEY = {1, 2, 3};

  /** A service in memory, which fails as clients of real ones do. */
  private static final class Kms implements KmsClient {
    private final Map<String, Aead> keys = new HashMap<>();
    private String trouble;

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

  private final Kms kms = new Kms();
  private final KmsKeys keys = new KmsKeys(kms, "kms://keys/{tenant}");

  @BeforeEach
  void create() throws GeneralSecurityException {
    kms.create("kms://keys/acme");
  }

  @Test
  void eachTenantHasAKeyOfItsOwn() throws IOException {
    byte[] wrapped = keys.wrap("acme", DATA_KEY).orElseThrow();

    assertThat(keys.unwrap("acme", wrapped)).hasValue(DATA_KEY);
    assertThat(keys.wrap("globex", DATA_KEY)).isEmpty();
  }

  @Test
  void aKeyThatIsOnItsWayOutIsGone() throws IOException {
    byte[] wrapped = keys.wrap("acme", DATA_KEY).orElseThrow();
    kms.trouble = "KMSInvalidStateException: pending deletion";

    assertThat(keys.unwrap("acme", wrapped)).isEmpty();
  }

  @Test
  void aServiceThatDoesNotAnswerIsNotTakenForADestroyedKey() {
    kms.trouble = "connection reset";

    assertThatThrownBy(() -> keys.wrap("acme", DATA_KEY))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("acme");
  }
}
