package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.RecordParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Exchanges as they travel from the source to their booking and lie in state: Avro's bytes, without
 * what is not billed. An exchange is made an object once, where it is priced.
 */
final class ExchangeBytes {

  /** Most of an exchange's bytes; what abuse is found by. */
  static final Set<String> UNBILLED =
      Set.of("features", "relations", "rawUsage", "earlierFeatures");

  /** What is the same in many exchanges. */
  private static final Set<String> NAMES =
      Set.of(
          "replyKey",
          "tenant",
          "account",
          "costCentre",
          "model",
          "offering",
          "jurisdictions",
          "tier");

  static {
    AvroSerde.trustRecords();
  }

  private final RecordParser<Exchange> parser = new RecordParser<>(Exchange.class, NAMES);

  Exchange parse(byte[] exchange) throws IOException {
    return parser.parse(exchange, 0, exchange.length);
  }

  /** The exchange's id, its first field: the key is asked for twice on an exchange's way. */
  static String id(byte[] exchange) {
    int length = 0;
    int at = 0;
    int shift = 0;
    byte next;
    do {
      next = exchange[at++];
      length |= (next & 0x7F) << shift;
      shift += 7;
    } while (next < 0);
    return new String(exchange, at, length >>> 1, StandardCharsets.UTF_8);
  }
}
