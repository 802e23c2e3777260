package io.dualtrack.gateway.feeder;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.gateway.feeder.FairShare.Backlog;
import io.dualtrack.gateway.feeder.FairShare.Share;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FairShareTest {

  private static final Share USUAL = new Share(1, 1_000);

  @Test
  void tenLinesDoNotWaitBehindAMillion() {
    FairShare shares = new FairShare(tenant -> USUAL, 100);

    Map<String, Integer> allotted =
        shares.allot(
            List.of(new Backlog("large", "a", 0, 1_000_000), new Backlog("small", "b", 0, 10)),
            512);

    assertThat(allotted).isEqualTo(Map.of("large", 90, "small", 10));
  }

  @Test
  void whatIsInFlightIsBoundedForATenantAndInAll() {
    FairShare shares = new FairShare(tenant -> new Share(1, 50), 80);

    assertThat(shares.allot(List.of(new Backlog("x", "a", 45, 1_000)), 512))
        .isEqualTo(Map.of("x", 5));
    assertThat(
            shares.allot(
                List.of(
                    new Backlog("x", "a", 40, 1_000),
                    new Backlog("ended", "b", 38, 0),
                    new Backlog("y", "c", 0, 1)),
                512))
        .isEqualTo(Map.of("x", 2));
  }

  @Test
  void overTimeTenantsGetLinesByTheirWeight() {
    Map<String, Share> weights = Map.of("a", new Share(3, 1_000), "b", USUAL, "c", USUAL);
    FairShare shares = new FairShare(weights::get, 10_000);
    Map<String, Integer> sum = new HashMap<>();

    // Fewer places at a time than one turn has lines.
    for (int i = 0; i < 1_000; i++) {
      shares
          .allot(
              List.of(
                  new Backlog("a1", "a", 0, 500),
                  new Backlog("b1", "b", 0, 500),
                  new Backlog("c1", "c", 0, 500)),
              5)
          .forEach((batch, lines) -> sum.merge(batch, lines, Integer::sum));
    }

    assertThat(sum.get("a1")).isBetween(2_970, 3_030);
    assertThat(sum.get("b1")).isBetween(980, 1_020);
    assertThat(sum.get("c1")).isBetween(980, 1_020);
  }

  @Test
  void aTenantsBatchesTakeTurns() {
    FairShare shares = new FairShare(tenant -> USUAL, 10_000);
    Map<String, Integer> sum = new HashMap<>();
    List<Backlog> backlogs = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      backlogs.add(new Backlog("batch" + i, "a", 0, 400));
    }

    for (int i = 0; i < 10; i++) {
      shares.allot(backlogs, 80).forEach((batch, lines) -> sum.merge(batch, lines, Integer::sum));
    }

    assertThat(sum.values()).containsOnly(80);
  }

  @Test
  void nobodyGetsMoreThanThereIs() {
    FairShare shares = new FairShare(tenant -> USUAL, 10_000);

    assertThat(shares.allot(List.of(new Backlog("x", "a", 0, 3), new Backlog("y", "a", 0, 4)), 512))
        .isEqualTo(Map.of("x", 3, "y", 4));
    assertThat(shares.allot(List.of(new Backlog("x", "a", 7, 0)), 512)).isEmpty();
    assertThat(shares.allot(List.of(), 512)).isEmpty();
  }
}
