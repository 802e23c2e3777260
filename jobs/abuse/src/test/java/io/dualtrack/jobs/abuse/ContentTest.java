package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.jobs.abuse.Content.Kind;
import io.dualtrack.schemas.Features;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ContentTest {

  @Test
  void textsThatAgreeInFourMinimaOfABandShareThatBandAlone() {
    Features one = Samples.ownText(1);
    Features other = Samples.ownText(2);
    for (int row = 20; row < 24; row++) {
      other.getMinHash().putInt(row * 4, one.getMinHash().getInt(row * 4));
    }

    Set<Content> shared = new HashSet<>(Content.of(one));
    shared.retainAll(Content.of(other));

    assertThat(shared).hasSize(1);
    assertThat(shared.iterator().next().kind()).isEqualTo(Kind.BAND);
    assertThat(shared.iterator().next().key()).startsWith("B1.5:");
  }

  @Test
  void theSameTextUnderAnotherKeyEpochSharesNothing() {
    Features before = Samples.ownText(1);
    Features after = Samples.ownText(1);
    after.setKeyEpoch(2);

    assertThat(Content.of(before)).doesNotContainAnyElementsOf(Content.of(after));
  }

  @Test
  void aMinHashOfAnotherLengthLeavesTheSkeletons() {
    Features features = Samples.ownText(1);
    features.setMinHash(ByteBuffer.allocate(12));

    assertThat(Content.of(features))
        .extracting(Content::kind)
        .isEqualTo(List.of(Kind.PREFIX, Kind.SUFFIX));
  }

  @Test
  void readingTheContentLeavesTheRecordAsItWas() {
    Features features = Samples.ownText(1);

    assertThat(Content.of(features)).isEqualTo(Content.of(features)).hasSize(18);
  }
}
