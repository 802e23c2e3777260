package io.dualtrack.inference.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.inference.Samples;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ControlSnapshotTest {

  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
  private static final Offering OFFERING = Samples.offering("sol-us", "http://localhost/v1");

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
    assertThat(suspended.suspended(OFFERING, "acme")).isPresent();
    assertThat(suspended.with(command(scope, false, 2)).suspended(OFFERING, "acme")).isEmpty();
  }

  @Test
  void aSuspendedTenantDoesNotStopAnother() {
    ControlSnapshot view = ControlSnapshot.EMPTY.with(command(SuspensionScope.TENANT, true, 1));
    assertThat(view.suspended(OFFERING, "globex")).isEmpty();
  }

  @Test
  void anOlderCommandDoesNotUndoANewerOne() {
    ControlSnapshot view =
        ControlSnapshot.EMPTY
            .with(command(SuspensionScope.PROVIDER, true, 7))
            .with(command(SuspensionScope.PROVIDER, false, 6));
    assertThat(view.suspended(OFFERING, "acme")).isPresent();
  }

  @Test
  void aCommandThatCannotBeReadSuspends() {
    ControlSnapshot view =
        ControlSnapshot.EMPTY.withUnreadableSuspension("PROVIDER:" + OFFERING.getProvider(), NOW);
    assertThat(view.suspended(OFFERING, "acme")).isPresent();
  }

  @Test
  void anExportStateOfSuspendedStopsTheCall() {
    Offering shut = Offering.newBuilder(OFFERING).setExportState(ExportState.SUSPENDED).build();
    assertThat(ControlSnapshot.EMPTY.suspended(shut, "acme")).isPresent();
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
}
