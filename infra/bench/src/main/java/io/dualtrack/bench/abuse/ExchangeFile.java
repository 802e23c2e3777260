package io.dualtrack.bench.abuse;

import io.dualtrack.local.abuse.RecordedExchange;
import io.dualtrack.local.abuse.RecordedExchanges;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.RecordEncoder;
import io.dualtrack.schemas.RecordOutput;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A made log as the exchanges that the topology would write of it, in Avro's encoding and in the
 * order of their time, each behind the number of its bytes: what a job has to decode, and nothing
 * else.
 *
 * @param exchanges in it
 */
record ExchangeFile(Path path, long exchanges) {

  private static final int FEATURES_KEPT = 200_000;
  private static final int BUFFER = 1 << 20;

  /**
   * Writes the exchanges of a log. Features are made once for each wording of each text.
   *
   * @param seed of the exchanges; the members are made already
   * @param each is told of every line
   */
  static ExchangeFile write(RecordedLog log, long seed, Path path, Consumer<RecordedExchange> each)
      throws IOException {
    RecordedExchanges exchanges = new RecordedExchanges(new byte[32], List.of());
    RecordEncoder<Exchange> encoder = new RecordEncoder<>(Exchange.class);
    Map<String, Features> known = new HashMap<>();
    RecordOutput record = new RecordOutput();
    long number = 0;
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(path), BUFFER))) {
      for (Iterator<RecordedExchange> lines = log.lines(seed).iterator(); lines.hasNext(); ) {
        RecordedExchange line = lines.next();
        each.accept(line);
        number++;
        record.clear();
        encoder.write(exchanges.exchange(line, number, features(line, exchanges, known)), record);
        out.writeInt(record.length());
        out.write(record.array(), 0, record.length());
      }
    }
    return new ExchangeFile(path, number);
  }

  private static Features features(
      RecordedExchange line, RecordedExchanges exchanges, Map<String, Features> known) {
    String key = line.system() == null ? line.prompt() : line.system() + '\0' + line.prompt();
    Features features = known.get(key);
    if (features == null) {
      features = exchanges.features(line);
      if (known.size() < FEATURES_KEPT) {
        known.put(key, features);
      }
    }
    return features;
  }
}
