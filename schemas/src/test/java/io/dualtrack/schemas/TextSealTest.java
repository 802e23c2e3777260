package io.dualtrack.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TextSealTest {

  private static final SealedText SEALED =
      new SealedText(ByteBuffer.allocate(1), ByteBuffer.allocate(1));

  private final AtomicInteger told = new AtomicInteger();

  /** Opens one tenant's texts. */
  private static final TextSeal OF_ACME =
      new TextSeal() {
        @Override
        public Optional<SealedText> seal(String tenant, String boundTo, String text) {
          return Optional.of(SEALED);
        }

        @Override
        public Optional<String> open(String tenant, String boundTo, SealedText sealed) {
          return tenant.equals("acme") ? Optional.of("text") : Optional.empty();
        }
      };

  @Test
  void textsThatNobodyCanReadAreToldAndOthersAreNot() {
    TextSeal telling = OF_ACME.telling(told::incrementAndGet);

    assertThat(telling.open("acme", "request", SEALED)).contains("text");
    assertThat(telling.seal("globex", "request", "text")).contains(SEALED);
    assertThat(told).hasValue(0);

    assertThat(telling.open("globex", "request", SEALED)).isEmpty();
    assertThat(told).hasValue(1);
  }

  @Test
  void aProcessWithoutKeysTellsOfTextsThatOthersEncrypted() {
    assertThat(TextSeal.NONE.telling(told::incrementAndGet).open("acme", "request", SEALED))
        .isEmpty();
    assertThat(told).hasValue(1);
  }
}
