package io.dualtrack.local.batches;

import io.dualtrack.gateway.records.BatchIds;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;

/** Records as the stack writes them. */
final class Results {

  static final String RUN = "batch_test";

  static {
    AvroSerde.trustRecords();
  }

  private Results() {}

  static InferenceResult answered(int line, AnswerSource source) {
    return result(line)
        .setOutcome(Outcome.ANSWERED)
        .setSource(source)
        .setStatusCode(200)
        .setBody("{\n  \"price\": 1.50\n}")
        .setOffering("home")
        .setLane(Lane.LOCAL)
        .build();
  }

  static InferenceResult refused(int line, Reason... reasons) {
    return result(line)
        .setOutcome(Outcome.REFUSED)
        .setStatusCode(403)
        .setReasons(List.of(reasons))
        .build();
  }

  static InferenceResult.Builder result(int line) {
    return InferenceResult.newBuilder()
        .setRequestId(BatchIds.request(RUN, line))
        .setTenant("acme")
        .setAccount("one")
        .setReplyKey(RUN)
        .setCustomId("line-" + line)
        .setLine((long) line)
        .setOutcome(Outcome.FAILED)
        .setSource(AnswerSource.NONE)
        .setStatusCode(500)
        .setModel("llama")
        .setJurisdictions(List.of("EU"))
        .setSubmittedAt(Instant.EPOCH)
        .setFinishedAt(Instant.EPOCH);
  }

  static LedgerEntry row(int line, TokenClass tokenClass, String cost, int rows) {
    String id = BatchIds.request(RUN, line);
    return LedgerEntry.newBuilder()
        .setEntryId(id + "/" + tokenClass)
        .setExchangeId(id)
        .setRequestId(id)
        .setReplyKey(RUN)
        .setTenant("acme")
        .setAccount("one")
        .setAt(Instant.EPOCH)
        .setModel("llama")
        .setOffering("home")
        .setLane(Lane.LOCAL)
        .setJurisdictions(List.of("EU"))
        .setSource(AnswerSource.PROVIDER)
        .setTokenClass(tokenClass)
        .setTokens(100)
        .setPriceStatus(cost == null ? PriceStatus.UNPRICED : PriceStatus.PRICED)
        .setCurrency("USD")
        .setCost(cost == null ? null : new BigDecimal(cost))
        .setSaved(cost == null ? null : BigDecimal.ZERO)
        .setRowsOfExchange(rows)
        .build();
  }
}
