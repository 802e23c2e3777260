package io.dualtrack.faults.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.faults.oracle.Transactions.Open;
import io.dualtrack.faults.oracle.Transactions.Undecided;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class TransactionsTest {

  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @Test
  void aTransactionWithinItsTimeoutIsNoProblem() {
    Open open = new Open("topology-0", NOW.minusSeconds(29), TIMEOUT);

    assertThat(Transactions.judge(List.of(open), List.of(), NOW).problems()).isEmpty();
  }

  @Test
  void aTransactionThatIsOpenForLongerThanItsTimeoutIsReported() {
    Open open = new Open("topology-0", NOW.minusSeconds(31), TIMEOUT);

    assertThat(Transactions.judge(List.of(open), List.of(), NOW).problems())
        .containsExactly(
            "transaction topology-0 is open since 2026-06-01T11:59:29Z, with a timeout of 30 s");
  }

  @Test
  void aPartitionThatStaysUndecidedIsReportedWithWhoWroteToIt() {
    Undecided stuck = new Undecided(new TopicPartition("results", 2), 10, 12, List.of(4711L));

    assertThat(Transactions.judge(List.of(), List.of(stuck), NOW).problems())
        .containsExactly("results-2 is undecided from offset 10 to 12, by producers [4711]");
  }
}
