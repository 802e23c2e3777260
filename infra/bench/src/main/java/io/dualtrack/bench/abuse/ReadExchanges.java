package io.dualtrack.bench.abuse;

import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.RecordParser;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Collector;

/**
 * Reads an {@link ExchangeFile} as fast as the job takes it, as one task, so that its order is that
 * of the log; for each number that it gets the next exchanges.
 */
final class ReadExchanges extends RichFlatMapFunction<Long, Exchange> {

  private static final long serialVersionUID = 1;

  /** So many at a time, for a checkpoint waits until they are read. */
  private static final int AT_ONCE = 500;

  private static final int BUFFER = 1 << 20;

  private final String file;

  private transient DataInputStream in;
  private transient RecordParser<Exchange> parser;
  private transient byte[] bytes;

  private ReadExchanges(Path file) {
    this.file = file.toString();
  }

  static DataStream<Exchange> of(ExchangeFile file, StreamExecutionEnvironment env) {
    return env.fromSequence(0, file.exchanges() / AT_ONCE)
        .setParallelism(1)
        .flatMap(new ReadExchanges(file.path()), RecordType.ofRecord(Exchange.class))
        .setParallelism(1)
        .name("read exchanges");
  }

  @Override
  public void open(OpenContext context) throws IOException {
    in = new DataInputStream(new BufferedInputStream(Files.newInputStream(Path.of(file)), BUFFER));
    parser = new RecordParser<>(Exchange.class);
    bytes = new byte[0];
  }

  @Override
  public void flatMap(Long turn, Collector<Exchange> out) throws IOException {
    for (int i = 0; i < AT_ONCE; i++) {
      int length;
      try {
        length = in.readInt();
      } catch (EOFException end) {
        return;
      }
      if (length > bytes.length) {
        bytes = new byte[2 * length];
      }
      in.readFully(bytes, 0, length);
      out.collect(parser.parse(bytes, 0, length));
    }
  }

  @Override
  public void close() throws IOException {
    if (in != null) {
      in.close();
    }
  }
}
