package io.dualtrack.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.sandbox.KeySet.Seen;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class KeySetTest {

  @Test
  void itAgreesWithAnOrdinarySetOverManyKeys() {
    KeySet keys = new KeySet(KeySet.DEFAULT_LIMIT);
    Set<Long> expected = new HashSet<>();
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 200_000; i++) {
      byte[] name = ("order-" + random.nextInt(100_000)).getBytes(StandardCharsets.UTF_8);
      long key = KeySet.entry(Hash.of(name));
      assertThat(keys.see(key)).isEqualTo(expected.add(key) ? Seen.NEW : Seen.KNOWN);
    }
    assertThat(keys.size()).isEqualTo(expected.size());
  }

  @Test
  void itRemembersWhatWasAnsweredWhileItGrows() {
    KeySet keys = new KeySet(KeySet.DEFAULT_LIMIT);
    long key = KeySet.entry(12_345_678_901L);
    keys.see(key);
    assertThat(keys.answer(key)).isFalse();
    for (long other = 1; other < 10_000; other++) {
      keys.see(KeySet.entry(other << 30));
    }
    assertThat(keys.answer(key)).isTrue();
    assertThat(keys.see(key)).isEqualTo(Seen.KNOWN);
  }

  @Test
  void itTakesNoMoreKeysThanItsLimit() {
    KeySet keys = new KeySet(2);
    keys.see(10);
    keys.see(20);
    assertThat(keys.see(30)).isEqualTo(Seen.FULL);
    assertThat(keys.see(20)).isEqualTo(Seen.KNOWN);
  }
}
