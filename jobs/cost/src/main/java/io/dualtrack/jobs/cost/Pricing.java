package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Price;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.co.BroadcastProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Prices exchanges where they are read. Those that lack a price go to {@link WaitingRoom}; the
 * others, which are nearly all, need no state and no way over the network.
 */
final class Pricing extends BroadcastProcessFunction<Exchange, Price, LedgerEntry> {

  private static final long serialVersionUID = 1;

  private transient PriceBroadcast prices;
  private transient RowCounters counters;

  @Override
  public void open(OpenContext context) {
    prices = new PriceBroadcast();
    counters = new RowCounters(getRuntimeContext().getMetricGroup());
  }

  @Override
  public void processElement(Exchange exchange, ReadOnlyContext context, Collector<LedgerEntry> out)
      throws Exception {
    PriceBook book = prices.book(context.getBroadcastState(PriceBroadcast.STATE));
    List<LedgerEntry> rows = Ledger.rows(exchange, book);
    if (rows.stream().anyMatch(Ledger::isCurable)) {
      context.output(Outputs.WITHOUT_PRICE, rows);
      return;
    }
    rows.forEach(counters::count);
    rows.forEach(out::collect);
    Rollups.changes(List.of(), rows).forEach(change -> context.output(Outputs.CHANGES, change));
  }

  @Override
  public void processBroadcastElement(Price price, Context context, Collector<LedgerEntry> out)
      throws Exception {
    prices.put(context.getBroadcastState(PriceBroadcast.STATE), price);
  }
}
