package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SinglesTest {

  private final Singles singles = new Singles(2, 4);

  @Test
  void anItemIsSharedWhenASecondAccountShowsIt() {
    assertThat(singles.isShared(1, 1, 7)).isFalse();
    assertThat(singles.isShared(1, 1, 7)).isFalse();
    assertThat(singles.isShared(1, 1, 8)).isTrue();
  }

  @Test
  void theItemThatCameFirstMakesRoom() {
    for (long item = 1; item <= 5; item++) {
      singles.isShared(1, item, 7);
    }

    assertThat(singles.isShared(1, 1, 8)).isFalse();
    assertThat(singles.isShared(1, 3, 8)).isTrue();
  }

  @Test
  void aSetThatOverflowsMakesRoomInItselfOnly() {
    Singles table = new Singles(2, 96);
    table.isShared(1, 5, 7);
    for (long item = 1; item <= 1_000; item++) {
      table.isShared(1, 1L << 40 | item, 7);
    }

    assertThat(table.isShared(1, 5, 8)).isTrue();
    assertThat(table.isShared(1, 1L << 40 | 1, 8)).isFalse();
    assertThat(table.isShared(1, 1L << 40 | 1_000, 8)).isTrue();
  }

  @Test
  void aMillionItemsTakeNoMoreBytesThanOne() {
    int bytes = singles.bytes(1).length;
    for (long item = 1; item <= 1_000_000; item++) {
      singles.isShared(1, item, 7);
    }

    assertThat(singles.bytes(1)).hasSize(bytes);
  }

  @Test
  void whoLeavesMakesRoomForTheNextThatComes() {
    for (long item = 1; item <= 4; item++) {
      singles.isShared(1, item, 7);
    }
    assertThat(singles.isShared(1, 3, 8)).isTrue();
    singles.isShared(1, 5, 7);

    assertThat(singles.isShared(1, 1, 8)).isTrue();
    assertThat(singles.isShared(1, 5, 8)).isTrue();
  }

  @Test
  void whatIsReadAgainMakesRoomInTheSameOrder() {
    for (long item = 1; item <= 6; item++) {
      singles.isShared(1, item, 7);
    }
    Singles again = new Singles(1, 4);
    again.read(0, singles.bytes(1));
    again.isShared(0, 7, 7);

    assertThat(again.isShared(0, 3, 8)).isFalse();
    assertThat(again.isShared(0, 5, 8)).isTrue();
  }

  @Test
  void oneShardKnowsNothingOfAnother() {
    singles.isShared(0, 1, 7);
    singles.isShared(1, 2, 7);

    assertThat(singles.isShared(1, 1, 8)).isFalse();
    assertThat(singles.mayBeShared(0, 1)).isFalse();
  }

  @Test
  void anItemThatIsSharedIsNeverTakenForOneThatIsNot() {
    for (long item = 1; item <= 1_000; item++) {
      singles.isShared(1, item << 32, 7);
      if (singles.isShared(1, item << 32, 8)) {
        assertThat(singles.mayBeShared(1, item << 32)).isTrue();
      }
    }
  }
}
