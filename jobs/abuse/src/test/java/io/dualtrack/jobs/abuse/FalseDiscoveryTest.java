package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FalseDiscoveryTest {

  private final FalseDiscovery discoveries = new FalseDiscovery(0.001);

  @Test
  void oneGroupPassesWithTheShareItself() {
    int step = FalseDiscovery.step(0.0005);
    discoveries.examine(-1, 0);

    assertThat(discoveries.isDiscovery(step)).isTrue();
    assertThat(discoveries.isDiscovery(FalseDiscovery.step(0.01))).isFalse();
  }

  @Test
  void amongAThousandGroupsOfChanceTheSameProbabilityIsNone() {
    for (int i = 0; i < 1_000; i++) {
      discoveries.examine(-1, 0);
    }
    int step = FalseDiscovery.step(0.0005);
    discoveries.examine(-1, 0);

    assertThat(discoveries.isDiscovery(step)).isFalse();
  }

  @Test
  void manyDiscoveriesLetAWeakerOneThrough() {
    for (int i = 0; i < 500; i++) {
      discoveries.examine(-1, 0);
      discoveries.examine(-1, FalseDiscovery.step(1e-9));
    }
    int step = FalseDiscovery.step(0.0001);
    discoveries.examine(-1, 0);

    assertThat(discoveries.isDiscovery(step)).isTrue();
  }

  @Test
  void aGroupThatIsExaminedAgainCountsOnce() {
    int strong = FalseDiscovery.step(1e-9);
    discoveries.examine(-1, strong);
    for (int i = 0; i < 100; i++) {
      discoveries.examine(strong, strong);
    }
    discoveries.forget(strong);
    discoveries.examine(-1, 0);

    assertThat(discoveries.isDiscovery(0)).isFalse();
  }
}
