package io.dualtrack.bench.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dualtrack.bench.abuse.Score.Found;
import io.dualtrack.bench.abuse.Score.Naming;
import io.dualtrack.bench.abuse.Score.Share;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ScoreTest {

  private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");

  private final Map<String, Truth> truths =
      Stream.of(
              new Truth("h1", "V0", "V0", true),
              new Truth("h2", "V0", "V0", true),
              new Truth("h3", "V0", "V0", true),
              new Truth("h4", "V0", "V0", true),
              new Truth("e1", "enterprise-batch", "enterprise-batch-1", false),
              new Truth("e2", "enterprise-batch", "enterprise-batch-1", false),
              new Truth("i1", "individual", "individual-1", false))
          .collect(Collectors.toMap(Truth::account, Function.identity()));

  private final Map<String, List<Instant>> asked =
      Map.of(
          "h1", List.of(at(0), at(10), at(20)),
          "h2", List.of(at(5), at(15), at(25)),
          "h3", List.of(at(7)),
          "h4", List.of(at(8)),
          "i1", List.of(at(1)));

  @Test
  void leaksAreCountedUpToTheNamingOfTheFirstTheHalfAndTheMost() throws Exception {
    Found found =
        Score.of(
                truths,
                asked,
                List.of(named(6, "h1"), named(12, "h2"), named(22, "h3"), named(24, "h4")))
            .campaigns()
            .get("V0");

    assertThat(found.firstAlert()).contains(Duration.ofMinutes(6));
    assertThat(found.exchanges()).isEqualTo(8);
    assertThat(found.leakedBeforeFirst()).isEqualTo(2);
    assertThat(found.leakedBeforeHalf()).isEqualTo(5);
    assertThat(found.leakedBeforeMost()).isEqualTo(7);
  }

  @Test
  void whatWasNeverNamedLeaksWhole() throws Exception {
    Found found = Score.of(truths, asked, List.of(named(6, "h1"))).campaigns().get("V0");

    assertThat(found.recall()).isEqualTo(new Share(1, 4));
    assertThat(found.leakedBeforeHalf()).isEqualTo(8);
  }

  @Test
  void anOrganisationIsHarmedOnceHoweverManyOfItsAccountsAreNamed() throws Exception {
    Score score = Score.of(truths, asked, List.of(named(1, "e1"), named(2, "e2"), named(3, "h1")));

    assertThat(score.harmed()).containsExactly(Map.entry("enterprise-batch", 1));
    assertThat(score.precision()).isEqualTo(new Share(1, 3));
  }

  @Test
  void anAccountThatIsNamedTwiceCountsOnceAndFromTheFirstTime() throws Exception {
    Score score = Score.of(truths, asked, List.of(named(9, "h1"), named(6, "h1")));

    assertThat(score.named()).isEqualTo(1);
    assertThat(score.campaigns().get("V0").firstAlert()).contains(Duration.ofMinutes(6));
  }

  @Test
  void anAccountThatTheLabelsDoNotHaveIsAnError() throws Exception {
    assertThatThrownBy(() -> Score.of(truths, asked, List.of(named(1, "x"))))
        .hasMessage("an alert names account x, which the labels do not have");
  }

  /** Agresti and Coull 1998, table of Wilson's interval: 5 of 10. */
  @Test
  void anIntervalIsWilsons() throws Exception {
    Share share = new Share(5, 10);

    assertThat(share.low()).isCloseTo(0.2366, within(0.0001));
    assertThat(share.high()).isCloseTo(0.7634, within(0.0001));
    assertThat(new Share(10, 10).high()).isCloseTo(1, within(1e-9));
    assertThat(new Share(10, 10).low()).isCloseTo(0.7225, within(0.0001));
  }

  private static Instant at(int minute) {
    return NOON.plus(Duration.ofMinutes(minute));
  }

  private static Naming named(int minute, String account) {
    return new Naming(at(minute), account);
  }
}
