package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.BookedExchange;
import io.dualtrack.schemas.BookedRow;
import io.dualtrack.schemas.CostControl;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Repricing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.function.SerializableSupplier;

/**
 * Books each exchange once, keyed by exchange id, and keeps what it was booked as for as long as it
 * may have to be corrected.
 *
 * <p>Whatever comes twice is dropped here, however late. An offering and its price may be published
 * together and read in the other order: so rows wait a short grace before they are written as
 * UNPRICED. What was written so is written anew when its price comes. In whatever order exchanges,
 * prices and repricings come, the ledger adds up to the same, as long as no price record is
 * replaced by another: what was priced by the old one stays so until a repricing asks.
 */
final class Booking
    extends KeyedBroadcastProcessFunction<String, byte[], CostControl, LedgerEntry> {

  private static final long serialVersionUID = 1;
  private static final long TIMER_STEP_MS = 500;

  private final Duration grace;
  private final Duration kept;
  private final SerializableSupplier<List<CostControl>> seeds;

  private transient ValueStateDescriptor<byte[]> bookedDescriptor;
  private transient ValueStateDescriptor<Boolean> unpricedDescriptor;

  /** What is booked; without rows while it waits for its price. */
  private transient ValueState<byte[]> booked;

  /** Set where a row could still be priced. */
  private transient ValueState<Boolean> unpriced;

  private transient ControlBroadcast broadcast;
  private transient BookedCodec codec;
  private transient ExchangeBytes exchanges;
  private transient BookingMeters meters;

  /**
   * @param grace how long rows wait for their price
   * @param kept how long an exchange can be corrected, and is known when it comes again
   * @param seeds the control records at the start of a task
   */
  Booking(Duration grace, Duration kept, SerializableSupplier<List<CostControl>> seeds) {
    this.grace = grace;
    this.kept = kept;
    this.seeds = seeds;
  }

  @Override
  public void open(OpenContext context) {
    StateTtlConfig expiry =
        StateTtlConfig.newBuilder(kept)
            .setUpdateType(StateTtlConfig.UpdateType.OnCreateAndWrite)
            // Each exchange asks twice and adds one: that is enough to keep up.
            .cleanupIncrementally(1, false)
            .build();
    bookedDescriptor =
        new ValueStateDescriptor<>("booked", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    unpricedDescriptor = new ValueStateDescriptor<>("unpriced", Types.BOOLEAN);
    bookedDescriptor.enableTimeToLive(expiry);
    unpricedDescriptor.enableTimeToLive(expiry);
    booked = getRuntimeContext().getState(bookedDescriptor);
    unpriced = getRuntimeContext().getState(unpricedDescriptor);
    broadcast = new ControlBroadcast(seeds.get(), System.currentTimeMillis());
    codec = new BookedCodec();
    exchanges = new ExchangeBytes();
    meters = new BookingMeters(getRuntimeContext().getMetricGroup());
  }

  /**
   * @param told see {@link ExchangeBytes}
   */
  @Override
  public void processElement(byte[] told, ReadOnlyContext context, Collector<LedgerEntry> out)
      throws Exception {
    byte[] before = booked.value();
    if (before != null && BookedCodec.isOf(before, told)) {
      meters.duplicate();
      return;
    }
    Exchange exchange = exchanges.parse(told);
    Controls controls = broadcast.controls(context.getBroadcastState(ControlBroadcast.STATE));
    if (before != null) {
      again(codec.decode(before), exchange, told, controls, out);
      return;
    }
    List<BookedRow> rows = Ledger.price(exchange, controls, 0);
    if (isCurable(rows)) {
      booked.update(codec.encode(told, List.of()));
      long due = context.timerService().currentProcessingTime() + grace.toMillis();
      context.timerService().registerProcessingTimeTimer((due / TIMER_STEP_MS + 1) * TIMER_STEP_MS);
      return;
    }
    write(exchange, told, rows, List.of(), out);
  }

  @Override
  public void onTimer(long time, OnTimerContext context, Collector<LedgerEntry> out)
      throws Exception {
    byte[] waiting = booked.value();
    if (waiting == null) {
      return;
    }
    BookedExchange known = codec.decode(waiting);
    if (known.getRows().isEmpty()) {
      Controls controls = broadcast.controls(context.getBroadcastState(ControlBroadcast.STATE));
      List<BookedRow> rows = Ledger.price(known.getExchange(), controls, 0);
      write(known.getExchange(), codec.exchange(known), rows, List.of(), out);
    }
  }

  @Override
  public void processBroadcastElement(
      CostControl control, Context context, Collector<LedgerEntry> out) throws Exception {
    boolean isNew =
        broadcast.put(
            context.getBroadcastState(ControlBroadcast.STATE),
            control,
            context.currentProcessingTime());
    if (!isNew) {
      return;
    }
    Controls controls = broadcast.controls(context.getBroadcastState(ControlBroadcast.STATE));
    meters.problems(controls.prices().problems());
    Object record = control.getRecord();
    if (record instanceof Price price) {
      context.applyToKeyedState(
          unpricedDescriptor, (id, mark) -> cure(price.getOffering(), controls, out));
    } else if (record instanceof CurrencyRate) {
      context.applyToKeyedState(unpricedDescriptor, (id, mark) -> cure(null, controls, out));
    } else if (record instanceof Repricing repricing) {
      context.applyToKeyedState(bookedDescriptor, (id, known) -> reprice(repricing, controls, out));
    }
  }

  /** The exchange came again: the same, or with other figures. */
  private void again(
      BookedExchange known,
      Exchange told,
      byte[] bytes,
      Controls controls,
      Collector<LedgerEntry> out)
      throws Exception {
    Exchange before = known.getExchange();
    if (told.equals(before)) {
      meters.duplicate();
    } else if (told.getRevision() == before.getRevision()) {
      meters.conflict(told);
    } else if (told.getRevision() < before.getRevision()) {
      meters.superseded();
    } else if (known.getRows().isEmpty()) {
      booked.update(codec.encode(bytes, List.of()));
    } else {
      restate(known, told, bytes, controls, out);
    }
  }

  private void restate(
      BookedExchange known,
      Exchange told,
      byte[] bytes,
      Controls controls,
      Collector<LedgerEntry> out)
      throws Exception {
    int revision = 1;
    for (BookedRow row : known.getRows()) {
      revision = Math.max(revision, row.getRevision() + 1);
    }
    Exchange before = known.getExchange();
    int size = known.getRows().size();
    for (int i = 0; i < size; i++) {
      BookedRow written = known.getRows().get(i);
      BookedRow by = BookedRow.newBuilder(written).build();
      Ledger.bill(List.of(by), before, controls, revision);
      out.collect(Ledger.reversal(before, written, by, i == 0, size));
    }
    meters.restated();
    write(told, bytes, Ledger.price(told, controls, revision), known.getRows(), out);
  }

  private void cure(String offering, Controls controls, Collector<LedgerEntry> out)
      throws Exception {
    BookedExchange known = codec.decode(booked.value());
    if (!known.getRows().isEmpty()
        && (offering == null || offering.equals(known.getExchange().getOffering()))) {
      correct(known, controls, out);
    }
  }

  private void reprice(Repricing repricing, Controls controls, Collector<LedgerEntry> out)
      throws Exception {
    byte[] bytes = booked.value();
    if (bytes == null) {
      return;
    }
    BookedExchange known = codec.decode(bytes);
    if (!known.getRows().isEmpty() && Controls.covers(repricing, known.getExchange())) {
      correct(known, controls, out);
    }
  }

  /** Takes back and writes again the rows that cost something else now. */
  private void correct(BookedExchange known, Controls controls, Collector<LedgerEntry> out)
      throws Exception {
    Exchange exchange = known.getExchange();
    List<BookedRow> now = Ledger.price(exchange, controls, 0);
    List<BookedRow> rows = new ArrayList<>(known.getRows());
    boolean changed = false;
    for (int i = 0; i < rows.size(); i++) {
      BookedRow written = rows.get(i);
      BookedRow next = now.get(i);
      // A price that a chosen version lacks does not take away the one there is.
      if (Ledger.isCurable(next) || Ledger.sameMoney(written, next)) {
        continue;
      }
      next.setRevision(written.getRevision() + 1);
      out.collect(Ledger.reversal(exchange, written, next, i == 0, rows.size()));
      out.collect(Ledger.entry(exchange, next, i == 0, rows.size()));
      meters.corrected();
      rows.set(i, next);
      changed = true;
    }
    if (changed) {
      keep(codec.exchange(known), rows, known.getRows());
    }
  }

  private void write(
      Exchange exchange,
      byte[] bytes,
      List<BookedRow> rows,
      List<BookedRow> before,
      Collector<LedgerEntry> out)
      throws Exception {
    for (int i = 0; i < rows.size(); i++) {
      meters.count(rows.get(i));
      out.collect(Ledger.entry(exchange, rows.get(i), i == 0, rows.size()));
    }
    keep(bytes, rows, before);
  }

  /**
   * @param before the rows that were in force, which tell whether the exchange is marked
   */
  private void keep(byte[] exchange, List<BookedRow> rows, List<BookedRow> before)
      throws Exception {
    booked.update(codec.encode(exchange, rows));
    if (isCurable(rows)) {
      unpriced.update(true);
    } else if (isCurable(before)) {
      unpriced.clear();
    }
  }

  private static boolean isCurable(List<BookedRow> rows) {
    for (BookedRow row : rows) {
      if (Ledger.isCurable(row)) {
        return true;
      }
    }
    return false;
  }
}
