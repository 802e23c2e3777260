package io.dualtrack.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.avro.message.BinaryMessageDecoder;
import org.junit.jupiter.api.Test;

class LiveDrillTest {

  private static final Instant START = Instant.parse("2026-11-22T08:00:00Z");

  static {
    AvroSerde.trustRecords();
  }

  @Test
  void aDrillIsOverWhenItsTimeHasCome() {
    LiveDrill drill = LiveDrill.of(record(Duration.ofMinutes(10), "100")).orElseThrow();

    assertThat(drill.runsAt(START)).isTrue();
    assertThat(drill.runsAt(START.plusSeconds(600).minusMillis(1))).isTrue();
    assertThat(drill.runsAt(START.plusSeconds(600))).isFalse();
  }

  @Test
  void noDrillIsLongerThanFourHoursWhateverItsRecordSays() {
    LiveDrill drill = LiveDrill.of(record(Duration.ofDays(30), "100")).orElseThrow();

    assertThat(drill.until()).isEqualTo(START.plus(Duration.ofHours(4)));
  }

  @Test
  void aShareIsDrawnByTheRequestsIdsAndSoTheSameEverywhere() {
    LiveDrill tenth = LiveDrill.of(record(Duration.ofMinutes(10), "10")).orElseThrow();
    LiveDrill all = LiveDrill.of(record(Duration.ofMinutes(10), "100")).orElseThrow();
    List<String> ids = IntStream.range(0, 20_000).mapToObj(i -> "r-" + i).toList();

    List<String> drawn = ids.stream().filter(tenth::draws).toList();

    assertThat(drawn).hasSizeBetween(1_800, 2_200);
    assertThat(ids.stream().filter(tenth::draws)).containsExactlyElementsOf(drawn);
    assertThat(ids).allMatch(all::draws);
  }

  @Test
  void aSuspensionIsNoDrill() {
    Suspension real =
        Suspension.newBuilder(record(Duration.ofMinutes(10), "100"))
            .setScope(SuspensionScope.MODEL)
            .build();

    assertThat(LiveDrill.of(real)).isEmpty();
  }

  /** Who does not know drills yet must take one for no suspension of anything that there is. */
  @Test
  void aReaderOfTheReleaseBeforeSeesNothingRestrictedByADrill() throws Exception {
    Suspension drill = record(Duration.ofMinutes(10), "100");
    var old =
        new org.apache.avro.Schema.Parser()
            .parse(ReleaseSchemas.RELEASED.resolve("0.1/Suspension.avsc").toFile());
    var decoder =
        new BinaryMessageDecoder<org.apache.avro.generic.GenericRecord>(
            new org.apache.avro.generic.GenericData(), old);
    decoder.addSchema(Suspension.getClassSchema());

    var read = decoder.decode(Suspension.getEncoder().encode(drill));

    assertThat(read.get("suspended")).isEqualTo(false);
    assertThat(read.get("scope")).hasToString("PROVIDER");
    assertThat(read.get("id")).hasToString("MODEL:gpt");
  }

  private static Suspension record(Duration length, String percent) {
    return Suspension.newBuilder()
        .setScope(SuspensionScope.DRILL)
        .setId("MODEL:gpt")
        .setSuspended(false)
        .setState(ExportState.OPEN)
        .setReason("quarterly")
        .setActor("ann")
        .setAt(START)
        .setEpoch(3)
        .setDrill(
            new Drill(
                "d1",
                SuspensionScope.MODEL,
                "gpt",
                new BigDecimal(percent).setScale(18),
                START.plus(length)))
        .build();
  }
}
