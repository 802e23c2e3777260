package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.SharedResource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CampaignTest {

  private static final int CROWD = 200;

  private Chain chain;

  @BeforeEach
  void open() throws Exception {
    chain = Chain.open(AbuseThresholds.DEFAULT);
    chain.process(Samples.crowd(CROWD));
  }

  @AfterEach
  void close() throws Exception {
    chain.close();
  }

  @Test
  void accountsOfFewPaymentsWithOneTemplateAreNamedAndNobodyElse() throws Exception {
    chain.process(campaign(24, 3));

    assertThat(chain.members()).containsExactlyInAnyOrderElementsOf(names(24));
    assertThat(chain.alerts()).extracting(AbuseAlert::getClusterId).containsOnly(id());
    assertThat(last().getAccountCount()).isEqualTo(24);
    assertThat(last().getTenant()).isEqualTo("public");
    assertThat(last().getEvidence())
        .extracting(Evidence::getSignal)
        .contains("S1", "S4")
        .doesNotContain("S8");
    // Three cards of eight accounts each, under names that say nothing of the cards.
    assertThat(last().getShared())
        .extracting(SharedResource::getKind, SharedResource::getAccounts)
        .containsOnly(tuple("payment", 8))
        .hasSize(3);
    assertThat(last().toString()).doesNotContain("shared-");
    assertThat(chain.alerts()).extracting(AbuseAlert::getAlertId).doesNotHaveDuplicates();
  }

  @Test
  void ownCardsAndAddressesDoNotHideAccountsThatWereMadeInOneGo() throws Exception {
    for (int i = 0; i < 100; i++) {
      Relations relations = Samples.own(i % 20);
      relations.setAccountCreatedAt(
          Samples.NOON.minus(Duration.ofDays(20)).plus(Duration.ofMinutes(i % 20)));
      chain.process(Samples.exchange("seat-" + i % 20, Samples.templated(1, i), relations));
    }

    assertThat(chain.members()).containsExactlyInAnyOrderElementsOf(names(20));
    assertThat(last().getEvidence()).extracting(Evidence::getSignal).contains("S1", "S8");
  }

  @Test
  void ownCardsDoNotHideAccountsOnAFewServers() throws Exception {
    for (int i = 0; i < 120; i++) {
      Relations relations = Samples.own(i % 24);
      onServer(relations, i % 3);
      chain.process(Samples.exchange("seat-" + i % 24, Samples.templated(1, i), relations));
    }

    assertThat(chain.members()).containsExactlyInAnyOrderElementsOf(names(24));
  }

  @Test
  void aNeighbourInTheDataCentreWithACardOfItsOwnIsNotNamed() throws Exception {
    chain.process(Samples.crowd(3_000));
    for (int i = 0; i < 240; i++) {
      int seat = i % 48;
      Instant at = Samples.NOON.plusSeconds(30L * i);
      Relations relations = Samples.payment(seat, "shared-" + seat % 3);
      if (seat < 24) {
        onServer(relations, seat % 3);
      }
      chain.process(
          Samples.exchange("public", "seat-" + seat, at, Samples.templated(1, i), relations));
      if (i >= 48) {
        // The same opening from the server next to it.
        Relations neighbour = Samples.own(99);
        onServer(neighbour, 0);
        Features features = Samples.templated(1, 1_000 + i);
        chain.process(Samples.exchange("public", "neighbour", at, features, neighbour));
      }
    }

    assertThat(chain.members()).containsExactlyInAnyOrderElementsOf(names(48));
  }

  /** Its opening and its age are the campaign's by chance, its card and its network are its own. */
  @Test
  void oneWhoSignedUpWithACampaignsLotIsNotNamed() throws Exception {
    chain.process(Samples.crowd(6_000));
    Instant ofLot = Samples.LONG_AGO.plus(Duration.ofMinutes(30));
    for (int i = 0; i < 480; i++) {
      int seat = i % 96;
      Relations relations = Samples.payment(seat, "shared-" + seat % 6);
      relations.setNetwork("shared-" + seat % 6);
      relations.setAccountCreatedAt(ofLot.plus(Duration.ofDays(1 + seat % 4)));
      processAt(i, "seat-" + seat, relations);
    }
    for (int i = 480; i < 500; i++) {
      Relations own = Samples.own(6_000);
      own.setAccountCreatedAt(ofLot.plus(Duration.ofDays(1)));
      processAt(i, "individual", own);
    }

    assertThat(chain.members()).containsExactlyInAnyOrderElementsOf(names(96));
  }

  private void processAt(int halfMinute, String account, Relations relations) throws Exception {
    Instant at = Samples.NOON.plusSeconds(30L * halfMinute);
    Features features = Samples.templated(1, halfMinute);
    chain.process(Samples.exchange("public", account, at, features, relations));
  }

  private static void onServer(Relations relations, int server) {
    relations.setNetwork("server-" + server);
    relations.setHosting(true);
  }

  @Test
  void aSignalThatIsTurnedOffIsNotSeen() throws Exception {
    try (Chain blind = Chain.open(AbuseThresholds.DEFAULT.without(EnumSet.of(Signal.S4)))) {
      blind.process(Samples.crowd(CROWD));
      blind.process(campaign(24, 3));

      assertThat(blind.alerts()).isEmpty();
    }
  }

  @Test
  void aVerifiedOrganisationIsToldOfAsCoveredByItsExemption() throws Exception {
    for (Exchange exchange : campaign(24, 3)) {
      exchange.getRelations().setVerified("lab-7");
      chain.process(exchange);
    }

    assertThat(chain.alerts()).isNotEmpty();
    assertThat(chain.alerts()).extracting(AbuseAlert::getSuppressedBy).containsOnly("lab-7");
    assertThat(chain.members()).containsExactlyInAnyOrderElementsOf(names(24));
  }

  @Test
  void aPublishedTextIsNoEvidenceButToldOfAsCovered() throws Exception {
    for (int i = 0; i < 120; i++) {
      Features features = Samples.ownText(i);
      features.setSystemPrefix(42);
      features.setPublicText("harness-1");
      chain.process(
          Samples.exchange("seat-" + i % 24, features, Samples.payment(i % 24, "card" + i % 3)));
    }

    assertThat(chain.alerts()).isNotEmpty();
    assertThat(chain.alerts()).extracting(AbuseAlert::getSuppressedBy).containsOnly("harness-1");
  }

  @Test
  void aCampaignThatShowsInManyItemsDoesNotLetChanceThrough() throws Exception {
    for (int template = 1; template <= 40; template++) {
      for (int i = 0; i < 24; i++) {
        int seat = (i + template) % 24;
        chain.process(
            Samples.exchange(
                "seat-" + seat,
                Samples.templated(template, seat),
                Samples.payment(seat, "card" + seat % 3)));
      }
    }
    Random days = new Random(7);
    for (int i = 0; i < 12_000; i++) {
      chain.process(ofGroup("by-chance-", i, i / 6, days.nextInt(25)));
    }
    List<String> before = chain.members();

    // Five were made on one of 25 days: one in 500,000, among 2,000 groups.
    for (int i = 0; i < 6; i++) {
      chain.process(ofGroup("one-day-", i, 3_000, i == 0 ? 9 : 8));
    }

    assertThat(before).containsExactlyInAnyOrderElementsOf(names(24));
    assertThat(chain.members()).isEqualTo(before);
  }

  /** Of an account that shares an opening with four or five others, and nothing else. */
  private static Exchange ofGroup(String name, int account, int group, int day) {
    Relations relations = Samples.own(20_000 + account + name.hashCode());
    relations.setAccountCreatedAt(
        Samples.LONG_AGO.plus(Duration.ofDays(day)).plus(Duration.ofHours(account % 24)));
    Features features = Samples.ownText(200_000 + account + name.hashCode());
    features.setSkeletonPrefix(1_000_003L * group);
    return Samples.exchange(name + account, features, relations);
  }

  @Test
  void disorderOfAnHourAndRepeatedDeliveriesNameTheSameAccounts() throws Exception {
    List<Exchange> late = new ArrayList<>();
    for (Exchange exchange : campaign(24, 3)) {
      late.add(exchange);
      late.add(exchange);
    }
    Collections.shuffle(late, new Random(7));

    chain.process(late);

    assertThat(chain.members()).containsExactlyInAnyOrderElementsOf(names(24));
    assertThat(chain.alerts()).extracting(AbuseAlert::getClusterId).containsOnly(id());
  }

  @Test
  void whereATenthOfTheExchangesIsMissingTheSameAccountsAreNamed() throws Exception {
    List<Exchange> all = campaign(24, 3);
    Random lost = new Random(7);
    all.removeIf(exchange -> lost.nextInt(10) == 0);
    assertThat(all).hasSizeLessThan(115);

    chain.process(all);

    assertThat(chain.members()).containsExactlyInAnyOrderElementsOf(names(24));
  }

  @Test
  void aClusterSurvivesTheRotationOfTheSecret() throws Exception {
    List<Exchange> before = campaign(12, 3);
    List<Exchange> overlap = campaign(12, 3);
    for (Exchange exchange : overlap) {
      exchange.setExchangeId("overlap " + exchange.getExchangeId());
      exchange.setEarlierFeatures(Features.newBuilder(exchange.getFeatures()).build());
      exchange.getFeatures().setKeyEpoch(2);
    }
    List<Exchange> after = campaign(24, 3);
    for (Exchange exchange : after) {
      exchange.setExchangeId("after " + exchange.getExchangeId());
      exchange.getFeatures().setKeyEpoch(2);
    }

    chain.process(before);
    String id = id();
    chain.process(overlap);
    chain.process(after);

    assertThat(chain.members()).containsExactlyInAnyOrderElementsOf(names(24));
    assertThat(chain.alerts()).extracting(AbuseAlert::getClusterId).containsOnly(id);
  }

  @Test
  void aJobThatIsRestoredInMidCampaignRaisesTheSameAlertsAndNoneTwice() throws Exception {
    List<Exchange> exchanges = campaign(24, 3);
    chain.process(exchanges);
    assertThat(chain.alerts()).hasSizeGreaterThan(2);

    for (int cut : new int[] {10, 47, 48, 70, 110}) {
      List<AbuseAlert> interrupted = new ArrayList<>();
      Chain.Checkpoint checkpoint;
      try (Chain first = Chain.open(AbuseThresholds.DEFAULT)) {
        first.process(Samples.crowd(CROWD));
        first.process(exchanges.subList(0, cut));
        checkpoint = first.checkpoint();
        interrupted.addAll(first.alerts());
      }
      try (Chain second = Chain.restore(AbuseThresholds.DEFAULT, checkpoint)) {
        second.process(exchanges.subList(cut, exchanges.size()));
        interrupted.addAll(second.alerts());
      }
      assertThat(interrupted).as("cut at %d", cut).isEqualTo(chain.alerts());
    }
  }

  private static List<Exchange> campaign(int accounts, int payments) {
    List<Exchange> exchanges = new ArrayList<>();
    for (int i = 0; i < 5 * accounts; i++) {
      int seat = i % accounts;
      exchanges.add(
          Samples.exchange(
              "public",
              "seat-" + seat,
              Samples.NOON.plusSeconds(30L * i),
              Samples.templated(1, i),
              Samples.payment(seat, "shared-" + seat % payments)));
    }
    return exchanges;
  }

  private static List<String> names(int accounts) {
    return IntStream.range(0, accounts).mapToObj(i -> "seat-" + i).toList();
  }

  private AbuseAlert last() {
    return chain.alerts().get(chain.alerts().size() - 1);
  }

  private String id() {
    return chain.alerts().get(0).getClusterId();
  }
}
