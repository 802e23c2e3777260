package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.request;
import static io.dualtrack.topology.Records.undone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.ExemptionKind;
import io.dualtrack.schemas.RecommendedAction;
import io.dualtrack.schemas.Topics;
import io.dualtrack.topology.abuse.AutomaticRule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.streams.KeyValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a configured score on an alert is acted upon by itself; what people undid stays undone. */
class AutomaticActionsTest {

  private static final Map<String, String> SUSPEND_FROM_90 =
      Map.of(
          "DUALTRACK_ABUSE_AUTOMATIC_SCORE", "0.9",
          "DUALTRACK_ABUSE_AUTOMATIC_ACTION", "suspend");

  @TempDir Path folder;
  private TopologyHarness topology;

  @BeforeEach
  void start() {
    topology = new TopologyHarness(folder, SUSPEND_FROM_90).withControl();
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  @Test
  void nothingHappensByItselfWhereNoScoreIsSet() {
    try (TopologyHarness without = new TopologyHarness(folder.resolve("off"))) {
      assertThat(without.topology().describe().toString()).doesNotContain("act-automatically");
    }
  }

  @Test
  void allWhoWereEverNamedAreActedUponOnceTheScoreIsReached() {
    topology.alert(alert("c1-1", 0.89, "seat-1"));
    assertThat(actions()).isEmpty();

    topology.alert(alert("c1-2", 0.9, "seat-2"));

    List<KeyValue<String, AccountAction>> actions = topology.readKeyed(Topics.ABUSE_ACTIONS);
    assertThat(actions)
        .extracting(each -> each.key)
        .containsExactly("auto-c1/acme/seat-1", "auto-c1/acme/seat-2");
    assertThat(actions)
        .extracting(each -> each.value)
        .allSatisfy(
            action -> {
              assertThat(action.getAutomatic()).isTrue();
              assertThat(action.getActor()).isEqualTo("automatic");
              assertThat(action.getAction()).isEqualTo(RecommendedAction.SUSPEND);
              assertThat(action.getClusterId()).isEqualTo("c1");
              assertThat(action.getReason()).contains("0.90", "c1-2");
            });
    topology.request(request("r1", chat("a")));
    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("ACCOUNT_SUSPENDED");
  }

  @Test
  void anAlertThatIsToldAgainAndOneThatNamesTheSameAccountsChangeNothing() {
    topology.alert(alert("c1-1", 0.95, "seat-1"));
    actions();

    topology.alert(alert("c1-1", 0.95, "seat-1"));
    topology.alert(alert("c1-2", 0.97, "seat-1", "seat-2"));

    assertThat(actions()).extracting(AccountAction::getAccount).containsExactly("seat-2");
  }

  @Test
  void whatIsDoneAgainAfterALossOfAllStateIsTheSameRecordAndNoSecondOne() {
    topology.alert(alert("c1-1", 0.95, "seat-1"));
    String key = topology.readKeyed(Topics.ABUSE_ACTIONS).get(0).key;

    try (TopologyHarness again = new TopologyHarness(folder.resolve("again"), SUSPEND_FROM_90)) {
      again.alert(alert("c1-1", 0.95, "seat-1"));

      assertThat(again.readKeyed(Topics.ABUSE_ACTIONS))
          .extracting(each -> each.key)
          .containsExactly(key);
    }
  }

  @Test
  void whatAPersonUndidForAClusterIsNotDoneAgainNorToThoseWhoJoinIt() {
    topology.alert(alert("c1-1", 0.95, "seat-1"));
    topology.act(undone(actions().get(0)));
    actions();

    topology.alert(alert("c1-2", 0.99, "seat-1", "seat-2"));

    assertThat(actions()).isEmpty();
  }

  @Test
  void anAccountThatAPersonFreedIsLeftAloneThoughAnotherClusterNamesIt() {
    topology.alert(alert("c1-1", 0.95, "seat-1"));
    topology.act(undone(actions().get(0)));
    actions();

    topology.alert(alertOf("c2", "c2-1", 0.99, "seat-1", "seat-3"));

    assertThat(actions()).extracting(AccountAction::getAccount).containsExactly("seat-3");
  }

  @Test
  void suppressedAlertsAndVerifiedOrganisationsAreNeverActedUpon() {
    AbuseAlert suppressed = alert("c1-1", 1, "seat-1");
    suppressed.setSuppressedBy("lab-7");
    topology.alert(suppressed);
    topology.exempt(
        AbuseExemption.newBuilder()
            .setId("lab-8")
            .setKind(ExemptionKind.ORGANISATION)
            .setTenant("acme")
            .setReason("an evaluation laboratory")
            .setApprover("officer")
            .setEffectiveFrom(START)
            .setEffectiveTo(START.plus(Duration.ofDays(30))));
    AbuseAlert both = alert("c2-1", 1, "seat-1", "seat-2");
    both.setTenant(null);
    both.setTenantsAdded(List.of("acme", "globex"));
    topology.alert(both);

    assertThat(actions())
        .extracting(AccountAction::getTenant, AccountAction::getAccount)
        .containsExactly(tuple("globex", "seat-2"));
  }

  @Test
  void alertsAboutOneAccountAndAlertsOfThePastAreForPeople() {
    AbuseAlert relay = alert("a1", 1, "seat-1");
    relay.setKind(AlertKind.ACCOUNT);
    topology.alert(relay);
    AbuseAlert past = alert("c1-1", 1, "seat-1");
    past.setRaisedAt(START.minus(Duration.ofDays(2)));
    topology.alert(past);
    assertThat(actions()).isEmpty();

    topology.alert(alert("c1-2", 1, "seat-2"));

    assertThat(actions()).extracting(AccountAction::getAccount).containsExactly("seat-1", "seat-2");
  }

  @Test
  void aSettingThatIsNoneIsRefusedByName() {
    assertThat(AutomaticRule.fromEnvironment(Map.of())).isEmpty();
    assertThat(AutomaticRule.fromEnvironment(Map.of("DUALTRACK_ABUSE_AUTOMATIC_SCORE", "0.95")))
        .hasValue(new AutomaticRule(0.95, RecommendedAction.THROTTLE));
    for (String none : List.of("0", "1.5", "high", "NaN")) {
      assertThatThrownBy(
              () -> AutomaticRule.fromEnvironment(Map.of("DUALTRACK_ABUSE_AUTOMATIC_SCORE", none)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("DUALTRACK_ABUSE_AUTOMATIC_SCORE");
    }
    assertThatThrownBy(
            () ->
                AutomaticRule.fromEnvironment(
                    Map.of(
                        "DUALTRACK_ABUSE_AUTOMATIC_SCORE", "0.9",
                        "DUALTRACK_ABUSE_AUTOMATIC_ACTION", "review")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("DUALTRACK_ABUSE_AUTOMATIC_ACTION");
  }

  private List<AccountAction> actions() {
    return topology.readKeyed(Topics.ABUSE_ACTIONS).stream().map(each -> each.value).toList();
  }

  private static AbuseAlert alert(String id, double score, String... accounts) {
    return alertOf(id.substring(0, 2), id, score, accounts);
  }

  private static AbuseAlert alertOf(String cluster, String id, double score, String... accounts) {
    return AbuseAlert.newBuilder()
        .setAlertId(id)
        .setKind(AlertKind.CLUSTER)
        .setClusterId(cluster)
        .setTenant("acme")
        .setRaisedAt(START)
        .setScore(score)
        .setAccountsAdded(List.of(accounts))
        .setTenantsAdded(Collections.nCopies(accounts.length, "acme"))
        .setAccountCount(accounts.length)
        .setEvidence(List.of())
        .setRecommendedAction(RecommendedAction.THROTTLE)
        .build();
  }
}
