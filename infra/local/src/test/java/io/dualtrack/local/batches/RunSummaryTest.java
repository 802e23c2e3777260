package io.dualtrack.local.batches;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.TokenClass;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunSummaryTest {

  private static final Reason REGION = new Reason("a", "PROC_REGION", "no");
  private static final Reason AGREEMENT = new Reason("b", "DPA_MISSING", "no");

  @Test
  void resultsAreCountedByLaneJurisdictionAndOffering() {
    RunSummary summary = new RunSummary();
    sent(summary, 4);
    summary.result(Results.answered(1, AnswerSource.PROVIDER));
    summary.result(Results.answered(2, AnswerSource.CACHE));
    summary.result(Results.answered(3, AnswerSource.JOINED));
    summary.result(Results.refused(4, REGION, AGREEMENT, REGION));

    assertThat(summary.groups().keySet())
        .containsExactly(
            new RunSummary.Dimensions("", "EU", ""),
            new RunSummary.Dimensions("LOCAL", "EU", "home"));
    RunSummary.Counts local =
        summary.groups().get(new RunSummary.Dimensions("LOCAL", "EU", "home"));
    assertThat(local.answered()).isEqualTo(3);
    assertThat(local.fromCache()).isEqualTo(1);
    assertThat(local.joined()).isEqualTo(1);
    assertThat(summary.refusals()).isEqualTo(Map.of("PROC_REGION", 1L, "DPA_MISSING", 1L));
    assertThat(summary.exactlyOneResultEach()).isTrue();
    assertThat(summary.everyLineAnswered()).isFalse();
  }

  @Test
  void aMissingOrASecondResultIsNotOneEach() {
    RunSummary missing = new RunSummary();
    sent(missing, 2);
    missing.result(Results.answered(1, AnswerSource.PROVIDER));
    RunSummary twice = new RunSummary();
    sent(twice, 1);
    twice.result(Results.answered(1, AnswerSource.PROVIDER));
    twice.duplicate();

    assertThat(missing.exactlyOneResultEach()).isFalse();
    assertThat(twice.exactlyOneResultEach()).isFalse();
  }

  @Test
  void costIsWholeWhenEveryExchangeHasAllItsRows() {
    RunSummary summary = new RunSummary();
    sent(summary, 2);
    LedgerTail ledger = new LedgerTail(List.of(Results.RUN), summary);
    summary.result(Results.answered(1, AnswerSource.PROVIDER));
    summary.result(Results.refused(2, REGION));

    ledger.take(Results.row(1, TokenClass.UNCACHED_INPUT, "0.10", 2));
    ledger.take(Results.row(2, TokenClass.NONE, "0", 1));
    assertThat(summary.costComplete()).isFalse();
    ledger.take(Results.row(1, TokenClass.OUTPUT, "0.20", 2));

    assertThat(summary.costComplete()).isTrue();
    assertThat(summary.total().cost()).isEqualByComparingTo("0.30");
  }

  @Test
  void aRowThatComesTwiceCostsOnceAndACorrectionCounts() {
    RunSummary summary = new RunSummary();
    LedgerTail ledger = new LedgerTail(List.of(Results.RUN), summary);
    LedgerEntry row = Results.row(1, TokenClass.OUTPUT, "0.20", 1);
    LedgerEntry correction = Results.row(1, TokenClass.OUTPUT, "-0.05", 1);
    correction.setEntryId(row.getEntryId() + "/1");
    correction.setRevision(1);

    ledger.take(row);
    ledger.take(row);
    ledger.take(correction);

    assertThat(summary.total().cost()).isEqualByComparingTo("0.15");
    assertThat(summary.exchangesPriced()).isEqualTo(1);
  }

  @Test
  void rowsOfOtherRunsCostNothingHere() {
    RunSummary summary = new RunSummary();
    LedgerEntry other = Results.row(1, TokenClass.OUTPUT, "0.20", 1);
    other.setReplyKey("batch_other");

    new LedgerTail(List.of(Results.RUN), summary).take(other);

    assertThat(summary.total().cost()).isZero();
  }

  @Test
  void aLineThatWasNotReleasedInTimeHasExpiredAndCostsNothing() {
    RunSummary summary = new RunSummary();
    sent(summary, 3);
    summary.result(Results.answered(1, AnswerSource.PROVIDER));
    summary.exchangePriced();

    summary.expiredUnreleased(2);

    assertThat(summary.total().expired()).isEqualTo(2);
    assertThat(summary.exactlyOneResultEach()).isTrue();
    assertThat(summary.everyLineAnswered()).isFalse();
    assertThat(summary.costComplete()).isTrue();
  }

  @Test
  void tokensWithoutAPriceAreCountedApart() {
    RunSummary summary = new RunSummary();

    new LedgerTail(List.of(Results.RUN), summary).take(Results.row(1, TokenClass.OUTPUT, null, 1));

    assertThat(summary.total().unpricedTokens()).isEqualTo(100);
    assertThat(summary.total().cost()).isZero();
  }

  @Test
  void repeatedCallsAreThoseBeyondTheFirstAndThoseAnEarlierProcessMayHaveMade() {
    RunSummary summary = new RunSummary();
    summary.completion(completion(1, false));
    summary.completion(completion(3, false));
    summary.completion(completion(1, true));

    assertThat(summary.orders()).isEqualTo(3);
    assertThat(summary.calls()).isEqualTo(5);
    assertThat(summary.repeatedCalls()).isEqualTo(3);
  }

  @Test
  void runsOfOneCommandAddUp() {
    RunSummary both = new RunSummary();
    for (int i = 0; i < 2; i++) {
      RunSummary one = new RunSummary();
      sent(one, 2);
      one.result(Results.answered(1, AnswerSource.PROVIDER));
      one.result(Results.answered(2, AnswerSource.CACHE));
      one.took(Duration.ofSeconds(1));
      both.add(one);
    }

    assertThat(both.results()).isEqualTo(4);
    assertThat(both.total().fromCache()).isEqualTo(2);
    assertThat(both.rate()).isEqualTo(2.0);
    assertThat(both.everyLineAnswered()).isTrue();
  }

  private static void sent(RunSummary summary, int lines) {
    summary.lines(lines, 0);
  }

  private static Completion completion(int calls, boolean repeated) {
    return Completion.newBuilder()
        .setOrderId("o")
        .setCacheKey("k")
        .setFlight("k")
        .setRequestId("r")
        .setOffering("home")
        .setLane(Lane.LOCAL)
        .setStatus(CompletionStatus.ANSWERED)
        .setStatusCode(200)
        .setCalls(calls)
        .setRepeated(repeated)
        .setStartedAt(Instant.EPOCH)
        .setFinishedAt(Instant.EPOCH)
        .build();
  }
}
