package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SharedItemsTest {

  private final SharedItems items = new SharedItems(2);

  @Test
  void accountsOfAnItemAreCountedOnce() {
    items.add(1, 5, 100, 0);
    SharedItems.Counted item = items.get(1, 5);
    item.add(101, 1);
    SharedItems.Numbers again = item.add(101, 2);

    assertThat(again.before()).isEqualTo(2);
    assertThat(again.now()).isEqualTo(2);
    assertThat(item.add(102, 3).now()).isEqualTo(3);
    assertThat(items.get(0, 5)).isNull();
  }

  @Test
  void whoeverReadsItAtAnyTimeGoesOnCountingAsItWas() {
    items.add(1, 5, 100, 0);
    for (long account = 0; account < 300; account++) {
      SharedItems again = new SharedItems(1);
      again.read(0, 5, items.get(1, 5).bytes());

      assertThat(again.get(0, 5).add(account, 0)).isEqualTo(items.get(1, 5).add(account, 0));
      assertThat(again.get(0, 5).bytes()).isEqualTo(items.get(1, 5).bytes());
    }
    assertThat(items.get(1, 5).add(7, 0).now()).isBetween(280L, 320L);
  }

  @Test
  void onlyWhatHasChangedIsWrittenAgain() {
    items.add(1, 5, 100, 0);
    SharedItems.Counted item = items.get(1, 5);

    assertThat(item.takeChanged()).isTrue();
    assertThat(item.takeChanged()).isFalse();
    item.add(100, 1);
    assertThat(item.takeChanged()).isTrue();
  }

  @Test
  void thoseThatNobodyShowedForLongestMakeRoom() {
    for (long item = 1; item <= 100; item++) {
      items.add(1, item << 40, 100, item);
    }
    List<SharedItems.Counted> dropped = items.makeRoom(1);

    assertThat(dropped).hasSize(25);
    assertThat(items.size(1)).isEqualTo(75);
    assertThat(items.get(1, 25L << 40)).isNull();
    assertThat(items.get(1, 26L << 40)).isNotNull();
  }
}
