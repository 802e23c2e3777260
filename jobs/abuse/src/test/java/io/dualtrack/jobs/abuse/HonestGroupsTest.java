package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.Relations;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Groups of people who have something in common and did nothing wrong. */
class HonestGroupsTest {

  private Chain chain;

  @BeforeEach
  void open() throws Exception {
    chain = Chain.open(AbuseThresholds.DEFAULT);
    chain.process(Samples.crowd(200));
  }

  @AfterEach
  void close() throws Exception {
    chain.close();
  }

  @Test
  void aSharedTemplateWithoutARelationIsNoEvidence() throws Exception {
    for (int i = 0; i < 200; i++) {
      chain.process(
          Samples.exchange("seat-" + i % 40, Samples.templated(1, i), Samples.own(i % 40)));
    }

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void daysOfSignUpAndATemplateAreNotEnough() throws Exception {
    chain.process(Samples.crowd(3_000));
    for (int i = 0; i < 120; i++) {
      int seat = i % 24;
      Relations relations = Samples.own(seat);
      relations.setAccountCreatedAt(
          Samples.LONG_AGO.plus(Duration.ofDays(seat % 2)).plus(Duration.ofHours(seat / 2)));
      chain.process(Samples.exchange("seat-" + seat, Samples.templated(1, i), relations));
    }

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void aCampusBehindOneAddressThatAsksThisAndThatIsNoEvidence() throws Exception {
    for (int i = 0; i < 300; i++) {
      chain.process(
          Samples.exchange(
              "student-" + i % 60, Samples.ownText(i), Samples.network(i % 60, "campus")));
    }

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void anEnterpriseWithOneTemplateOverManySeatsOnOneCardIsOnePayer() throws Exception {
    for (int i = 0; i < 200; i++) {
      chain.process(
          Samples.exchange(
              "enterprise",
              "seat-" + i % 40,
              Samples.NOON,
              Samples.templated(1, i),
              Samples.payment(i % 40, "corporate card")));
    }

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void aResellersAccountsThatAskThisAndThatAreNoEvidence() throws Exception {
    for (int i = 0; i < 400; i++) {
      chain.process(
          Samples.exchange(
              "seat-" + i % 40, Samples.ownText(i), Samples.payment(i % 40, "reseller's card")));
    }

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void theSystemPromptOfAPublicAgentIsNoEvidence() throws Exception {
    for (int i = 0; i < 400; i++) {
      Features features = Samples.ownText(i);
      features.setSystemPrefix(42);
      chain.process(Samples.exchange("user-" + i % 100, features, Samples.own(i % 100)));
    }

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void aDayOnWhichManyOpenAnAccountIsNoEvidence() throws Exception {
    for (int i = 0; i < 300; i++) {
      Relations relations = Samples.own(i % 100);
      relations.setAccountCreatedAt(Samples.NOON.minus(Duration.ofHours(3)));
      chain.process(Samples.exchange("new-" + i % 100, Samples.ownText(i), relations));
    }

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void newcomersOfOneDayAmongTheUsersOfAnOpeningAreNoEvidence() throws Exception {
    chain.process(Samples.crowd(3_000));
    // All follow one tutorial; some signed up on the day of a launch, and six within an hour of it.
    for (int i = 0; i < 120; i++) {
      int account = i % 60;
      Relations relations = Samples.own(account);
      if (account % 7 == 0) {
        relations.setAccountCreatedAt(
            Samples.LONG_AGO
                .plus(Duration.ofDays(20))
                .plus(Duration.ofHours(account < 42 ? 1 : account % 24)));
      }
      chain.process(Samples.exchange("newcomer-" + account, Samples.templated(1, i), relations));
    }

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void anAccountThatAsksAllDayIsNoClusterAndTakesNoMoreStateThanOthers() throws Exception {
    chain.process(Samples.exchange("busy", Samples.ownText(1), Samples.own(1)));
    long before = chain.stateBytes();
    Exchange exchange = Samples.exchange("busy", Samples.ownText(2), Samples.own(1));
    for (int i = 0; i < 100_000; i++) {
      // Ever new wording, and the wording of others now and then.
      exchange.setExchangeId("busy-" + i);
      exchange.setAt(Samples.NOON.plusMillis(500L * i));
      exchange.getFeatures().setSkeletonPrefix(i);
      exchange.getFeatures().setSkeletonSuffix(i % 1_000);
      chain.process(exchange);
    }

    assertThat(chain.alerts()).isEmpty();
    // What one account alone shows is in tables of fixed size, made when first used: 38 MB in all.
    assertThat(chain.stateBytes() - before).isLessThan(45_000_000);
    assertThat(chain.clusterBytes()).isLessThan(200_000);
  }

  @Test
  void aHundredThousandAccountsBehindOneAddressAreNoCluster() throws Exception {
    for (int i = 0; i < 100_000; i++) {
      Features none = Samples.ownText(i % 50);
      chain.process(Samples.exchange("carrier-" + i, none, Samples.network(i, "carrier")));
    }

    assertThat(chain.alerts()).isEmpty();
    assertThat(chain.stateBytes() / 100_000).isLessThan(2_048 + 38_000_000 / 100_000);
  }
}
