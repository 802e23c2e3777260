package io.dualtrack.bodies;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SipHashTest {

  @Test
  void textsOfEveryLengthHashAsGuavaHashesThem() {
    Random random = new Random(1);
    SipHash hash = new SipHash(random.nextLong(), random.nextLong());
    StringBuilder text = new StringBuilder();
    for (int length = 0; length < 200; length++) {
      assertThat(hash.of(text.toString()))
          .as("%d characters", length)
          .isEqualTo(Hashing.sipHash24(hash.k0(), hash.k1()).hashUnencodedChars(text).asLong());
      text.append((char) random.nextInt(Character.MAX_VALUE));
    }
  }
}
