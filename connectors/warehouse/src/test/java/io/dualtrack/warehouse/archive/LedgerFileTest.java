package io.dualtrack.warehouse.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.warehouse.Rows;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerFileTest {

  @TempDir private Path folder;

  @Test
  void theFileHasEveryRowWithDecimalsAsDecimals() throws IOException {
    List<LedgerEntry> rows = new ArrayList<>();
    IntStream.range(0, 1000)
        .forEach(
            i ->
                rows.add(
                    Rows.priced(
                        "e-" + i,
                        "2026-06-07T12:00:00Z",
                        "sol",
                        TokenClass.OUTPUT,
                        i,
                        "33.000000000001")));
    rows.add(Rows.unpriced("u", "2026-06-07T12:00:00.123Z", "new", TokenClass.CACHE_READ, 7));
    Path file = LedgerFile.of(folder, "2026-06");

    LedgerFile.write(file, rows::forEach);

    assertThat(file).hasFileName("ledger.parquet");
    assertThat(file.getParent()).hasFileName("billing_month=2026-06");
    FileMetaData footer = footer(file);
    assertThat(footer.getNum_rows()).isEqualTo(rows.size());
    assertThat(footer.getSchema())
        .filteredOn(column -> column.getName().equals("cost"))
        .singleElement()
        .satisfies(
            column -> {
              assertThat(column.getLogicalType().getDECIMAL().getScale()).isEqualTo(18);
              assertThat(column.getLogicalType().getDECIMAL().getPrecision()).isEqualTo(38);
            });
    assertThat(footer.getRow_groups())
        .flatExtracting(RowGroup::getColumns)
        .allSatisfy(
            column ->
                assertThat(column.getMeta_data().getCodec()).isEqualTo(CompressionCodec.ZSTD));
  }

  @Test
  void aReaderOfTheFileFindsTheSameRowsAndSums() throws IOException {
    List<LedgerEntry> rows = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      rows.add(
          i % 100 == 0
              ? Rows.unpriced("u-" + i, "2026-06-07T12:00:00.123Z", "new", TokenClass.OUTPUT, i)
              : Rows.priced(
                  "e-" + i, "2026-06-07T12:00:00Z", "sol", TokenClass.OUTPUT, i, "33.07"));
    }
    Path file = LedgerFile.of(folder, "2026-06");
    LedgerFile.write(file, rows::forEach);

    List<Group> read = read(file);

    assertThat(read).hasSize(rows.size());
    assertThat(read.stream().mapToLong(row -> row.getLong("tokens", 0)).sum())
        .isEqualTo(rows.stream().mapToLong(LedgerEntry::getTokens).sum());
    assertThat(
            read.stream()
                .filter(row -> row.getFieldRepetitionCount("cost") > 0)
                .map(row -> new BigDecimal(new BigInteger(row.getBinary("cost", 0).getBytes()), 18))
                .reduce(BigDecimal.ZERO, BigDecimal::add))
        .isEqualTo(
            rows.stream()
                .map(LedgerEntry::getCost)
                .filter(Objects::nonNull)
                .reduce(BigDecimal.ZERO, BigDecimal::add));
    assertThat(read.get(19_999).getString("entryId", 0)).isEqualTo("e-19999/OUTPUT");
  }

  /** By Parquet's own columns, without anything of ours but the decompression. */
  private static List<Group> read(Path file) throws IOException {
    List<Group> rows = new ArrayList<>();
    ParquetReadOptions options =
        ParquetReadOptions.builder(new PlainParquetConfiguration())
            .withCodecFactory(new Zstandard())
            .build();
    try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file), options)) {
      MessageType schema = reader.getFileMetaData().getSchema();
      MessageColumnIO columns = new ColumnIOFactory().getColumnIO(schema);
      for (PageReadStore pages = reader.readNextRowGroup();
          pages != null;
          pages = reader.readNextRowGroup()) {
        RecordReader<Group> records =
            columns.getRecordReader(pages, new GroupRecordConverter(schema));
        for (long row = 0; row < pages.getRowCount(); row++) {
          rows.add(records.read());
        }
      }
    }
    return rows;
  }

  @Test
  void aFailureLeavesTheEarlierFileAndNothingElse() throws IOException {
    Path file = LedgerFile.of(folder, "2026-06");
    LedgerFile.write(
        file,
        action ->
            action.accept(
                Rows.priced("e", "2026-06-07T12:00:00Z", "sol", TokenClass.OUTPUT, 5, "1")));
    byte[] before = Files.readAllBytes(file);

    assertThatThrownBy(
            () ->
                LedgerFile.write(
                    file,
                    action -> {
                      throw new IOException("the database is gone");
                    }))
        .hasMessage("the database is gone");

    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    try (Stream<Path> files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void pagesComeBackFromTheirCompression() throws IOException {
    Zstandard codec = new Zstandard();
    byte[] page = "a page of a file, a page of a file, a page of a file".getBytes(UTF_8);

    BytesInput compressed =
        BytesInput.copy(
            codec.getCompressor(CompressionCodecName.ZSTD).compress(BytesInput.from(page)));

    assertThat(compressed.size()).isLessThan(page.length);
    assertThat(
            codec
                .getDecompressor(CompressionCodecName.ZSTD)
                .decompress(compressed, page.length)
                .toByteArray())
        .isEqualTo(page);
  }

  private static FileMetaData footer(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    assertThat(new String(bytes, bytes.length - 4, 4, UTF_8)).isEqualTo("PAR1");
    int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.length - 8);
    return Util.readFileMetaData(
        new ByteArrayInputStream(bytes, bytes.length - 8 - length, length));
  }
}
