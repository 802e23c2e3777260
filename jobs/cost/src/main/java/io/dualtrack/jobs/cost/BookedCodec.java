package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.BookedExchange;
import io.dualtrack.schemas.BookedRow;
import io.dualtrack.schemas.Exchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.message.BadHeaderException;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;

/**
 * Booked exchanges as the bytes that state holds: a tenth of what they take as objects, of which
 * there would be millions. The bytes begin with a version, so that a later schema can tell them
 * apart.
 */
final class BookedCodec {

  private static final int VERSION = 1;

  static {
    AvroSerde.trustRecords();
  }

  private final SpecificDatumWriter<BookedExchange> writer =
      new SpecificDatumWriter<>(BookedExchange.class);
  private final SpecificDatumReader<BookedExchange> reader =
      new SpecificDatumReader<>(BookedExchange.class);
  private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(512);
  private final BookedExchange scratch = new BookedExchange();
  private BinaryEncoder encoder;
  private BinaryDecoder decoder;

  byte[] encode(Exchange exchange, List<BookedRow> rows) throws IOException {
    scratch.setExchange(exchange);
    scratch.setRows(rows);
    buffer.reset();
    buffer.write(VERSION);
    encoder = EncoderFactory.get().directBinaryEncoder(buffer, encoder);
    writer.write(scratch, encoder);
    encoder.flush();
    return buffer.toByteArray();
  }

  BookedExchange decode(byte[] bytes) throws IOException {
    if (bytes[0] != VERSION) {
      throw new BadHeaderException("state of version " + bytes[0] + "; this job reads " + VERSION);
    }
    decoder = DecoderFactory.get().binaryDecoder(bytes, 1, bytes.length - 1, decoder);
    return reader.read(null, decoder);
  }
}
