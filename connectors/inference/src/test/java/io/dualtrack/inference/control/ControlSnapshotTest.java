package io.dualtrack.inference.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.inference.Samples;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ControlSnapshotTest {

  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
  private static final Offering OFFERING = Samples.offering("sol-us", "http://localhost/v1");

  private static final DispatchOrder ORDER = Samples.order("o-1", OFFERING.getId());

  private static DispatchOrder ofTenant(String tenant) {
    return DispatchOrder.newBuilder(ORDER).setTenant(tenant).build();
  }

  private static DispatchOrder decidedUnder(long epoch) {
    return DispatchOrder.newBuilder(ORDER).setSuspensionEpoch(epoch).build();
  }

  private static ControlSnapshot restricted(ExportState state, long epoch, String... partners) {
    Suspension command = command(SuspensionScope.MODEL, true, epoch);
    command.setState(state);
    command.setPartners(List.of(partners));
    return ControlSnapshot.EMPTY.with(command);
  }

  private static String id(SuspensionScope scope) {
    return switch (scope) {
      case OFFERING -> OFFERING.getId();
      case MODEL -> OFFERING.getModel();
      case PROVIDER -> OFFERING.getProvider();
      case TENANT -> "acme";
    };
  }

  private static Suspension command(SuspensionScope scope, boolean suspended, long epoch) {
    return Samples.suspension(scope, id(scope), suspended, epoch);
  }

  @ParameterizedTest
  @EnumSource(SuspensionScope.class)
  void aSuspensionOfAnyScopeStopsTheCallAndItsResumptionLetsItGo(SuspensionScope scope) {
    ControlSnapshot suspended = ControlSnapshot.EMPTY.with(OFFERING).with(command(scope, true, 1));
    assertThat(suspended.halt(OFFERING, ORDER)).isPresent();
    assertThat(suspended.with(command(scope, false, 2)).halt(OFFERING, ORDER)).isEmpty();
  }

  @Test
  void aSuspendedTenantDoesNotStopAnother() {
    ControlSnapshot view = ControlSnapshot.EMPTY.with(command(SuspensionScope.TENANT, true, 1));
    assertThat(view.halt(OFFERING, ofTenant("globex"))).isEmpty();
  }

  @Test
  void anOlderCommandDoesNotUndoANewerOne() {
    ControlSnapshot view =
        ControlSnapshot.EMPTY
            .with(command(SuspensionScope.PROVIDER, true, 7))
            .with(command(SuspensionScope.PROVIDER, false, 6));
    assertThat(view.halt(OFFERING, ORDER)).isPresent();
  }

  @Test
  void aCommandThatCannotBeReadSuspends() {
    ControlSnapshot view =
        ControlSnapshot.EMPTY.withUnreadableSuspension("PROVIDER:" + OFFERING.getProvider(), NOW);
    assertThat(view.halt(OFFERING, ORDER)).isPresent();
  }

  @Test
  void anExportStateOfSuspendedStopsTheCall() {
    Offering shut = Offering.newBuilder(OFFERING).setExportState(ExportState.SUSPENDED).build();
    assertThat(ControlSnapshot.EMPTY.halt(shut, ORDER)).isPresent();
  }

  @Test
  void anOfferingIsKnownInItsLaneAndItsTimeOnly() {
    Offering bounded =
        Offering.newBuilder(OFFERING)
            .setEffectiveFrom(NOW)
            .setEffectiveTo(NOW.plusSeconds(60))
            .build();
    ControlSnapshot view = ControlSnapshot.EMPTY.with(bounded);
    assertThat(view.offering("sol-us", Lane.API, NOW)).isPresent();
    assertThat(view.offering("sol-us", Lane.LOCAL, NOW)).isEmpty();
    assertThat(view.offering("sol-us", Lane.API, NOW.minusSeconds(1))).isEmpty();
    assertThat(view.offering("sol-us", Lane.API, NOW.plusSeconds(60))).isEmpty();
    assertThat(view.withoutOffering("sol-us").offering("sol-us", Lane.API, NOW)).isEmpty();
  }

  @Test
  void anOrderDecidedBeforeARestrictionToPartnersGoesOnForPartnersOnly() {
    assertThat(restricted(ExportState.PARTNERS_ONLY, 7, "acme").halt(OFFERING, ORDER)).isEmpty();
    assertThat(restricted(ExportState.PARTNERS_ONLY, 7).halt(OFFERING, ORDER))
        .hasValueSatisfying(halt -> assertThat(halt.epoch()).isEqualTo(7));
    Offering own = Offering.newBuilder(OFFERING).setPartners(List.of("acme")).build();
    assertThat(restricted(ExportState.PARTNERS_ONLY, 7).halt(own, ORDER)).isEmpty();
  }

  @Test
  void anOrderDecidedBeforeARestrictionToUsPersonsIsDecidedAgainAndThenGoes() {
    ControlSnapshot view = restricted(ExportState.US_PERSONS_ONLY, 7);
    assertThat(view.halt(OFFERING, decidedUnder(6))).isPresent();
    assertThat(view.halt(OFFERING, decidedUnder(7))).isEmpty();
  }

  @Test
  void aSuspensionStopsAnOrderWhateverItsDecisionKnew() {
    assertThat(restricted(ExportState.SUSPENDED, 7).halt(OFFERING, decidedUnder(8))).isPresent();
  }

  @Test
  void theNewestCommandIsTheEpochAndOneThatCannotBeReadIsNone() {
    ControlSnapshot view = restricted(ExportState.SUSPENDED, 7);
    assertThat(ControlSnapshot.EMPTY.epoch()).isZero();
    assertThat(view.epoch()).isEqualTo(7);
    assertThat(view.withUnreadableSuspension("TENANT:acme", NOW).epoch()).isEqualTo(7);
    assertThat(
            view.withUnreadableSuspension("TENANT:acme", NOW)
                .with(command(SuspensionScope.TENANT, false, 8))
                .halt(Samples.offering("other", "http://localhost/v1"), ofTenant("acme")))
        .as("the model of both is still suspended")
        .isPresent();
  }
}
