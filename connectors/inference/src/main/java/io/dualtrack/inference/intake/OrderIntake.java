package io.dualtrack.inference.intake;

import io.dualtrack.inference.flow.CallFlow;
import io.dualtrack.inference.flow.FlowMeters;
import io.dualtrack.inference.flow.Outcome;
import io.dualtrack.inference.flow.Work;
import io.dualtrack.inference.records.RecordDecoder;
import io.dualtrack.inference.records.RecordDecoder.Decoded;
import io.dualtrack.inference.tracking.CompletionTracker;
import io.dualtrack.inference.tracking.Mark;
import io.dualtrack.inference.tracking.Receipt;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import java.util.stream.Stream;
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

  private static final Duration COMMIT_EVERY = Duration.ofMillis(50);
  private static final Duration ADVANCE_EVERY = Duration.ofSeconds(1);
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(200);
  private static final Duration REGISTRY_PAUSE = Duration.ofSeconds(1);
  private static final Duration BUSY_POLL = Duration.ofMillis(5);
  private static final Duration IDLE_POLL = Duration.ofMillis(100);
  private static final int RECORDS_PER_TRANSACTION = 1_000;
  private static final long BYTES_PER_TRANSACTION = 16L * 1024 * 1024;
  private static final int TURN = 32;

  /**
   * @param maxPending orders of one service class that are taken and not completed
   * @param maxPendingBytes of their records
   * @param drain how long a stop waits for calls that are out
   */
  public record Settings(Lane lane, int maxPending, long maxPendingBytes, Duration drain) {}

  private static final class Load {
    private int orders;
    private long bytes;
    private boolean full;
  }

  private final Settings settings;
  private final Consumer<String, byte[]> consumer;
  private final Ledger ledger;
  private final Map<String, RecordDecoder<DispatchOrder>> decoders = new HashMap<>();
  private final Map<String, ServiceClass> classes = new LinkedHashMap<>();
  private final AvroSerde<DeadLetter> deadLetters;
  private final InstantSource clock;
  private final IntakeMeters meters;
  private final FlowMeters flowMeters;

  private final Queue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
  private final Deque<Finished> finished = new ArrayDeque<>();
  private final List<Finished> batch = new ArrayList<>();
  private final Map<TopicPartition, Held> held = new LinkedHashMap<>();
  private final Map<ServiceClass, Load> loads = new EnumMap<>(ServiceClass.class);
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private CallFlow flow;
  private boolean assignedOnce;
  private Instant nextCommit = Instant.MIN;
  private Instant nextAdvance = Instant.MIN;

  /** After a transaction that failed, the next one is not tried before this. */
  private Instant notBefore = Instant.MIN;

  private volatile boolean closing;

  /**
   * @param consumer not subscribed yet; {@link #run} closes it
   * @param producers makes a transactional producer, and another one if the first is beyond help
   */
  public OrderIntake(
      Settings settings,
      Consumer<String, byte[]> consumer,
      Supplier<Producer<String, byte[]>> producers,
      SchemaRegistry registry,
      InstantSource clock,
      IntakeMeters meters,
      FlowMeters flowMeters) {
    this.settings = settings;
    this.consumer = consumer;
    this.ledger = new Ledger(producers, consumer);
    for (ServiceClass each : ServiceClass.values()) {
      var topic = Topics.orders(settings.lane(), each);
      decoders.put(topic.name(), new RecordDecoder<>(topic, registry));
      classes.put(topic.name(), each);
      loads.put(each, new Load());
    }
    this.deadLetters = Topics.DEAD_LETTERS.serde(registry);
    this.clock = clock;
    this.meters = meters;
    this.flowMeters = flowMeters;
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
      consumer.subscribe(classes.keySet(), new Assignment());
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
    return !finished.isEmpty()
        || !outcomes.isEmpty()
        || flowMeters.inFlight() > 0
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
      finished.add(
          new Finished(
              of,
              work.offset(),
              new ProducerRecord<>(
                  Topics.COMPLETIONS.name(), work.order().getCacheKey(), outcome.completion()),
              bytes(work.order())));
    }
  }

  private static int bytes(DispatchOrder order) {
    return order.getBody().length();
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
    meters.open(loads.values().stream().mapToInt(load -> load.orders).sum());
  }

  /** Whether there may be more to hand out of the partition now. */
  private boolean handOutSome(Held of) {
    for (int i = 0; i < TURN; i++) {
      ConsumerRecord<String, byte[]> record = of.waiting.peekFirst();
      if (record == null || clock.instant().isBefore(of.retryAt)) {
        return false;
      }
      of.tracker.advance(record.offset());
      if (!of.tracker.mayTake(record.offset()) || full(of.serviceClass)) {
        return false;
      }
      if (!take(of, record)) {
        return false;
      }
      of.waiting.removeFirst();
    }
    return true;
  }

  private boolean full(ServiceClass serviceClass) {
    Load load = loads.get(serviceClass);
    if (load.orders >= settings.maxPending() || load.bytes >= settings.maxPendingBytes()) {
      load.full = true;
    } else if (load.orders <= settings.maxPending() * 3 / 4
        && load.bytes <= settings.maxPendingBytes() * 3 / 4) {
      load.full = false;
    }
    return load.full;
  }

  /** False where the registry cannot say what the record is. */
  private boolean take(Held of, ConsumerRecord<String, byte[]> record) {
    Decoded<DispatchOrder> decoded = decoders.get(record.topic()).decode(record.value());
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
    load.orders++;
    if (!(decoded instanceof Decoded.Value<DispatchOrder> order)) {
      String cause =
          decoded instanceof Decoded.Poison<DispatchOrder> poison
              ? poison.message()
              : "the record has no value";
      finished.add(new Finished(of, record.offset(), deadLetter(record, cause), 0));
      return true;
    }
    if (receipt == Receipt.REPEATED) {
      meters.repeated();
    }
    load.bytes += bytes(order.value());
    Work work =
        new Work(
            order.value(),
            of.partition,
            record.offset(),
            receipt == Receipt.REPEATED,
            clock.instant());
    of.out.put(record.offset(), work);
    flow.submit(work);
    return true;
  }

  private ProducerRecord<String, byte[]> deadLetter(
      ConsumerRecord<String, byte[]> record, String cause) {
    LOG.error(
        "unreadable order; topic={} partition={} offset={} cause={}",
        record.topic(),
        record.partition(),
        record.offset(),
        cause);
    meters.poison();
    DeadLetter letter =
        DeadLetter.newBuilder()
            .setTopic(record.topic())
            .setPartition(record.partition())
            .setOffset(record.offset())
            .setRecordedAt(Instant.ofEpochMilli(Math.max(0, record.timestamp())))
            .setComponent("dispatcher")
            .setErrorCode("unreadable_order")
            .setErrorMessage(cause)
            .setAt(clock.instant())
            .build();
    String topic = Topics.DEAD_LETTERS.name();
    return new ProducerRecord<>(
        topic,
        "%s-%d-%d".formatted(record.topic(), record.partition(), record.offset()),
        deadLetters.serialize(topic, letter));
  }

  private void commitIfDue() {
    Instant now = clock.instant();
    boolean ended = !finished.isEmpty() || !batch.isEmpty();
    boolean much = finished.size() >= RECORDS_PER_TRANSACTION;
    boolean awaited = held.values().stream().anyMatch(Held::awaitsCommit);
    boolean behind =
        !awaited
            && !now.isBefore(nextAdvance)
            && held.values().stream()
                .anyMatch(each -> each.tracker.committable() != each.mark.offset());
    boolean inTime = !now.isBefore(nextCommit);
    if (!now.isBefore(notBefore) && (awaited || much || (inTime && ended) || behind)) {
      commit(List.of());
    }
    if (assignedOnce && held.values().stream().allMatch(each -> each.mark != null)) {
      ready.complete(null);
    }
  }

  /**
   * @param last partitions of which this is the last commit
   * @return whether it succeeded
   */
  private boolean commit(Collection<Held> last) {
    long bytes = 0;
    while (!finished.isEmpty()
        && batch.size() < RECORDS_PER_TRANSACTION
        && bytes < BYTES_PER_TRANSACTION) {
      Finished next = finished.removeFirst();
      next.held().tracker.complete(next.offset());
      bytes += next.record().value().length;
      batch.add(next);
    }
    Map<TopicPartition, Mark> marks = new HashMap<>();
    for (Held each : held.values()) {
      Mark mark = each.tracker.mark(last.contains(each));
      if (!mark.equals(each.mark)) {
        marks.put(each.partition, mark);
      }
    }
    if (marks.isEmpty() && batch.isEmpty()) {
      return true;
    }
    Instant from = clock.instant();
    boolean written = ledger.write(batch.stream().map(Finished::record).toList(), marks);
    Instant now = clock.instant();
    if (!written) {
      meters.aborted();
      notBefore = now.plus(PAUSE_AFTER_FAILURE);
      return false;
    }
    meters.committed(batch.size(), Duration.between(from, now));
    batch.forEach(this::release);
    batch.clear();
    marks.forEach(
        (partition, mark) -> {
          Held each = held.get(partition);
          each.mark = mark;
          each.tracker.committed(mark);
        });
    nextCommit = now.plus(COMMIT_EVERY);
    nextAdvance = now.plus(ADVANCE_EVERY);
    return true;
  }

  private void release(Finished done) {
    Load load = loads.get(done.held().serviceClass);
    load.orders--;
    load.bytes -= done.orderBytes();
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
    boolean written = orderly;
    while (written && !(finished.isEmpty() && batch.isEmpty())) {
      written = commit(lost);
    }
    written = written && commit(lost);
    if (!written) {
      LOG.warn("partitions left without a last commit; partitions={}", lost.size());
    }
    for (Held each : lost) {
      Load load = loads.get(each.serviceClass);
      each.out
          .values()
          .forEach(
              work -> {
                load.orders--;
                load.bytes -= bytes(work.order());
              });
      Stream.of(batch, finished)
          .forEach(
              all ->
                  all.removeIf(
                      done -> {
                        boolean remove = done.held() == each;
                        if (remove) {
                          release(done);
                        }
                        return remove;
                      }));
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
        held.put(partition, new Held(partition, classes.get(partition.topic()), tracker));
      }
      assignedOnce = true;
      int all =
          classes.keySet().stream().mapToInt(topic -> consumer.partitionsFor(topic).size()).sum();
      flow.shareQuota(Math.max(1, held.size()) / (double) Math.max(1, all));
      LOG.info("partitions assigned; added={} held={} of={}", partitions.size(), held.size(), all);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      gather();
      release(held(partitions), true);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      release(held(partitions), false);
    }

    private List<Held> held(Collection<TopicPartition> partitions) {
      return partitions.stream().filter(held::containsKey).map(held::get).toList();
    }
  }
}
