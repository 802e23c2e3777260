package io.dualtrack.local.feeder;

import io.dualtrack.local.topics.TopicScan;
import io.dualtrack.schemas.LedgerEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;

/** Reads the costs of one run from the ledger, until all are there or patience ends. */
final class LedgerTail {

  private static final Duration POLL = Duration.ofMillis(250);

  private final String run;
  private final String tenant;
  private final RunSummary summary;
  private final BitSet whole = new BitSet();

  /** For each line the token classes whose row was seen, as bits. */
  private int[] seen = new int[1024];

  LedgerTail(String run, String tenant, RunSummary summary) {
    this.run = run;
    this.tenant = tenant;
    this.summary = summary;
  }

  /**
   * @param ledger at the place where it ended before the run
   * @param exchanges requests of the run that have a result
   */
  void read(TopicScan<LedgerEntry> ledger, long exchanges, Instant until) {
    while (whole.cardinality() < exchanges && Instant.now().isBefore(until)) {
      ledger.poll(POLL, tenant::equals, (key, row) -> take(row));
    }
  }

  void take(LedgerEntry row) {
    if (row == null || !row.getReplyKey().equals(run)) {
      return;
    }
    int line = RequestIds.line(run, row.getExchangeId());
    if (line < 0) {
      // An answer that was paid although nobody waited for it any more: money, but no request.
      summary.ledgerRow(row);
      return;
    }
    if (line >= seen.length) {
      seen = Arrays.copyOf(seen, Math.max(line + 1, seen.length * 2));
    }
    int bit = 1 << row.getTokenClass().ordinal();
    boolean correction = row.getRevision() > 0;
    if (!correction && (seen[line] & bit) != 0) {
      return;
    }
    summary.ledgerRow(row);
    seen[line] |= bit;
    if (!whole.get(line) && Integer.bitCount(seen[line]) >= row.getRowsOfExchange()) {
      whole.set(line);
      summary.exchangePriced();
    }
  }
}
