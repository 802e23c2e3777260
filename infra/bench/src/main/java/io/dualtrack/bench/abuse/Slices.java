package io.dualtrack.bench.abuse;

import io.dualtrack.local.abuse.RecordedExchange;
import io.dualtrack.local.abuse.RecordedExchanges;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Features;
import java.io.IOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.util.Collector;

/**
 * Makes the exchanges of one slice of a log's time after the other. Features are made once for each
 * wording of each text, and used again: a benchmark of what comes behind them should not wait for
 * them.
 */
final class Slices extends RichFlatMapFunction<Long, Exchange> {

  static final String EXCHANGES = "exchanges";
  static final long MILLIS = 10_000;

  private static final long serialVersionUID = 1;
  private static final int FEATURES_KEPT = 200_000;

  private final LogRecipe recipe;

  private transient Iterator<RecordedExchange> lines;
  private transient RecordedExchange next;
  private transient RecordedExchanges exchanges;
  private transient Map<String, Features> known;
  private transient LongCounter made;
  private transient long number;

  Slices(LogRecipe recipe) {
    this.recipe = recipe;
  }

  @Override
  public void open(OpenContext context) throws IOException {
    exchanges = new RecordedExchanges(new byte[32], List.of());
    known = new HashMap<>();
    lines = recipe.make().log().lines(recipe.seed()).iterator();
    next = lines.hasNext() ? lines.next() : null;
    made = new LongCounter();
    getRuntimeContext().addAccumulator(EXCHANGES, made);
  }

  @Override
  public void flatMap(Long slice, Collector<Exchange> out) {
    long end = LogRecipe.BEGIN.toEpochMilli() + (slice + 1) * MILLIS;
    while (next != null && next.at().toEpochMilli() < end) {
      number++;
      made.add(1);
      out.collect(exchanges.exchange(next, number, features(next)));
      next = lines.hasNext() ? lines.next() : null;
    }
  }

  private Features features(RecordedExchange line) {
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
