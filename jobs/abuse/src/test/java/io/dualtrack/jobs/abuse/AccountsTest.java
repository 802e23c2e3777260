package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.Relations;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AccountsTest {

  private static final List<String> LANGUAGES = List.of("en", "de", "fr", "zh", "ru", "pt", "ar");
  private static final List<String> COUNTRIES = List.of("US", "DE", "BR", "CN", "NG", "IN", "JP");

  private Chain chain;

  @BeforeEach
  void open() throws Exception {
    chain = Chain.open(AbuseThresholds.DEFAULT);
  }

  @AfterEach
  void close() throws Exception {
    chain.close();
  }

  @Test
  void anAccountOfManyLanguagesNetworksSystemPromptsAndCountriesIsRelayed() throws Exception {
    for (int i = 0; i < 64; i++) {
      chain.process(varied(i, 7, 20, 14));
    }

    assertThat(chain.alerts()).hasSize(1);
    AbuseAlert alert = chain.alerts().get(0);
    assertThat(alert.getKind()).isEqualTo(AlertKind.ACCOUNT);
    assertThat(alert.getAccountsAdded()).containsExactly("someone");
    assertThat(alert.getTenantsAdded()).containsExactly("public");
    assertThat(alert.getEvidence())
        .extracting(Evidence::getSignal)
        .hasSizeGreaterThanOrEqualTo(3)
        .containsOnly("S6");
  }

  @Test
  void aTravellingTranslatorIsOnePerson() throws Exception {
    for (int i = 0; i < 200; i++) {
      Exchange exchange = varied(i, 7, 3, 2);
      exchange.getRelations().setCountry(i < 100 ? "DE" : "FR");
      chain.process(exchange);
    }

    assertThat(chain.alerts()).isEmpty();
  }

  @Test
  void anExchangeThatShowsNothingNewEndsAtItsAccount() throws Exception {
    Features features = Samples.templated(1, 1);
    for (int i = 0; i < 1_000; i++) {
      chain.process(
          Samples.exchange(
              "public", "someone", Samples.NOON.plusSeconds(i), features, Samples.own(1)));
    }

    // Each item twice, and now and then the account's traits.
    assertThat(chain.claims()).isLessThan(60);
  }

  @Test
  void aMillionExchangesLeaveAProfileOfTheSameSize() {
    AccountProfile profile = AccountProfile.empty();
    Observation seen = Observe.of(Samples.exchange("someone", Samples.ownText(1), Samples.own(1)));
    seen.vector = new byte[AccountProfile.DIMENSIONS];
    java.util.Arrays.fill(seen.vector, (byte) 127);
    for (int i = 0; i < 1_000_000; i++) {
      seen.at += 1_000;
      seen.text = i;
      profile.add(seen);
      profile.sight(Trait.PREFIX.key(i), seen.at);
    }

    assertThat(profile.bytes()).hasSize(AccountProfile.BYTES);
    assertThat(profile.count()).isEqualTo(1_000_000);
    assertThat(profile.mean(8)).containsOnly(127);
    assertThat(profile.texts()).hasSize(AccountProfile.TEXTS);
  }

  @Test
  void anItemIsToldOfAtItsFirstAndSecondSightingAndOnceADay() {
    AccountProfile profile = AccountProfile.empty();
    long item = Trait.PREFIX.key(7);
    long noon = Samples.NOON.toEpochMilli();
    long tomorrow = noon + Duration.ofDays(1).toMillis();

    assertThat(profile.sight(item, noon)).isEqualTo(ItemsClaimed.Sight.FIRST);
    assertThat(profile.sight(item, noon)).isEqualTo(ItemsClaimed.Sight.SECOND);
    assertThat(profile.sight(item, noon)).isEqualTo(ItemsClaimed.Sight.OLD);
    assertThat(profile.sight(item, tomorrow)).isEqualTo(ItemsClaimed.Sight.FIRST_OF_DAY);
    assertThat(profile.sight(item, tomorrow)).isEqualTo(ItemsClaimed.Sight.OLD);
  }

  @Test
  void aMoveToAnotherModelIsFourExchangesInARow() {
    AccountProfile profile = AccountProfile.empty();
    Observation seen = Observe.of(Samples.exchange("someone", Samples.ownText(1), Samples.own(1)));
    profile.add(seen);
    for (int i = 0; i < 4; i++) {
      assertThat(profile.pivotAt()).isZero();
      seen.model = 99;
      seen.at += 60_000;
      profile.add(seen);
    }

    assertThat(profile.pivotAt()).isEqualTo(seen.at);
  }

  private static Exchange varied(int i, int languages, int networks, int prompts) {
    Features features = Samples.ownText(i);
    features.setLanguage(LANGUAGES.get(i % languages));
    features.setSystemPrefix(1 + i % prompts);
    Relations relations = Samples.network(1, "network-" + i % networks);
    relations.setCountry(COUNTRIES.get(i % COUNTRIES.size()));
    return Samples.exchange(
        "public", "someone", Samples.NOON.plusSeconds(30L * i), features, relations);
  }
}
