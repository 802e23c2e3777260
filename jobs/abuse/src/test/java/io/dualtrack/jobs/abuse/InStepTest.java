package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.Relations;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Groups of which only what they do in step tells them from honest ones. */
class InStepTest {

  private static final int CROWD = 300;
  private static final int GROUP = 12;
  private static final int EXCHANGES = 27;

  /** When the first day of watching is over, in the night. */
  private static final Instant LATER = Samples.NOON.plus(Duration.ofHours(38));

  private interface Relation {
    Relations of(int seat);
  }

  private interface Text {
    Features of(int seat, int number);
  }

  private interface Clock {
    Instant of(int seat, int number);
  }

  private Chain chain;

  @BeforeEach
  void open() throws Exception {
    open(AbuseThresholds.DEFAULT);
  }

  private void open(AbuseThresholds thresholds) throws Exception {
    chain = Chain.open(thresholds);
    Random random = new Random(11);
    List<Exchange> crowd = new ArrayList<>();
    for (int i = 0; i < CROWD; i++) {
      Instant at = Samples.NOON.plusSeconds(random.nextInt(3_600));
      for (int k = 0; k < 17; k++) {
        // The last one on the next day, so that a daily number is known.
        Instant when = k < 16 ? at : Samples.NOON.plus(Duration.ofHours(24));
        Features text = about(1, Samples.ownText(1_000 * i + k), random);
        crowd.add(Samples.exchange("public", "honest-" + i, when, text, old(100 + i)));
        at = at.plusSeconds((long) Math.exp(9 * random.nextDouble()));
      }
    }
    crowd.sort(Comparator.comparing(Exchange::getAt));
    chain.process(crowd);
    assertThat(chain.alerts()).isEmpty();
  }

  @AfterEach
  void close() throws Exception {
    chain.close();
  }

  @Test
  void ownCardsAndAddressesDoNotHideAccountsThatBeganTogetherAndKeepOnePace() throws Exception {
    group(InStepTest::old, template(), every(Duration.ofMinutes(55)));

    assertThat(chain.members()).containsExactlyInAnyOrderElementsOf(names());
    assertThat(signals()).contains("S1", "S3").doesNotContain("S4", "S8");
  }

  @Test
  void usersOfAScheduledToolWhoBeganWhenItSuitedThemAreNoEvidence() throws Exception {
    group(
        GROUP,
        2 * EXCHANGES,
        InStepTest::old,
        template(),
        (seat, number) ->
            every(Duration.ofMinutes(55)).of(seat, number).plus(Duration.ofHours(seat % 4)));

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void accountsThatBeganTogetherButWorkLikePeopleAreNoEvidence() throws Exception {
    group(InStepTest::old, template(), naturally());

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void oneCardAndOneKindOfTaskInStepNeedNoTemplate() throws Exception {
    group(InStepTest::oneCard, narrow(), every(Duration.ofMinutes(55)));

    assertThat(chain.members()).containsExactlyInAnyOrderElementsOf(names());
    assertThat(signals()).contains("S2", "S3", "S4").doesNotContain("S1");
  }

  @Test
  void aHouseholdOnOneCardThatAsksForOneKindOfThingIsNoEvidence() throws Exception {
    group(5, 2 * EXCHANGES, InStepTest::oneCard, narrow(), naturally());

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void oneCardInStepThatAsksThisAndThatIsNoEvidence() throws Exception {
    group(InStepTest::oneCard, anything(), every(Duration.ofMinutes(55)));

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void aBenchmarkThatRunsOnOneCardInStepIsNoDividedWork() throws Exception {
    chain.close();
    // The texts themselves are the same wording; here it is about what they are about.
    open(AbuseThresholds.DEFAULT.without(EnumSet.of(Signal.S1)));
    Random random = new Random(5);
    group(
        InStepTest::oneCard,
        (seat, number) -> about(2, Samples.ownText(-number), random),
        every(Duration.ofMinutes(55)));

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void aCourseOfOneNetworkThatSignedUpInOneLessonIsNoEvidence() throws Exception {
    group(inOneLesson("school"), template(), naturally());

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void aCourseOfWhichNobodyToldTheNetworkIsNoEvidence() throws Exception {
    group(inOneLesson(null), template(), naturally());

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void aCourseAmongTheStudentsOfACampusIsNoEvidence() throws Exception {
    for (int i = 0; i < 2 * AbuseThresholds.DEFAULT.networkAccounts(); i++) {
      Relations student = old(1_000 + i);
      student.setNetwork("campus");
      Instant at = LATER.minus(Duration.ofHours(1));
      chain.process(
          Samples.exchange("public", "student-" + i, at, Samples.ownText(90_000 + i), student));
    }
    group(inOneLesson("campus"), template(), naturally());

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void anAccountsTraitsAreToldOfOnceADay() {
    AccountProfile profile = AccountProfile.empty();
    Observation seen = Observe.of(Samples.exchange("someone", Samples.ownText(1), old(1)));
    for (int i = 0; i < 9; i++) {
      profile.add(seen);
      profile.isDueToBeTold(seen.at);
    }
    long tomorrow = seen.at + Duration.ofDays(1).toMillis();

    assertThat(profile.isDueToBeTold(seen.at)).isFalse();
    assertThat(profile.isDueToBeTold(tomorrow)).isTrue();
    assertThat(profile.isDueToBeTold(tomorrow)).isFalse();
  }

  private void group(Relation relation, Text text, Clock clock) throws Exception {
    group(GROUP, EXCHANGES, relation, text, clock);
  }

  private void group(int seats, int each, Relation relation, Text text, Clock clock)
      throws Exception {
    List<Exchange> exchanges = new ArrayList<>();
    for (int seat = 0; seat < seats; seat++) {
      for (int number = 0; number < each; number++) {
        exchanges.add(
            Samples.exchange(
                "public",
                "seat-" + seat,
                clock.of(seat, number),
                text.of(seat, number),
                relation.of(seat)));
      }
    }
    exchanges.sort(Comparator.comparing(Exchange::getAt));
    chain.process(exchanges);
  }

  private static Text template() {
    Random random = new Random(3);
    return (seat, number) -> about(1, Samples.templated(1, 100 * seat + number), random);
  }

  private static Text narrow() {
    Random random = new Random(4);
    return (seat, number) -> about(2, Samples.ownText(-1 - 100 * seat - number), random);
  }

  private static Text anything() {
    Random random = new Random(6);
    return (seat, number) -> about(1, Samples.ownText(-1 - 100 * seat - number), random);
  }

  /** The text with a vector: the topic's direction and as much noise. */
  private static Features about(int topic, Features text, Random noise) {
    Random direction = new Random(topic);
    byte[] vector = new byte[AccountProfile.DIMENSIONS];
    for (int i = 0; i < vector.length; i++) {
      double at = 12 * direction.nextGaussian() + 12 * noise.nextGaussian();
      vector[i] = (byte) Math.max(Byte.MIN_VALUE, Math.min(Byte.MAX_VALUE, Math.round(at)));
    }
    text.setVector(ByteBuffer.wrap(vector));
    return text;
  }

  private static Clock every(Duration pause) {
    return (seat, number) -> LATER.plusSeconds(60L * seat).plus(pause.multipliedBy(number));
  }

  private static Clock naturally() {
    Instant[][] times = new Instant[GROUP][2 * EXCHANGES];
    Random random = new Random(8);
    for (int seat = 0; seat < GROUP; seat++) {
      Instant at = LATER.plusSeconds(60L * seat);
      for (int number = 0; number < 2 * EXCHANGES; number++) {
        times[seat][number] = at;
        at = at.plusSeconds((long) Math.exp(9 * random.nextDouble()));
      }
    }
    return (seat, number) -> times[seat][number];
  }

  /** Somebody with everything of their own, whose account was made long before. */
  private static Relations old(int account) {
    Relations relations = Samples.own(account);
    relations.setAccountCreatedAt(Samples.LONG_AGO.plus(Duration.ofHours(37L * account)));
    return relations;
  }

  private static Relation inOneLesson(String network) {
    return seat -> {
      Relations relations = old(seat);
      relations.setNetwork(network);
      relations.setAccountCreatedAt(LATER.minus(Duration.ofMinutes(10)));
      return relations;
    };
  }

  private static Relations oneCard(int account) {
    Relations relations = old(account);
    relations.setPayment("one card");
    return relations;
  }

  private static List<String> names() {
    return IntStream.range(0, GROUP).mapToObj(i -> "seat-" + i).toList();
  }

  private List<String> signals() {
    return chain.alerts().get(chain.alerts().size() - 1).getEvidence().stream()
        .map(Evidence::getSignal)
        .distinct()
        .toList();
  }
}
