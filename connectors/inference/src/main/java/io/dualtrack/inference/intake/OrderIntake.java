package io.dualtrack.inference.intake;

import io.dualtrack.inference.flow.CallFlow;
import io.dualtrack.inference.flow.FlowMeters;
import io.dualtrack.inference.flow.Outcome;
import io.dualtrack.inference.flow.Work;
import io.dualtrack.inference.records.RecordDecoder.Decoded;
import io.dualtrack.inference.tracking.CompletionTracker;
import io.dualtrack.inference.tracking.Receipt;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topics;
import io.dualtrack.tracing.Traces;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The poll thread: takes a lane's orders from the log, hands them to the flow, and writes what came
 * of them together with how far each partition is.
 *
 * <p>An order is handed out only after a mark that covers it is committed, interactive ones first,
 * and only as many as fit the bounds; what does not fit stays in the log.
 */
public final class OrderIntake {

  private static final Logger LOG = LoggerFactory.getLogger(OrderIntake.class);

  private static final Duration REGISTRY_PAUSE = Duration.ofSeconds(1);
  private static final Duration BUSY_POLL = Duration.ofMillis(5);
  private static final Duration IDLE_POLL = Duration.ofMillis(100);
  private static final int TURN = 32;

  /**
   * @param maxPending orders of one service class that are taken and not completed
   * @param maxPendingBytes of their records
   * @param drain how long a stop waits for calls that are out
   */
  public record Settings(Lane lane, int maxPending, long maxPendingBytes, Duration drain) {}

  private final Settings settings;
  private final Consumer<String, byte[]> consumer;
  private final Ledger ledger;
  private final OrderReader reader;
  private final Commits commits;
  private final Predicate<DispatchOrder> defers;
  private final InstantSource clock;
  private final IntakeMeters meters;
  private final FlowMeters flowMeters;
  private final Traces traces;

  private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
  private final Map<TopicPartition, Held> held = new LinkedHashMap<>();
  private final Map<ServiceClass, Load> loads = new EnumMap<>(ServiceClass.class);
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private CallFlow flow;
  private boolean assignedOnce;
  private int allPartitions;
  private volatile boolean closing;

  /**
   * @param consumer not subscribed yet; {@link #run} closes it
   * @param defers which orders are not for the flow but wait for a provider's batch
   * @param producers makes a transactional producer, and another one if the first is beyond help
   */
  public OrderIntake(
      Settings settings,
      Consumer<String, byte[]> consumer,
      Supplier<Producer<String, byte[]>> producers,
      SchemaRegistry registry,
      Predicate<DispatchOrder> defers,
      InstantSource clock,
      IntakeMeters meters,
      FlowMeters flowMeters,
      Traces traces) {
    this.settings = settings;
    this.consumer = consumer;
    this.ledger = new Ledger(producers, consumer);
    this.reader = new OrderReader(settings.lane(), registry, clock);
    this.commits = new Commits(ledger, clock, meters, this::written);
    for (ServiceClass each : ServiceClass.values()) {
      loads.put(each, new Load(settings.maxPending(), settings.maxPendingBytes()));
    }
    this.defers = defers;
    this.clock = clock;
    this.meters = meters;
    this.flowMeters = flowMeters;
    this.traces = traces;
  }

  /** Takes an order's end from any thread. */
  public void ended(Outcome outcome) {
    outcomes.add(outcome);
  }

  /** Completes when the partitions of this process are known and may be worked on. */
  public CompletableFuture<Void> ready() {
    return ready;
  }

  /** Lets {@link #run} come to its end. */
  public void stop() {
    closing = true;
  }

  /**
   * Works until {@link #stop}, or until this process may not go on.
   *
   * @param to where orders go
   */
  public void run(CallFlow to) {
    flow = to;
    try (consumer;
        ledger) {
      ledger.open();
      consumer.subscribe(reader.topics(), new Assignment());
      while (!closing) {
        turn(consumer.poll(busy() ? BUSY_POLL : IDLE_POLL));
        handOut();
        commitIfDue();
        pauseWhatWaits();
      }
      drain();
    }
  }

  private boolean busy() {
    return !commits.isEmpty()
        || !outcomes.isEmpty()
        || flowMeters.inFlight() > 0
        // Handed out, and perhaps not in flight yet: an answer may come while nobody looks.
        || loads.get(ServiceClass.INTERACTIVE).orders() > 0
        || held.values().stream().anyMatch(each -> !each.waiting.isEmpty());
  }

  private void turn(ConsumerRecords<String, byte[]> records) {
    for (TopicPartition partition : records.partitions()) {
      Held of = held.get(partition);
      List<ConsumerRecord<String, byte[]>> polled = records.records(partition);
      long first = polled.get(0).offset();
      if (of.mark != null && first < of.mark.offset() && of.out.isEmpty()) {
        of = restartBelow(of, first);
      }
      of.waiting.addAll(polled);
    }
    records
        .nextOffsets()
        .forEach(
            (partition, next) -> {
              Held of = held.get(partition);
              if (of != null && of.waiting.isEmpty()) {
                of.tracker.advance(next.offset());
              }
            });
    gather();
  }

  /** The log lost its end, or the topic was made anew: what is in it now is to be done. */
  private Held restartBelow(Held of, long offset) {
    LOG.error(
        "the log starts again below the committed offset; topic={} partition={} offset={}",
        of.partition.topic(),
        of.partition.partition(),
        offset);
    Held anew =
        new Held(
            of.partition, of.serviceClass, CompletionTracker.restore(offset, "", Long.MAX_VALUE));
    held.put(of.partition, anew);
    return anew;
  }

  private void gather() {
    for (Outcome outcome = outcomes.poll(); outcome != null; outcome = outcomes.poll()) {
      Work work = outcome.work();
      if (work.forgotten()) {
        continue;
      }
      Held of = held.get(work.partition());
      of.out.remove(work.offset());
      ProducerRecord<String, byte[]> completion =
          new ProducerRecord<>(
              Topics.COMPLETIONS.name(), work.order().getCacheKey(), outcome.completion());
      Traces.put(completion.headers(), Traces.parent(work.span()));
      commits.add(new Finished(of, work.offset(), completion, Load.bytes(work.order())));
    }
  }

  private void handOut() {
    for (ServiceClass each : ServiceClass.values()) {
      List<Held> open =
          new ArrayList<>(held.values().stream().filter(of -> of.serviceClass == each).toList());
      // In turns, so that one partition's backlog does not use up what all may have.
      while (!open.isEmpty()) {
        open.removeIf(of -> !handOutSome(of));
      }
    }
    meters.open(loads.values().stream().mapToInt(Load::orders).sum());
  }

  /** Whether there may be more to hand out of the partition now. */
  private boolean handOutSome(Held of) {
    for (int i = 0; i < TURN; i++) {
      ConsumerRecord<String, byte[]> record = of.waiting.peekFirst();
      if (record == null || clock.instant().isBefore(of.retryAt)) {
        return false;
      }
      of.tracker.advance(record.offset());
      if (!of.tracker.mayTake(record.offset()) || loads.get(of.serviceClass).full()) {
        return false;
      }
      if (!take(of, record)) {
        return false;
      }
      of.waiting.removeFirst();
    }
    return true;
  }

  /** False where the registry cannot say what the record is. */
  private boolean take(Held of, ConsumerRecord<String, byte[]> record) {
    Decoded<DispatchOrder> decoded = reader.decode(record);
    if (decoded instanceof Decoded.Unavailable<DispatchOrder> unavailable) {
      LOG.warn(
          "waiting for the registry; topic={} partition={} offset={} cause={}",
          record.topic(),
          record.partition(),
          record.offset(),
          unavailable.message());
      of.retryAt = clock.instant().plus(REGISTRY_PAUSE);
      return false;
    }
    Receipt receipt = of.tracker.take(record.offset());
    if (receipt == Receipt.DONE) {
      meters.skipped();
      return true;
    }
    Load load = loads.get(of.serviceClass);
    if (!(decoded instanceof Decoded.Value<DispatchOrder> order)) {
      meters.poison();
      load.add(0);
      commits.add(new Finished(of, record.offset(), reader.deadLetter(record, decoded), 0));
      return true;
    }
    if (order.value().getWithdrawn()) {
      // It stands in the log behind the order that it is about. Nothing is written for it itself.
      of.tracker.complete(record.offset());
      of.out.values().stream()
          .filter(work -> work.order().getOrderId().equals(order.value().getOrderId()))
          .forEach(flow::withdraw);
      return true;
    }
    if (order.value().getSealed() == null && defers.test(order.value())) {
      meters.deferred();
      load.add(0);
      commits.add(
          new Finished(
              of,
              record.offset(),
              new ProducerRecord<>(Topics.ORDERS_API_DEFERRED.name(), record.key(), record.value()),
              0));
      return true;
    }
    if (receipt == Receipt.REPEATED) {
      meters.repeated();
    }
    load.add(Load.bytes(order.value()));
    Work work =
        new Work(
            order.value(),
            of.partition,
            record.offset(),
            receipt == Receipt.REPEATED,
            clock.instant(),
            span(record, order.value()));
    of.out.put(record.offset(), work);
    flow.submit(work);
    return true;
  }

  private Span span(ConsumerRecord<String, byte[]> record, DispatchOrder order) {
    return traces
        .follow("dispatch", SpanKind.CONSUMER, traces.parent(record.headers()))
        .setAttribute(Traces.REQUEST, order.getRequestId())
        .setAttribute(Traces.OFFERING, order.getOffering())
        .setAttribute(Traces.LANE, settings.lane().name());
  }

  private void commitIfDue() {
    commits.commitIfDue(held.values());
    if (assignedOnce && held.values().stream().allMatch(each -> each.mark != null)) {
      ready.complete(null);
    }
  }

  private void written(Finished done) {
    loads.get(done.held().serviceClass).remove(done.orderBytes());
  }

  private void pauseWhatWaits() {
    List<TopicPartition> waiting = new ArrayList<>();
    List<TopicPartition> free = new ArrayList<>();
    held.values().forEach(of -> (of.waiting.isEmpty() ? free : waiting).add(of.partition));
    consumer.pause(waiting);
    consumer.resume(free);
  }

  private void drain() {
    CompletableFuture<Void> stopped = flow.stop();
    Instant until = clock.instant().plus(settings.drain());
    while (clock.instant().isBefore(until) && (!stopped.isDone() || flowMeters.inFlight() > 0)) {
      // Goes on polling, so as not to lose its partitions, but takes nothing any more.
      consumer.pause(consumer.assignment());
      turn(consumer.poll(BUSY_POLL));
      commitIfDue();
    }
    gather();
    release(List.copyOf(held.values()), true);
  }

  /**
   * Gives partitions up. Calls that are out for them are aborted; where it can still be written,
   * the next owner is told exactly which.
   */
  private void release(Collection<Held> lost, boolean orderly) {
    for (Held each : lost) {
      flow.forget(List.copyOf(each.out.values()));
      each.out.forEach(
          (offset, work) -> {
            if (work.calls() == 0) {
              each.tracker.notSent(offset);
            }
          });
    }
    boolean written = orderly && commits.commitAll(held.values(), lost);
    if (!written) {
      LOG.warn("partitions left without a last commit; partitions={}", lost.size());
    }
    for (Held each : lost) {
      Load load = loads.get(each.serviceClass);
      each.out.values().forEach(work -> load.remove(Load.bytes(work.order())));
      commits.drop(each, this::written);
      held.remove(each.partition);
    }
  }

  private final class Assignment implements ConsumerRebalanceListener {

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      Map<TopicPartition, OffsetAndMetadata> committed = ledger.committed(partitions);
      Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      for (TopicPartition partition : partitions) {
        OffsetAndMetadata last = committed.get(partition);
        CompletionTracker tracker =
            last == null
                ? CompletionTracker.fresh(starts.get(partition))
                : CompletionTracker.restore(last.offset(), last.metadata(), ends.get(partition));
        held.put(partition, new Held(partition, reader.serviceClass(partition.topic()), tracker));
      }
      assignedOnce = true;
      allPartitions =
          reader.topics().stream().mapToInt(topic -> consumer.partitionsFor(topic).size()).sum();
      shareQuota();
      LOG.info(
          "partitions assigned; added={} held={} of={}",
          partitions.size(),
          held.size(),
          allPartitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      gather();
      release(held(partitions), true);
      shareQuota();
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      release(held(partitions), false);
      shareQuota();
    }

    /** The others have their part of the quotas from the moment that they have the partitions. */
    private void shareQuota() {
      flow.shareQuota(Math.max(1, held.size()) / (double) Math.max(1, allPartitions));
    }

    private List<Held> held(Collection<TopicPartition> partitions) {
      return partitions.stream().filter(held::containsKey).map(held::get).toList();
    }
  }
}
