package io.dualtrack.texts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.security.GeneralSecurityException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KmsKeysTest {

  private static final byte[] DATA_KEY = {1, 2, 3};

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
