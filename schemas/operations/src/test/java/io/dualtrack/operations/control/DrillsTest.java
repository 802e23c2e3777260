package io.dualtrack.operations.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.operations.control.Drills.Command;
import io.dualtrack.operations.control.Drills.Outcome;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DrillsTest {

  private static final Instant NOW = Instant.parse("2026-11-22T08:00:00Z");
  private static final Duration TEN = Duration.ofMinutes(10);

  static {
    AvroSerde.trustRecords();
  }

  @Test
  void onePersonBeginsADrillThatRestrictsNothingAsASuspension() {
    Suspension record = begun(List.of());

    assertThat(record.getScope()).isEqualTo(SuspensionScope.DRILL);
    assertThat(record.getId()).isEqualTo("MODEL:sol");
    assertThat(record.getSuspended()).isFalse();
    assertThat(KillSwitch.state(record)).isEqualTo(ExportState.OPEN);
    assertThat(record.getEpoch()).isEqualTo(5);
    assertThat(LiveDrill.of(record))
        .hasValueSatisfying(
            drill -> {
              assertThat(drill.until()).isEqualTo(NOW.plus(TEN));
              assertThat(drill.percent()).isEqualByComparingTo("10");
            });
  }

  @Test
  void onePersonEndsADrillBeforeItsTimeAndOnlyThat() {
    Suspension record = begun(List.of());
    LiveDrill drill = LiveDrill.of(record).orElseThrow();
    Instant later = NOW.plusSeconds(60);

    Optional<Suspension> ended = Drills.end(List.of(record), drill, "bob", 6, later);

    assertThat(ended)
        .hasValueSatisfying(
            end -> {
              assertThat(end.getId()).isEqualTo(record.getId());
              assertThat(end.getActor()).isEqualTo("bob");
              assertThat(LiveDrill.of(end).orElseThrow().runsAt(later)).isFalse();
            });
    assertThat(Drills.end(List.of(ended.get()), drill, "bob", 7, later)).isEmpty();
    assertThat(Drills.end(List.of(record), drill, "bob", 7, NOW.plus(TEN))).isEmpty();
  }

  @Test
  void aSecondDrillOfTheSameThingWaitsForTheEndOfTheFirst() {
    Suspension record = begun(List.of());

    assertThat(why(Drills.begin(List.of(record), command(TEN, "10"), 6, NOW.plusSeconds(1))))
        .contains("runs until " + NOW.plus(TEN));
    assertThat(Drills.begin(List.of(record), command(TEN, "10"), 6, NOW.plus(TEN)))
        .isInstanceOf(Outcome.Begun.class);
  }

  @Test
  void whatIsSuspendedAlreadyIsNotDrilled() {
    Suspension suspended =
        Suspension.newBuilder()
            .setScope(SuspensionScope.MODEL)
            .setId("sol")
            .setSuspended(true)
            .setReason("a letter")
            .setActor("ann")
            .setAt(NOW)
            .setEpoch(1)
            .build();

    assertThat(why(Drills.begin(List.of(suspended), command(TEN, "10"), 2, NOW)))
        .contains("suspended already");
  }

  @ParameterizedTest
  @CsvSource({"PT0S, 10", "PT4H0.001S, 10", "PT10M, 0", "PT10M, 100.1", "PT10M, -1"})
  void aDrillIsBoundedInTimeAndShare(Duration length, String percent) {
    assertThat(Drills.begin(List.of(), command(length, percent), 1, NOW))
        .isInstanceOf(Outcome.Denied.class);
  }

  @Test
  void aTenantIsNotDrilledLive() {
    Command command =
        new Command("d1", SuspensionScope.TENANT, "acme", TEN, BigDecimal.TEN, "quarterly", "ann");

    assertThat(why(Drills.begin(List.of(), command, 1, NOW))).contains("nowhere to go");
  }

  private static Suspension begun(List<Suspension> known) {
    return ((Outcome.Begun) Drills.begin(known, command(TEN, "10"), 5, NOW)).record();
  }

  private static Command command(Duration length, String percent) {
    return new Command(
        "d1", SuspensionScope.MODEL, "sol", length, new BigDecimal(percent), "quarterly", "ann");
  }

  private static String why(Outcome outcome) {
    return ((Outcome.Denied) outcome).why();
  }
}
