package io.dualtrack.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordEncoderTest {

  private final RandomRecords samples = new RandomRecords(7);

  @ParameterizedTest
  @MethodSource("io.dualtrack.schemas.RandomRecords#types")
  void theBytesAreThoseOfAvrosOwnWriter(Class<SpecificRecord> type) throws IOException {
    RecordEncoder<SpecificRecord> encoder = new RecordEncoder<>(type);
    for (int i = 0; i < 20; i++) {
      SpecificRecord record = samples.record(type);

      assertThat(bytes(encoder, record)).isEqualTo(RandomRecords.avroBytes(record));
    }
  }

  @Test
  void anAmountThatIsTheOneBeforeIsWrittenAsAnyOther() throws IOException {
    LedgerEntry row = samples.record(LedgerEntry.class);
    BigDecimal amount = new BigDecimal("12345678901.000000000000000001");
    row.setListCost(amount);
    row.setContractedCost(amount);
    row.setCost(amount);
    row.setSaved(BigDecimal.ZERO);
    RecordEncoder<LedgerEntry> encoder = new RecordEncoder<>(LedgerEntry.class);

    assertThat(bytes(encoder, row)).isEqualTo(RandomRecords.avroBytes(row));
    RecordOutput out = new RecordOutput();
    encoder.write(row, out);
    out.clear();
    encoder.write(row, out);
    assertThat(out.toByteArray()).isEqualTo(RandomRecords.avroBytes(row));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.999999999999999999",
        "-0.999999999999999999",
        "9.223372036854775807",
        "9.223372036854775808",
        "-9.223372036854775808",
        "-9.223372036854775809",
        "0.000000000000000001",
        "-0.000000000000000128",
        "7",
        "1E+2"
      })
  void anAmountAroundWhatALongHoldsIsWrittenAsAvroWritesIt(String amount) throws IOException {
    LedgerEntry row = samples.record(LedgerEntry.class);
    BigDecimal scaled = new BigDecimal(amount).setScale(18);
    row.setCost(scaled);

    byte[] expected = RandomRecords.avroBytes(row);
    row.setCost(new BigDecimal(amount));
    assertThat(bytes(new RecordEncoder<>(LedgerEntry.class), row)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a", "caf\u00e9", "\u4e2d", "a\ud83d\ude00b", "lone \ud83d surrogate"})
  void aTextIsUtf8WhereverItLeavesAscii(String end) throws IOException {
    LedgerEntry row = samples.record(LedgerEntry.class);
    row.setTenant("t".repeat(63) + end);
    row.setAccount("a".repeat(9_000) + end);

    assertThat(bytes(new RecordEncoder<>(LedgerEntry.class), row))
        .isEqualTo(RandomRecords.avroBytes(row));
  }

  @Test
  void anAmountThatWouldHaveToBeRoundedIsRefused() {
    BudgetAlert alert = samples.record(BudgetAlert.class);
    alert.setSpent(new BigDecimal("0.0000000000000000001"));

    assertThatThrownBy(() -> bytes(new RecordEncoder<>(BudgetAlert.class), alert))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void anAmountOfMoreDigitsThanItsFieldHasIsRefused() {
    BudgetAlert alert = samples.record(BudgetAlert.class);
    alert.setSpent(BigDecimal.TEN.pow(20).setScale(18));

    assertThatThrownBy(() -> bytes(new RecordEncoder<>(BudgetAlert.class), alert))
        .isInstanceOf(ArithmeticException.class)
        .hasMessageContaining("39 digits");
  }

  private static <V extends SpecificRecord> byte[] bytes(RecordEncoder<V> encoder, V record) {
    RecordOutput out = new RecordOutput();
    encoder.write(record, out);
    return out.toByteArray();
  }
}
