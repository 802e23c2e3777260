package io.dualtrack.jobs.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.jobs.runtime.RecordSerializer;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.PriceStatus;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.co.CoBroadcastWithKeyedOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedBroadcastOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WaitingRoomTest {

  private static final PriceBook EMPTY = PriceBook.of(List.of());
  private static final long AFTER_GRACE = 5_000;

  private KeyedBroadcastOperatorTestHarness<String, List<LedgerEntry>, Price, LedgerEntry> room;

  @BeforeEach
  void open() throws Exception {
    room = harness();
    room.open();
  }

  @AfterEach
  void close() throws Exception {
    room.close();
  }

  @Test
  void aPriceWithinTheGraceGivesOrdinaryRowsOnly() throws Exception {
    enter("x1");
    assertThat(room.extractOutputValues()).isEmpty();

    room.processBroadcastElement(Samples.standardPrice(Samples.OFFERING), 0);
    room.setProcessingTime(AFTER_GRACE);

    assertThat(room.extractOutputValues())
        .extracting(LedgerEntry::getEntryId)
        .containsExactly("x1/UNCACHED_INPUT", "x1/OUTPUT");
    assertThat(room.extractOutputValues())
        .extracting(LedgerEntry::getPriceStatus)
        .containsOnly(PriceStatus.PRICED);
    assertThat(day().getUnpricedTokens()).isZero();
  }

  @Test
  void withoutAPriceTheRowsAreWrittenUnpricedAfterTheGrace() throws Exception {
    enter("x1");

    room.setProcessingTime(AFTER_GRACE);

    assertThat(room.extractOutputValues())
        .extracting(LedgerEntry::getPriceStatus)
        .containsExactly(PriceStatus.UNPRICED, PriceStatus.UNPRICED);
    assertThat(day().getUnpricedTokens()).isEqualTo(107);
    assertThat(day().getCost()).isZero();
  }

  @Test
  void aLatePriceCorrectsWhatWasWrittenOnce() throws Exception {
    enter("x1");
    room.setProcessingTime(AFTER_GRACE);

    room.processBroadcastElement(Samples.standardPrice(Samples.OFFERING), 0);
    room.processBroadcastElement(Samples.standardPrice(Samples.OFFERING), 0);

    assertThat(room.extractOutputValues())
        .extracting(LedgerEntry::getEntryId)
        .containsExactly("x1/UNCACHED_INPUT", "x1/OUTPUT", "x1/UNCACHED_INPUT/1", "x1/OUTPUT/1");
    assertThat(day().getExchanges()).isEqualTo(1);
    assertThat(day().getUnpricedTokens()).isZero();
    assertThat(day().getUncachedInput()).isEqualTo(100);
    assertThat(day().getCost()).isEqualByComparingTo("0.00071");
  }

  @Test
  void aPriceThatLacksOneClassCorrectsTheOthersAndTheNextVersionTheRest() throws Exception {
    enter("x1");
    room.setProcessingTime(AFTER_GRACE);

    Price half =
        Samples.price(
            Samples.OFFERING,
            "2026-01-01T00:00:00Z",
            null,
            Samples.rate("UNCACHED_INPUT", "0.000005"));
    room.processBroadcastElement(half, 0);
    assertThat(day().getUnpricedTokens()).isEqualTo(7);
    room.processBroadcastElement(Samples.standardPrice(Samples.OFFERING), 0);

    assertThat(room.extractOutputValues())
        .extracting(LedgerEntry::getEntryId)
        .containsExactly("x1/UNCACHED_INPUT", "x1/OUTPUT", "x1/UNCACHED_INPUT/1", "x1/OUTPUT/1");
    assertThat(day().getUnpricedTokens()).isZero();
    assertThat(day().getCost()).isEqualByComparingTo("0.00071");
  }

  @Test
  void aPriceOfAnotherOfferingOrAnotherTimeCorrectsNothing() throws Exception {
    enter("x1");
    room.setProcessingTime(AFTER_GRACE);

    room.processBroadcastElement(Samples.standardPrice("another"), 0);
    room.processBroadcastElement(
        Samples.price(
            Samples.OFFERING, "2026-12-01T00:00:00Z", null, Samples.rate("OUTPUT", "0.00003")),
        0);

    assertThat(room.extractOutputValues()).hasSize(2);
  }

  @Test
  void aPriceThatIsKnownAlreadyLetsRowsThroughAtOnce() throws Exception {
    room.processBroadcastElement(Samples.standardPrice(Samples.OFFERING), 0);

    enter("x1");

    assertThat(room.extractOutputValues())
        .extracting(LedgerEntry::getPriceStatus)
        .containsExactly(PriceStatus.PRICED, PriceStatus.PRICED);
  }

  @Test
  void rowsThatWaitSurviveARestart() throws Exception {
    enter("x1");
    room.setProcessingTime(AFTER_GRACE);
    enter("x2");
    OperatorSubtaskState checkpoint = room.snapshot(1, 1);

    try (var restored = harness()) {
      restored.initializeState(checkpoint);
      restored.open();
      restored.setProcessingTime(AFTER_GRACE);
      restored.processBroadcastElement(Samples.standardPrice(Samples.OFFERING), 0);

      assertThat(restored.extractOutputValues())
          .extracting(LedgerEntry::getEntryId)
          .containsExactlyInAnyOrder(
              "x2/UNCACHED_INPUT", "x2/OUTPUT", "x1/UNCACHED_INPUT/1", "x1/OUTPUT/1");
    }
  }

  private static KeyedBroadcastOperatorTestHarness<String, List<LedgerEntry>, Price, LedgerEntry>
      harness() throws Exception {
    KeyedBroadcastOperatorTestHarness<String, List<LedgerEntry>, Price, LedgerEntry> harness =
        new KeyedBroadcastOperatorTestHarness<>(
            new CoBroadcastWithKeyedOperator<>(
                new WaitingRoom(Duration.ofSeconds(3)), List.of(PriceBroadcast.STATE)),
            rows -> rows.get(0).getOffering(),
            Types.STRING,
            8,
            1,
            0);
    harness.setup(new RecordSerializer<>(LedgerEntry.class));
    return harness;
  }

  private void enter(String exchange) throws Exception {
    room.processElement(
        Ledger.rows(
            Samples.exchange(exchange, AnswerSource.PROVIDER, Samples.usage(100, 0, 7)), EMPTY),
        0);
  }

  /** The day's rollup as the changes so far make it. */
  private CostRollup day() {
    return room.getSideOutput(Outputs.CHANGES).stream()
        .map(StreamRecord::getValue)
        .reduce(Rollups::plus)
        .orElseThrow();
  }
}
