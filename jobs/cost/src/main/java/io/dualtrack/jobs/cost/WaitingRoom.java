package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.PriceStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Where rows wait for their price, by offering.
 *
 * <p>Prices and exchanges come on two topics that nothing synchronises: at the start of the job,
 * and whenever an offering and its price are published together, exchanges may be read first. So
 * rows wait a short grace before they are written as UNPRICED. They are kept after that too, and
 * when the price comes the same rows are written again, corrected.
 */
final class WaitingRoom
    extends KeyedBroadcastProcessFunction<String, List<LedgerEntry>, Price, LedgerEntry> {

  private static final long serialVersionUID = 1;
  private static final long TIMER_STEP_MS = 500;

  /** How long a late price still corrects what was written. */
  private static final Duration CORRECTABLE = Duration.ofDays(62);

  /** Due time and exchange id → rows not yet written. */
  private static final MapStateDescriptor<String, List<LedgerEntry>> FRESH =
      new MapStateDescriptor<>("rows in grace", Types.STRING, Outputs.ROWS);

  private final Duration grace;

  private transient MapStateDescriptor<String, List<LedgerEntry>> writtenDescriptor;
  private transient MapState<String, List<LedgerEntry>> fresh;
  private transient MapState<String, List<LedgerEntry>> written;
  private transient PriceBroadcast prices;
  private transient RowCounters counters;
  private transient Counter corrected;

  WaitingRoom(Duration grace) {
    this.grace = grace;
  }

  @Override
  public void open(OpenContext context) {
    writtenDescriptor =
        new MapStateDescriptor<>("rows written unpriced", Types.STRING, Outputs.ROWS);
    writtenDescriptor.enableTimeToLive(StateTtlConfig.newBuilder(CORRECTABLE).build());
    fresh = getRuntimeContext().getMapState(FRESH);
    written = getRuntimeContext().getMapState(writtenDescriptor);
    prices = new PriceBroadcast();
    counters = new RowCounters(getRuntimeContext().getMetricGroup());
    corrected = getRuntimeContext().getMetricGroup().counter("rowsCorrected");
  }

  @Override
  public void processElement(
      List<LedgerEntry> rows, ReadOnlyContext context, Collector<LedgerEntry> out)
      throws Exception {
    PriceBook book = prices.book(context.getBroadcastState(PriceBroadcast.STATE));
    List<LedgerEntry> priced = Ledger.reprice(rows, book);
    if (priced.stream().noneMatch(Ledger::isCurable)) {
      write(priced, out, change -> context.output(Outputs.CHANGES, change));
      return;
    }
    long due = context.timerService().currentProcessingTime() + grace.toMillis();
    long timer = (due / TIMER_STEP_MS + 1) * TIMER_STEP_MS;
    fresh.put(timer + "/" + rows.get(0).getExchangeId(), rows);
    context.timerService().registerProcessingTimeTimer(timer);
  }

  @Override
  public void onTimer(long time, OnTimerContext context, Collector<LedgerEntry> out)
      throws Exception {
    PriceBook book = prices.book(context.getBroadcastState(PriceBroadcast.STATE));
    Iterator<Map.Entry<String, List<LedgerEntry>>> waiting = fresh.iterator();
    while (waiting.hasNext()) {
      Map.Entry<String, List<LedgerEntry>> entry = waiting.next();
      if (due(entry.getKey()) <= time) {
        List<LedgerEntry> rows = Ledger.reprice(entry.getValue(), book);
        write(rows, out, change -> context.output(Outputs.CHANGES, change));
        written.put(rows.get(0).getExchangeId(), rows);
        waiting.remove();
      }
    }
  }

  @Override
  public void processBroadcastElement(Price price, Context context, Collector<LedgerEntry> out)
      throws Exception {
    prices.put(context.getBroadcastState(PriceBroadcast.STATE), price);
    PriceBook book = prices.book(context.getBroadcastState(PriceBroadcast.STATE));
    Consumer<CostRollup> changes = change -> context.output(Outputs.CHANGES, change);
    context.applyToKeyedState(
        FRESH,
        (offering, rows) -> {
          if (offering.equals(price.getOffering())) {
            writePriced(rows, book, out, changes);
          }
        });
    context.applyToKeyedState(
        writtenDescriptor,
        (offering, rows) -> {
          if (offering.equals(price.getOffering())) {
            correct(rows, book, out, changes);
          }
        });
  }

  private void writePriced(
      MapState<String, List<LedgerEntry>> waiting,
      PriceBook book,
      Collector<LedgerEntry> out,
      Consumer<CostRollup> changes)
      throws Exception {
    Iterator<Map.Entry<String, List<LedgerEntry>>> entries = waiting.iterator();
    while (entries.hasNext()) {
      List<LedgerEntry> rows = Ledger.reprice(entries.next().getValue(), book);
      if (rows.stream().noneMatch(Ledger::isCurable)) {
        write(rows, out, changes);
        entries.remove();
      }
    }
  }

  private void correct(
      MapState<String, List<LedgerEntry>> waiting,
      PriceBook book,
      Collector<LedgerEntry> out,
      Consumer<CostRollup> changes)
      throws Exception {
    Map<String, List<LedgerEntry>> stillWaiting = new HashMap<>();
    List<String> done = new ArrayList<>();
    for (Map.Entry<String, List<LedgerEntry>> entry : waiting.entries()) {
      List<LedgerEntry> before = entry.getValue();
      List<LedgerEntry> after = Ledger.reprice(before, book);
      for (int i = 0; i < after.size(); i++) {
        boolean pricedNow =
            before.get(i).getPriceStatus() == PriceStatus.UNPRICED
                && after.get(i).getPriceStatus() == PriceStatus.PRICED;
        if (pricedNow) {
          out.collect(Ledger.correction(after.get(i)));
          corrected.inc();
        }
      }
      Rollups.changes(before, after).forEach(changes);
      if (after.stream().noneMatch(Ledger::isCurable)) {
        done.add(entry.getKey());
      } else if (!after.equals(before)) {
        stillWaiting.put(entry.getKey(), after);
      }
    }
    for (String exchange : done) {
      waiting.remove(exchange);
    }
    waiting.putAll(stillWaiting);
  }

  private void write(
      List<LedgerEntry> rows, Collector<LedgerEntry> out, Consumer<CostRollup> changes) {
    rows.forEach(counters::count);
    rows.forEach(out::collect);
    Rollups.changes(List.of(), rows).forEach(changes);
  }

  private static long due(String key) {
    return Long.parseLong(key, 0, key.indexOf('/'), 10);
  }
}
