package io.dualtrack.local.abuse;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.Exchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.api.common.accumulators.ListAccumulator;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;

/**
 * Lines of a log to exchanges. Making features is most of a replay's work, so every core takes a
 * share of it; who calls this keeps the lines' order. What cannot be read is counted, and the first
 * of it named.
 */
final class ReadLines extends RichAsyncFunction<String, Exchange> {

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
  private transient ExecutorService workers;
  private transient LongCounter lines;
  private transient LongCounter read;
  private transient LongCounter badLines;
  private transient ListAccumulator<String> problems;
  private transient TreeMap<Long, String> firstProblems;
  private transient LongAdder good;
  private transient LongAdder bad;

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
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build()
            .readerFor(RecordedExchange.class);
    exchanges = new RecordedExchanges(secret, exempted);
    workers = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    firstProblems = new TreeMap<>();
    good = new LongAdder();
    bad = new LongAdder();
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
  public void asyncInvoke(String line, ResultFuture<Exchange> result) {
    // One task reads the one file from its beginning to its end.
    long at = ++number;
    lines.add(1);
    workers.execute(() -> read(line, at, result));
  }

  private void read(String line, long at, ResultFuture<Exchange> result) {
    try {
      result.complete(line.isBlank() ? List.of() : exchange(line, at).stream().toList());
    } catch (RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }

  private Optional<Exchange> exchange(String line, long at) {
    RecordedExchange recorded;
    try {
      recorded = json.readValue(line);
    } catch (JacksonException e) {
      // Its message quotes the line, which is a user's text.
      problem(at, "line %d is no exchange in JSON".formatted(at));
      return Optional.empty();
    }
    Optional<String> missing = missing(recorded);
    if (missing.isPresent()) {
      problem(at, "line %d has no %s".formatted(at, missing.get()));
      return Optional.empty();
    }
    good.increment();
    return Optional.of(exchanges.exchange(recorded, at));
  }

  private void problem(long line, String text) {
    bad.increment();
    synchronized (firstProblems) {
      firstProblems.put(line, text);
      if (firstProblems.size() > PROBLEMS_KEPT) {
        firstProblems.pollLastEntry();
      }
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

  @Override
  public void close() {
    if (workers == null) {
      return;
    }
    workers.shutdown();
    read.add(good.sum());
    badLines.add(bad.sum());
    List<String> named;
    synchronized (firstProblems) {
      named = new ArrayList<>(firstProblems.values());
    }
    named.forEach(problems::add);
  }
}
