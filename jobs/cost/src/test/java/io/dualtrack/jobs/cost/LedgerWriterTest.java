package io.dualtrack.jobs.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.BookedRow;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.RecordEncoder;
import io.dualtrack.schemas.RecordOutput;
import io.dualtrack.schemas.RecordWriter;
import io.dualtrack.schemas.TokenClass;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerWriterTest {

  private final LedgerWriter writer = new LedgerWriter();

  @Test
  void theBytesAreThoseOfTheEncoderForEveryRowAfterEveryOther() {
    RecordEncoder<LedgerEntry> encoder = new RecordEncoder<>(LedgerEntry.class);
    List<LedgerEntry> rows = new ArrayList<>();
    for (String offering : new String[] {Samples.OFFERING, null, "no-price"}) {
      Exchange exchange =
          Samples.exchange(
              "x-" + offering,
              "acme",
              offering,
              AnswerSource.PROVIDER,
              Samples.usage(100, 20, 7),
              Samples.NOON);
      rows.addAll(rows(exchange));
      exchange.setCostCentre(null);
      exchange.setJurisdictions(List.of());
      rows.addAll(rows(exchange));
    }
    rows.addAll(rows(Samples.exchange("x", AnswerSource.NONE, null)));

    for (LedgerEntry before : rows) {
      for (LedgerEntry row : rows) {
        assertThat(bytes(writer, before)).isEqualTo(bytes(encoder, before));
        assertThat(bytes(writer, row)).isEqualTo(bytes(encoder, row));
      }
    }
  }

  @Test
  void everyFieldIsWritten() {
    LedgerEntry full =
        rows(Samples.exchange("x", AnswerSource.CACHE, Samples.usage(1, 2, 3))).get(0);
    full.setCurrencyRate(Samples.money("1.1"));
    full.setReverses("x/OUTPUT");
    full.setProvisional(true);
    full.setShadow(true);
    full.setRevision(3);
    full.setTokens(Long.MIN_VALUE);
    full.setCost(Samples.money("-12345678901234567890.5"));

    assertThat(bytes(writer, full)).isEqualTo(bytes(new RecordEncoder<>(LedgerEntry.class), full));
  }

  private static List<LedgerEntry> rows(Exchange exchange) {
    Controls controls = Samples.controls(Samples.standardPrice(Samples.OFFERING));
    List<BookedRow> booked = Ledger.price(exchange, controls, 0);
    List<LedgerEntry> rows = new ArrayList<>();
    for (BookedRow row : booked) {
      rows.add(
          Ledger.entry(exchange, row, row.getTokenClass() != TokenClass.OUTPUT, booked.size()));
      rows.add(Ledger.reversal(exchange, row, row, false, booked.size()));
    }
    return rows;
  }

  private static byte[] bytes(RecordWriter<LedgerEntry> writer, LedgerEntry row) {
    RecordOutput out = new RecordOutput();
    writer.write(row, out);
    return out.toByteArray();
  }
}
