package io.dualtrack.local.abuse;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.Exchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.accumulators.ListAccumulator;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.util.Collector;

/** Lines of a log to exchanges. What cannot be read is counted, and the first of it named. */
final class ReadLines extends RichFlatMapFunction<String, Exchange> {

  static final String LINES = "lines";
  static final String EXCHANGES = "exchanges";
  static final String BAD_LINES = "bad lines";
  static final String PROBLEMS = "problems";
  static final int PROBLEMS_KEPT = 100;

  private static final long serialVersionUID = 1;

  private final byte[] secret;
  private final ArrayList<AbuseExemption> exempted;
  private long number;

  private transient ObjectReader json;
  private transient RecordedExchanges exchanges;
  private transient LongCounter lines;
  private transient LongCounter read;
  private transient LongCounter badLines;
  private transient ListAccumulator<String> problems;

  /**
   * @param secret for features and fingerprints, at least 16 bytes
   * @param exempted what the search for abuse leaves alone
   */
  ReadLines(byte[] secret, List<AbuseExemption> exempted) {
    this.exempted = new ArrayList<>(exempted);
    this.secret = secret.clone();
  }

  @Override
  public void open(OpenContext context) {
    json =
        JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .build()
            .readerFor(RecordedExchange.class);
    exchanges = new RecordedExchanges(secret, exempted);
    lines = new LongCounter();
    getRuntimeContext().addAccumulator(LINES, lines);
    read = new LongCounter();
    getRuntimeContext().addAccumulator(EXCHANGES, read);
    badLines = new LongCounter();
    getRuntimeContext().addAccumulator(BAD_LINES, badLines);
    problems = new ListAccumulator<>();
    getRuntimeContext().addAccumulator(PROBLEMS, problems);
  }

  @Override
  public void flatMap(String line, Collector<Exchange> out) {
    // One task reads the one file from its beginning to its end.
    number++;
    lines.add(1);
    if (line.isBlank()) {
      return;
    }
    RecordedExchange recorded;
    try {
      recorded = json.readValue(line);
    } catch (JacksonException e) {
      // Its message quotes the line, which is a user's text.
      problem("line %d is no exchange in JSON".formatted(number));
      return;
    }
    Optional<String> missing = missing(recorded);
    if (missing.isPresent()) {
      problem("line %d has no %s".formatted(number, missing.get()));
      return;
    }
    read.add(1);
    out.collect(exchanges.exchange(recorded, number));
  }

  private void problem(String text) {
    badLines.add(1);
    if (badLines.getLocalValue() <= PROBLEMS_KEPT) {
      problems.add(text);
    }
  }

  private static Optional<String> missing(RecordedExchange recorded) {
    if (recorded.at() == null) {
      return Optional.of("at");
    }
    if (recorded.account() == null || recorded.account().isBlank()) {
      return Optional.of("account");
    }
    return recorded.prompt() == null ? Optional.of("prompt") : Optional.empty();
  }
}
