package io.dualtrack.local.fraud;

import static io.dualtrack.local.fraud.Alerts.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.dualtrack.operations.fraud.ActionCommand;
import io.dualtrack.operations.fraud.ActionCommand.Outcome;
import io.dualtrack.operations.fraud.ActionLog;
import io.dualtrack.operations.fraud.AlertedCluster;
import io.dualtrack.policy.control.AccountActions;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.CacheContract;
import io.dualtrack.schemas.RecommendedAction;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ActionCommandTest {

  private static final List<AlertedCluster> CLUSTERS =
      AlertedCluster.of(List.of(Alerts.second("c1"), Alerts.first("c1")));
  private static final List<Tenant> TENANTS =
      List.of(tenant("acme", "seat-1", "seat-3", "own"), tenant("globex", "seat-1", "seat-2"));

  private final List<AccountAction> log = new ArrayList<>();

  @Test
  void theHighestThrottleIsTheOneThatIsEnforced() {
    assertThat(ActionCommand.MOST_PER_MINUTE).isEqualTo(AccountActions.MOST_PER_MINUTE);
  }

  @Test
  void aClusterIsAllThatWereEverAddedEachAtItsOwnTenant() {
    List<AccountAction> actions = done(act("c1", null, RecommendedAction.SUSPEND));

    assertThat(actions)
        .extracting(
            AccountAction::getTenant,
            AccountAction::getAccount,
            AccountAction::getClusterId,
            AccountAction::getActive)
        .containsExactly(
            tuple("acme", "seat-1", "c1", true),
            tuple("globex", "seat-2", "c1", true),
            tuple("acme", "seat-3", "c1", true));
  }

  @Test
  void anAlertThatDoesNotSayWhoseAccountsTheyAreIsCompletedFromTheContractsOrTheyAreLeftOut() {
    AbuseAlert old =
        AbuseAlert.newBuilder(Alerts.first("c2"))
            .setTenantsAdded(List.of())
            .setAccountsAdded(List.of("seat-1", "seat-2"))
            .build();

    Outcome outcome =
        command("c2", null, RecommendedAction.SUSPEND)
            .act(AlertedCluster.of(List.of(old)), TENANTS, log(), "act-1", START);

    assertThat(outcome).asInstanceOf(type(Outcome.Done.class)).returns(1, Outcome.Done::unknown);
    assertThat(done(outcome)).extracting(AccountAction::getAccount).containsExactly("seat-2");
  }

  @Test
  void anUnknownNameIsSaidInOneLine() {
    assertThat(act("nobody", null, RecommendedAction.REVIEW))
        .isEqualTo(
            new Outcome.Denied(
                "no cluster and no account is called 'nobody'; `dualtrack alerts` lists the"
                    + " clusters"));
    assertThat(act("own", "globex", RecommendedAction.REVIEW))
        .isEqualTo(new Outcome.Denied("tenant 'globex' has no account 'own'"));
  }

  @Test
  void anAccountThatTwoTenantsHaveNeedsItsTenant() {
    assertThat(act("seat-1", null, RecommendedAction.REVIEW))
        .isEqualTo(
            new Outcome.Denied(
                "several tenants have an account 'seat-1': acme, globex; name one with --tenant"));
    assertThat(done(act("seat-1", "globex", RecommendedAction.REVIEW)))
        .extracting(AccountAction::getTenant)
        .containsExactly("globex");
  }

  @Test
  void whatHoldsAlreadyIsNotDoneTwiceButOthersOfTheClusterAre() {
    log.addAll(done(act("own", null, RecommendedAction.SUSPEND)));
    assertThat(act("own", null, RecommendedAction.SUSPEND)).isInstanceOf(Outcome.Denied.class);

    log.addAll(done(act("seat-3", null, RecommendedAction.SUSPEND)));
    assertThat(act("c1", null, RecommendedAction.SUSPEND))
        .asInstanceOf(type(Outcome.Done.class))
        .returns(1, Outcome.Done::already)
        .returns(2, each -> each.actions().size());
  }

  @Test
  void anUndoingNamesWhatItUndoesAndLeavesItThere() {
    log.addAll(done(act("c1", null, RecommendedAction.SUSPEND)));

    List<AccountAction> undoings = done(undo("c1", null));

    assertThat(undoings)
        .hasSize(3)
        .allSatisfy(
            each -> {
              assertThat(each.getUndoes()).isEqualTo("act-1");
              assertThat(each.getActive()).isFalse();
              assertThat(each.getReason()).isEqualTo("because");
            });
    List<AccountAction> before = List.copyOf(log);
    log.addAll(undoings);
    assertThat(log().inForce(START)).isEmpty();
    assertThat(before).allMatch(AccountAction::getActive);
    assertThat(log.stream().map(ActionLog::key)).doesNotHaveDuplicates();
    assertThat(undo("c1", null)).isInstanceOf(Outcome.Denied.class);
  }

  @Test
  void undoingAnAccountUndoesAllThatHoldsItWhereverItCameFrom() {
    log.addAll(done(act("c1", null, RecommendedAction.SUSPEND)));
    log.addAll(
        done(
            command("seat-3", null, RecommendedAction.THROTTLE)
                .act(CLUSTERS, TENANTS, log(), "act-2", START)));

    assertThat(done(undo("seat-3", null)))
        .extracting(AccountAction::getUndoes)
        .containsExactlyInAnyOrder("act-1", "act-2");
    assertThat(done(undo("seat-3", RecommendedAction.THROTTLE)))
        .extracting(AccountAction::getUndoes)
        .containsExactly("act-2");
  }

  @Test
  void undoingAClusterUndoesWhatWasDoneByItselfAboutItsMembersForOneThatItAbsorbed() {
    AccountAction automatic = done(act("seat-3", null, RecommendedAction.SUSPEND)).get(0);
    automatic.setActionId("auto-c0");
    automatic.setClusterId("c0");
    automatic.setAutomatic(true);
    log.add(automatic);
    log.addAll(
        done(
            command("seat-2", "globex", RecommendedAction.SUSPEND)
                .act(CLUSTERS, TENANTS, log(), "act-2", START)));

    assertThat(done(undo("c1", null)))
        .extracting(AccountAction::getUndoes, AccountAction::getClusterId)
        .containsExactly(tuple("auto-c0", "c1"));
  }

  @Test
  void whatEndedByItselfHoldsNoMore() {
    Instant until = START.plus(Duration.ofDays(1));
    log.addAll(
        done(
            new ActionCommand("own", null, RecommendedAction.SUSPEND, null, until, "because", "ann")
                .act(CLUSTERS, TENANTS, log(), "act-1", START)));

    assertThat(log().inForce(until.minusMillis(1))).hasSize(1);
    assertThat(log().inForce(until)).isEmpty();
  }

  private Outcome act(String target, String tenant, RecommendedAction action) {
    return command(target, tenant, action).act(CLUSTERS, TENANTS, log(), "act-1", START);
  }

  private Outcome undo(String target, RecommendedAction action) {
    return command(target, null, action).undo(CLUSTERS, TENANTS, log(), "act-9", START);
  }

  private static ActionCommand command(String target, String tenant, RecommendedAction action) {
    Integer limit = action == RecommendedAction.THROTTLE ? 6 : null;
    return new ActionCommand(target, tenant, action, limit, null, "because", "ann");
  }

  private static List<AccountAction> done(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done) outcome).actions();
  }

  private ActionLog log() {
    return new ActionLog(log);
  }

  private static Tenant tenant(String id, String... accounts) {
    return Tenant.newBuilder()
        .setId(id)
        .setName(id)
        .setStatus(TenantStatus.ACTIVE)
        .setControllerCountry("DE")
        .setJurisdictions(List.of())
        .setDataClasses(List.of())
        .setProcessingRegions(List.of())
        .setTransferMechanisms(List.of())
        .setModels(List.of())
        .setCache(new CacheContract(true, 600L, false))
        .setAccounts(
            Arrays.stream(accounts).map(each -> Account.newBuilder().setId(each).build()).toList())
        .build();
  }
}
