package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SinglesTest {

  private final Singles singles = Singles.ofSize(4);

  @Test
  void anItemIsSharedWhenASecondAccountShowsIt() {
    assertThat(singles.isShared(1, 7)).isFalse();
    assertThat(singles.isShared(1, 7)).isFalse();
    assertThat(singles.isShared(1, 8)).isTrue();
  }

  @Test
  void theItemThatCameFirstMakesRoom() {
    for (long item = 1; item <= 5; item++) {
      singles.isShared(item, 7);
    }

    assertThat(singles.isShared(1, 8)).isFalse();
    assertThat(singles.isShared(3, 8)).isTrue();
  }

  @Test
  void aSetThatOverflowsMakesRoomInItselfOnly() {
    Singles table = Singles.ofSize(96);
    table.isShared(5, 7);
    for (long item = 1; item <= 1_000; item++) {
      table.isShared(1L << 40 | item, 7);
    }

    assertThat(table.isShared(5, 8)).isTrue();
    assertThat(table.isShared(1L << 40 | 1, 8)).isFalse();
    assertThat(table.isShared(1L << 40 | 1_000, 8)).isTrue();
  }

  @Test
  void aMillionItemsTakeNoMoreBytesThanOne() {
    int bytes = singles.bytes().length;
    for (long item = 1; item <= 1_000_000; item++) {
      singles.isShared(item, 7);
    }

    assertThat(singles.bytes()).hasSize(bytes);
  }
}
