package io.dualtrack.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TextSealTest {

  private static final SealedText SEALED =
      new SealedText(ByteBuffer.allocate(1), ByteBuffer.allocate(1));

  private static final TextSubject ACME = new TextSubject("acme", "seat-1");
  private static final TextSubject GLOBEX = new TextSubject("globex", "seat-1");

  private final AtomicInteger told = new AtomicInteger();

  /** Opens one tenant's texts. */
  private static final TextSeal OF_ACME =
      new TextSeal() {
        @Override
        public Optional<SealedText> seal(TextSubject subject, String boundTo, String text) {
          return Optional.of(SEALED);
        }

        @Override
        public Optional<String> open(TextSubject subject, String boundTo, SealedText sealed) {
          return subject.tenant().equals("acme") ? Optional.of("text") : Optional.empty();
        }

        @Override
        public boolean bySubject(String tenant) {
          return tenant.equals("acme");
        }
      };

  @Test
  void textsThatNobodyCanReadAreToldAndOthersAreNot() {
    TextSeal telling = OF_ACME.telling(told::incrementAndGet);

    assertThat(telling.open(ACME, "request", SEALED)).contains("text");
    assertThat(telling.seal(GLOBEX, "request", "text")).contains(SEALED);
    assertThat(telling.bySubject("acme")).isTrue();
    assertThat(telling.bySubject("globex")).isFalse();
    assertThat(told).hasValue(0);

    assertThat(telling.open(GLOBEX, "request", SEALED)).isEmpty();
    assertThat(told).hasValue(1);
  }

  @Test
  void aProcessWithoutKeysTellsOfTextsThatOthersEncrypted() {
    assertThat(TextSeal.NONE.telling(told::incrementAndGet).open(ACME, "request", SEALED))
        .isEmpty();
    assertThat(told).hasValue(1);
  }
}
