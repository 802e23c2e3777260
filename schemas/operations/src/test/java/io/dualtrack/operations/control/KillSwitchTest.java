package io.dualtrack.operations.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.operations.control.KillSwitch.Command;
import io.dualtrack.operations.control.KillSwitch.Outcome;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KillSwitchTest {

  private static final Instant NOW = Instant.parse("2026-06-12T08:00:00Z");

  static {
    AvroSerde.trustRecords();
  }

  private Optional<Suspension> current = Optional.empty();
  private long epoch;

  private Outcome command(ExportState state, String actor, String... partners) {
    Command command =
        new Command(SuspensionScope.MODEL, "sol", state, List.of(partners), "a letter", actor);
    Outcome outcome = KillSwitch.decide(current, command, epoch + 1, NOW);
    if (outcome instanceof Outcome.Applied applied) {
      current = Optional.of(applied.suspension());
      epoch = applied.suspension().getEpoch();
    } else if (outcome instanceof Outcome.Asked asked) {
      current = Optional.of(asked.suspension());
    }
    return outcome;
  }

  @Test
  void onePersonSuspendsAndTwoReopen() {
    assertThat(command(ExportState.SUSPENDED, "ann")).isInstanceOf(Outcome.Applied.class);

    assertThat(command(ExportState.OPEN, "ann")).isInstanceOf(Outcome.Asked.class);
    assertThat(current.get().getSuspended()).isTrue();
    assertThat(current.get().getEpoch()).isEqualTo(1);
    assertThat(current.get().getReopening().getActor()).isEqualTo("ann");

    assertThat(command(ExportState.OPEN, "bob")).isInstanceOf(Outcome.Applied.class);
    assertThat(current.get().getSuspended()).isFalse();
    assertThat(current.get().getActor()).isEqualTo("ann");
    assertThat(current.get().getApprover()).isEqualTo("bob");
    assertThat(current.get().getEpoch()).isEqualTo(2);
    assertThat(current.get().getReopening()).isNull();
  }

  @Test
  void nobodyApprovesWhatTheyAskedForThemselves() {
    command(ExportState.SUSPENDED, "ann");
    command(ExportState.OPEN, "bob");

    assertThat(command(ExportState.OPEN, " BOB "))
        .isInstanceOfSatisfying(
            Outcome.Denied.class,
            denied -> assertThat(denied.why()).contains("a second person has to approve it"));
    assertThat(current.get().getSuspended()).isTrue();
  }

  @Test
  void anApprovalOfSomethingElseIsANewQuestion() {
    command(ExportState.SUSPENDED, "ann");
    command(ExportState.PARTNERS_ONLY, "ann", "acme");

    assertThat(command(ExportState.PARTNERS_ONLY, "bob", "acme", "globex"))
        .isInstanceOf(Outcome.Asked.class);
    assertThat(command(ExportState.OPEN, "ann")).isInstanceOf(Outcome.Asked.class);
    assertThat(KillSwitch.state(current.get())).isEqualTo(ExportState.SUSPENDED);
  }

  @Test
  void onePersonMayRestrictFurtherAndThatEndsAQuestionThatWaits() {
    assertThat(command(ExportState.PARTNERS_ONLY, "ann", "acme", "globex"))
        .isInstanceOf(Outcome.Applied.class);
    command(ExportState.OPEN, "ann");

    assertThat(command(ExportState.PARTNERS_ONLY, "bob", "acme"))
        .isInstanceOf(Outcome.Applied.class);
    assertThat(current.get().getReopening()).isNull();
    assertThat(command(ExportState.SUSPENDED, "bob")).isInstanceOf(Outcome.Applied.class);
  }

  @Test
  void onePartnerMoreOrOtherPersonsIsAReopening() {
    command(ExportState.PARTNERS_ONLY, "ann", "acme");

    assertThat(command(ExportState.PARTNERS_ONLY, "ann", "acme", "globex"))
        .isInstanceOf(Outcome.Asked.class);
    assertThat(command(ExportState.US_PERSONS_ONLY, "ann")).isInstanceOf(Outcome.Asked.class);
  }

  @Test
  void whatIsSoAlreadyIsSaid() {
    assertThat(command(ExportState.OPEN, "ann"))
        .isEqualTo(new Outcome.Denied("model sol is open already"));
  }

  @Test
  void aTenantIsOpenOrCutOff() {
    Command command =
        new Command(
            SuspensionScope.TENANT,
            "acme",
            ExportState.PARTNERS_ONLY,
            List.of(),
            "a letter",
            "ann");

    assertThat(KillSwitch.decide(Optional.empty(), command, 1, NOW))
        .isInstanceOf(Outcome.Denied.class);
  }
}
