package io.dualtrack.jobs.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.BookedExchange;
import io.dualtrack.schemas.BookedRow;
import io.dualtrack.schemas.ChargeClass;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.PriceProblem;
import io.dualtrack.schemas.RecordEncoder;
import io.dualtrack.schemas.RecordOutput;
import io.dualtrack.schemas.SavingKind;
import io.dualtrack.schemas.TokenClass;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.junit.jupiter.api.Test;

class BookedCodecTest {

  private static final Exchange EXCHANGE =
      Samples.exchange("x1", AnswerSource.PROVIDER, Samples.usage(3, 2, 1));
  private static final BookedRow ROW =
      BookedRow.newBuilder()
          .setTokenClass(TokenClass.OUTPUT)
          .setTokens(7)
          .setProblem(PriceProblem.NONE)
          .setCost(Ledger.ZERO)
          .setSavingKind(SavingKind.NONE)
          .setProvisional(false)
          .setRevision(0)
          .setBillingMonth(Instant.parse("2026-11-01T00:00:00Z"))
          .setChargeClass(ChargeClass.NONE)
          .build();

  @Test
  void whatWasBookedIsReadAgain() throws IOException {
    BookedCodec codec = new BookedCodec();

    BookedExchange read = codec.decode(codec.encode(Samples.bytes(EXCHANGE), List.of(ROW)));

    assertThat(read.getExchange()).isEqualTo(EXCHANGE);
    assertThat(read.getRows().get(0)).isEqualTo(ROW);
  }

  @Test
  void theBytesAreAvrosOfTodaysSchema() throws IOException {
    RecordOutput expected = new RecordOutput();
    expected.writeByte(BookedCodec.VERSION);
    new RecordEncoder<>(BookedExchange.class)
        .write(new BookedExchange(EXCHANGE, List.of(ROW, ROW)), expected);

    byte[] booked = new BookedCodec().encode(Samples.bytes(EXCHANGE), List.of(ROW, ROW));

    assertThat(booked).isEqualTo(expected.toByteArray());
    assertThat(BookedCodec.isOf(booked, Samples.bytes(EXCHANGE))).isTrue();
    assertThat(BookedCodec.isOf(booked, Samples.bytes(Samples.unpriced("x1")))).isFalse();
  }

  @Test
  void anExchangesIdIsReadWithoutTheRest() {
    String id = "x".repeat(300) + "ä";

    assertThat(ExchangeBytes.id(Samples.bytes(Samples.unpriced(id)))).isEqualTo(id);
  }

  @Test
  void theNewestVersionIsTodaysSchema() throws IOException {
    assertThat(BookedExchange.getClassSchema())
        .as(
            "what is booked has another schema: count BookedCodec.VERSION up and keep the schema"
                + " as booked-%d.avsc; leave the earlier ones as they are",
            BookedCodec.VERSION + 1)
        .isEqualTo(BookedCodec.schema(BookedCodec.VERSION));
  }

  @Test
  void whatAnyReleaseBookedCanBeReadToday() {
    assertThat(IntStream.rangeClosed(1, BookedCodec.VERSION))
        .allSatisfy(
            version ->
                assertThat(
                        SchemaCompatibility.checkReaderWriterCompatibility(
                                BookedExchange.getClassSchema(), BookedCodec.schema(version))
                            .getType())
                    .isEqualTo(SchemaCompatibilityType.COMPATIBLE));
  }

  @Test
  void aVersionOfALaterReleaseEndsTheJobAndIsNotTriedAgain() throws IOException {
    BookedCodec codec = new BookedCodec();
    byte[] later = codec.encode(Samples.bytes(EXCHANGE), List.of(ROW));
    later[0]++;

    assertThatThrownBy(() -> codec.decode(later))
        .isInstanceOf(SuppressRestartsException.class)
        .cause()
        .hasMessageContaining(
            "booked in version %d and are read up to %d"
                .formatted(BookedCodec.VERSION + 1, BookedCodec.VERSION))
        .hasMessageContaining("start the release that wrote it");
  }
}
