package io.dualtrack.jobs.cost;

import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.Price;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ReadOnlyBroadcastState;
import org.apache.flink.api.common.typeinfo.Types;

/** The price topic as broadcast state, and the book that a task makes of it. */
final class PriceBroadcast {

  /** Price id → price record; withdrawn ones stay as prices of nothing. */
  static final MapStateDescriptor<String, Price> STATE =
      new MapStateDescriptor<>("prices", Types.STRING, RecordType.ofRecord(Price.class));

  private PriceBook book;

  PriceBook book(ReadOnlyBroadcastState<String, Price> state) throws Exception {
    if (book == null) {
      List<Price> prices = new ArrayList<>();
      for (Map.Entry<String, Price> entry : state.immutableEntries()) {
        prices.add(entry.getValue());
      }
      book = PriceBook.of(prices);
    }
    return book;
  }

  void put(BroadcastState<String, Price> state, Price price) throws Exception {
    state.put(price.getPriceId(), price);
    book = null;
  }
}
