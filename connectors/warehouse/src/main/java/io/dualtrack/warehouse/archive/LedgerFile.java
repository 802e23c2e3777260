package io.dualtrack.warehouse.archive;

import io.dualtrack.schemas.LedgerEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificData;
import org.apache.parquet.avro.AvroParquetWriter;
import org.apache.parquet.avro.AvroWriteSupport;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;

/** Ledger rows as a Parquet file. Decimals stay decimals and times are UTC. */
public final class LedgerFile {

  private LedgerFile() {}

  /** Gives every row to a consumer. */
  @FunctionalInterface
  public interface Rows {
    void forEach(Consumer<LedgerEntry> action) throws IOException;
  }

  /** Where an archive has the rows that a month bills: folders as query engines expect them. */
  public static Path of(Path archive, String month) {
    return archive.resolve("ledger").resolve("billing_month=" + month).resolve("ledger.parquet");
  }

  /** Makes or replaces the file in one step. */
  public static void write(Path file, Rows rows) throws IOException {
    AtomicFile.write(
        file,
        path -> {
          try (ParquetWriter<LedgerEntry> writer = writer(path)) {
            rows.forEach(row -> write(writer, row));
          } catch (UnwritableException e) {
            throw e.cause();
          }
        });
  }

  private static ParquetWriter<LedgerEntry> writer(Path path) throws IOException {
    PlainParquetConfiguration configuration = new PlainParquetConfiguration();
    configuration.setBoolean(AvroWriteSupport.WRITE_OLD_LIST_STRUCTURE, false);
    return AvroParquetWriter.<LedgerEntry>builder(new LocalOutputFile(path))
        .withConf(configuration)
        .withSchema(LedgerEntry.getClassSchema())
        // The generated class's own model knows decimals and times.
        .withDataModel(SpecificData.getForClass(LedgerEntry.class))
        .withCompressionCodec(CompressionCodecName.ZSTD)
        .withCodecFactory(new Zstandard())
        .build();
  }

  private static void write(ParquetWriter<LedgerEntry> writer, LedgerEntry row) {
    try {
      writer.write(row);
    } catch (IOException e) {
      throw new UnwritableException(e);
    }
  }

  /** Brings a failure out of a consumer. */
  private static final class UnwritableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient IOException cause;

    UnwritableException(IOException cause) {
      super(cause);
      this.cause = cause;
    }

    IOException cause() {
      return cause;
    }
  }
}
