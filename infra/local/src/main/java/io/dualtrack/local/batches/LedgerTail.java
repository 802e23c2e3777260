package io.dualtrack.local.batches;

import io.dualtrack.gateway.records.BatchIds;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.LedgerEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Reads the costs of batches from the ledger, until all are there or patience ends. */
final class LedgerTail {

  private static final Duration POLL = Duration.ofMillis(250);

  private final RunSummary summary;
  private final Map<String, Lines> batches = new HashMap<>();

  /** What is known of a batch's lines. */
  private static final class Lines {
    private final BitSet whole = new BitSet();

    /** For each line the token classes whose row was seen, as bits. */
    private int[] seen = new int[1024];
  }

  LedgerTail(Collection<String> batches, RunSummary summary) {
    this.summary = summary;
    batches.forEach(batch -> this.batches.put(batch, new Lines()));
  }

  /**
   * @param ledger at the place where it ended before the batches
   * @param tenant whose batches they are
   * @param exchanges requests of the batches that have a result
   */
  void read(TopicScan<LedgerEntry> ledger, String tenant, long exchanges, Instant until) {
    while (summary.exchangesPriced() < exchanges && Instant.now().isBefore(until)) {
      ledger.poll(POLL, tenant::equals, (key, row) -> take(row));
    }
  }

  void take(LedgerEntry row) {
    Lines lines = row == null ? null : batches.get(row.getReplyKey());
    if (lines == null) {
      return;
    }
    int line = Math.toIntExact(BatchIds.line(row.getReplyKey(), row.getExchangeId()));
    if (line < 0) {
      // An answer that was paid although nobody waited for it any more: money, but no request.
      summary.ledgerRow(row);
      return;
    }
    if (line >= lines.seen.length) {
      lines.seen = Arrays.copyOf(lines.seen, Math.max(line + 1, lines.seen.length * 2));
    }
    int bit = 1 << row.getTokenClass().ordinal();
    boolean correction = row.getRevision() > 0;
    if (!correction && (lines.seen[line] & bit) != 0) {
      return;
    }
    summary.ledgerRow(row);
    lines.seen[line] |= bit;
    if (!lines.whole.get(line) && Integer.bitCount(lines.seen[line]) >= row.getRowsOfExchange()) {
      lines.whole.set(line);
      summary.exchangePriced();
    }
  }
}
