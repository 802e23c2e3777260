package io.dualtrack.jobs.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.jobs.runtime.RecordSerializer;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.CostRollup;
import java.time.Duration;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class RollupTotalsTest {

  private static final PriceBook BOOK =
      PriceBook.of(List.of(Samples.standardPrice(Samples.OFFERING)));

  @Test
  void manyChangesWithinTheIntervalGiveOneTotalAndOneChangeAndQuietGivesNone() throws Exception {
    try (var totals = harness()) {
      totals.open();
      for (int i = 0; i < 10; i++) {
        process(totals, "x" + i);
      }
      totals.setProcessingTime(1_000);
      totals.setProcessingTime(60_000);
      process(totals, "x10");
      totals.setProcessingTime(61_000);

      assertThat(totals.extractOutputValues())
          .extracting(CostRollup::getExchanges)
          .containsExactly(10L, 11L);
      assertThat(totals.extractOutputValues())
          .extracting(CostRollup::getUncachedInput)
          .containsExactly(1_000L, 1_100L);
      assertThat(totals.getSideOutput(Outputs.CHANGES))
          .extracting(change -> change.getValue().getExchanges())
          .containsExactly(10L, 1L);
    }
  }

  @Test
  void totalsGoOnFromWhereTheCheckpointLeftThem() throws Exception {
    var before = harness();
    before.open();
    process(before, "x1");
    var checkpoint = before.snapshot(1, 1);
    before.close();

    try (var after = harness()) {
      after.initializeState(checkpoint);
      after.open();
      process(after, "x2");
      after.setProcessingTime(1_000);

      assertThat(after.extractOutputValues())
          .extracting(CostRollup::getExchanges)
          .containsExactly(2L);
    }
  }

  @Test
  void aTimerThatFiresLateTakesTheChangesOfTheNextOneWithItAndTheNextGivesNothing()
      throws Exception {
    var before = harness();
    before.open();
    process(before, "x1");
    var checkpoint = before.snapshot(1, 1);
    before.close();

    try (var after = harness()) {
      after.setProcessingTime(1_500);
      after.initializeState(checkpoint);
      after.open();
      process(after, "x2");
      after.setProcessingTime(1_600);
      after.setProcessingTime(2_000);

      assertThat(after.extractOutputValues())
          .extracting(CostRollup::getExchanges)
          .containsExactly(2L);
    }
  }

  private static void process(
      KeyedOneInputStreamOperatorTestHarness<String, CostRollup, CostRollup> totals, String id)
      throws Exception {
    var rows =
        Ledger.rows(Samples.exchange(id, AnswerSource.PROVIDER, Samples.usage(100, 0, 7)), BOOK);
    for (CostRollup change : Rollups.changes(List.of(), rows)) {
      totals.processElement(change, 0);
    }
  }

  private static KeyedOneInputStreamOperatorTestHarness<String, CostRollup, CostRollup> harness()
      throws Exception {
    KeyedOneInputStreamOperatorTestHarness<String, CostRollup, CostRollup> harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new KeyedProcessOperator<>(new RollupTotals(Duration.ofSeconds(1))),
            CostRollup::getRollupId,
            Types.STRING);
    harness.setup(new RecordSerializer<>(CostRollup.class));
    return harness;
  }
}
