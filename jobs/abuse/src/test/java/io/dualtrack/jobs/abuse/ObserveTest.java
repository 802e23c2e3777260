package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Features;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ObserveTest {

  @Test
  void textsThatAgreeInFourMinimaOfABandShareThatBandAlone() {
    Features one = Samples.ownText(1);
    Features other = Samples.ownText(2);
    for (int row = 4; row < 8; row++) {
      other.getMinHash().putInt(row * 4, one.getMinHash().getInt(row * 4));
    }

    List<Long> shared = contents(one).stream().filter(contents(other)::contains).toList();

    assertThat(shared).hasSize(1);
    assertThat(Trait.of(shared.get(0))).isEqualTo(Trait.BAND);
  }

  @Test
  void theSameTextUnderAnotherKeyEpochSharesNothing() {
    Features before = Samples.ownText(1);
    Features after = Samples.ownText(1);
    after.setKeyEpoch(2);

    assertThat(contents(before)).doesNotContainAnyElementsOf(contents(after));
  }

  @Test
  void aMinHashOfAnotherLengthLeavesTheSkeletons() {
    Features features = Samples.ownText(1);
    features.setMinHash(ByteBuffer.allocate(12));

    assertThat(contents(features))
        .extracting(Trait::of)
        .containsExactly(Trait.PREFIX, Trait.SUFFIX);
  }

  @Test
  void aTextWithoutWordsIsNoContent() {
    Features features = Samples.ownText(1);
    features.setMinHash(ByteBuffer.allocate(0));

    assertThat(contents(features)).isEmpty();
  }

  @Test
  void whileSecretsOverlapAnItemIsThereUnderBoth() {
    Exchange exchange = exchange(Samples.ownText(1));
    Features earlier = Samples.ownText(1);
    earlier.setKeyEpoch(0);
    exchange.setEarlierFeatures(earlier);

    assertThat(Arrays.stream(Observe.of(exchange).contents).boxed().toList())
        .containsAll(contents(Samples.ownText(1)))
        .containsAll(contents(earlier));
  }

  private static List<Long> contents(Features features) {
    return Arrays.stream(Observe.of(exchange(features)).contents).boxed().toList();
  }

  private static Exchange exchange(Features features) {
    return Samples.exchange("someone", features, Samples.own(1));
  }
}
