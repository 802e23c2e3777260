package io.dualtrack.jobs.cost;

import io.dualtrack.jobs.runtime.UnreadableState;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.BookedExchange;
import io.dualtrack.schemas.BookedRow;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.RecordEncoder;
import io.dualtrack.schemas.RecordOutput;
import io.dualtrack.schemas.RecordParser;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;

/**
 * Booked exchanges as the bytes that state holds: a tenth of what they take as objects, of which
 * there would be millions. The bytes begin with the version of their schema. The schema of each
 * version is kept as a resource, {@code booked-1.avsc} and so on, so that what an earlier release
 * booked is read by Avro's rules for as long as it is kept.
 */
final class BookedCodec {

  /** Of the newest resource; a schema that changes needs another one. */
  static final int VERSION = 2;

  static {
    AvroSerde.trustRecords();
  }

  private final RecordEncoder<BookedRow> rowEncoder = new RecordEncoder<>(BookedRow.class);
  private final RecordEncoder<Exchange> exchangeEncoder = new RecordEncoder<>(Exchange.class);
  private final RecordParser<BookedExchange> parser = new RecordParser<>(BookedExchange.class);
  private final Map<Byte, SpecificDatumReader<BookedExchange>> readers = new HashMap<>();
  private final RecordOutput buffer = new RecordOutput();
  private BinaryDecoder decoder;

  /**
   * @param exchange see {@link ExchangeBytes}
   */
  byte[] encode(byte[] exchange, List<BookedRow> rows) {
    buffer.clear();
    buffer.writeByte(VERSION);
    buffer.write(exchange, 0, exchange.length);
    if (!rows.isEmpty()) {
      buffer.writeLong(rows.size());
    }
    for (BookedRow row : rows) {
      rowEncoder.write(row, buffer);
    }
    buffer.writeLong(0);
    return buffer.toByteArray();
  }

  /** Whether an exchange was booked from these very bytes. */
  static boolean isOf(byte[] booked, byte[] exchange) {
    return booked[0] == VERSION
        && booked.length > exchange.length
        && Arrays.equals(booked, 1, 1 + exchange.length, exchange, 0, exchange.length);
  }

  /** The exchange in what is booked. */
  byte[] exchange(BookedExchange known) {
    buffer.clear();
    exchangeEncoder.write(known.getExchange(), buffer);
    return buffer.toByteArray();
  }

  BookedExchange decode(byte[] bytes) throws IOException {
    if (bytes[0] == VERSION) {
      return parser.parse(bytes, 1, bytes.length);
    }
    SpecificDatumReader<BookedExchange> reader = readers.get(bytes[0]);
    if (reader == null) {
      reader = reader(bytes[0]);
      readers.put(bytes[0], reader);
    }
    decoder = DecoderFactory.get().binaryDecoder(bytes, 1, bytes.length - 1, decoder);
    return reader.read(null, decoder);
  }

  private static SpecificDatumReader<BookedExchange> reader(int version) throws IOException {
    if (version < 1 || version > VERSION) {
      throw UnreadableState.because(
          "its exchanges are booked in version %d and are read up to %d"
              .formatted(version, VERSION));
    }
    return new SpecificDatumReader<>(
        schema(version),
        BookedExchange.getClassSchema(),
        SpecificData.getForClass(BookedExchange.class));
  }

  /** The schema that a version was written with. */
  static Schema schema(int version) throws IOException {
    String name = "booked-%d.avsc".formatted(version);
    try (InputStream resource = BookedCodec.class.getResourceAsStream(name)) {
      return new Schema.Parser().parse(resource);
    }
  }
}
