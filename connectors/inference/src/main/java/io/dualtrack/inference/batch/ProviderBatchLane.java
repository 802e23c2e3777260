package io.dualtrack.inference.batch;

import io.dualtrack.inference.control.ControlSnapshot;
import io.dualtrack.inference.intake.Ledger;
import io.dualtrack.inference.records.RecordDecoder;
import io.dualtrack.inference.records.RecordDecoder.Decoded;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ProviderBatch;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has deferred orders answered by the providers' batch APIs, at half price.
 *
 * <p>Orders are collected into jobs. A job is written down before the provider is told of it and
 * again when the provider's id is known, so that whoever has the partition next either knows the id
 * or asks the provider for it before anything is submitted again. Whoever has a partition has its
 * jobs. One thread; the providers are asked asynchronously.
 */
public final class ProviderBatchLane {

  private static final Logger LOG = LoggerFactory.getLogger(ProviderBatchLane.class);
  private static final Duration BUSY_POLL = Duration.ofMillis(100);
  private static final Duration IDLE_POLL = Duration.ofSeconds(1);

  private final BatchSettings settings;
  private final Consumer<String, byte[]> consumer;
  private final Ledger ledger;
  private final JobLog log;
  private final JobRunner runner;
  private final DeferredOrders deferred;
  private final RecordDecoder<DispatchOrder> orders;
  private final Supplier<ControlSnapshot> control;
  private final InstantSource clock;
  private final Map<Integer, Part> parts = new TreeMap<>();
  private final AtomicInteger open = new AtomicInteger();
  private volatile boolean closing;

  /**
   * @param consumer in the lane's group, not subscribed yet; {@link #run} closes it
   * @param reader without a group; {@link #run} closes it
   */
  public ProviderBatchLane(
      BatchSettings settings,
      Consumer<String, byte[]> consumer,
      Consumer<String, byte[]> reader,
      Ledger ledger,
      BatchProviders providers,
      Supplier<ControlSnapshot> control,
      SchemaRegistry registry,
      InstantSource clock,
      MeterRegistry meters) {
    this.settings = settings;
    this.consumer = consumer;
    this.ledger = ledger;
    this.log = new JobLog(ledger, registry);
    this.deferred = new DeferredOrders(reader, registry);
    this.runner =
        new JobRunner(
            settings,
            providers,
            deferred,
            log,
            new JobSettlement(
                providers,
                deferred,
                log,
                new LineEnds(registry, settings.maxCompletionBytes()),
                clock,
                meters),
            control,
            clock);
    this.orders = new RecordDecoder<>(Topics.ORDERS_API_DEFERRED, registry);
    this.control = control;
    this.clock = clock;
    Gauge.builder("dualtrack.dispatcher.provider.batches", open, AtomicInteger::get)
        .description("Jobs at providers' batch APIs that are not settled")
        .register(meters);
  }

  /** Lets {@link #run} come to its end. What is at the providers goes on there. */
  public void stop() {
    closing = true;
  }

  /** Works until {@link #stop}, or until this process may not go on. */
  public void run() {
    try (consumer;
        deferred;
        ledger) {
      ledger.open();
      consumer.subscribe(List.of(Topics.ORDERS_API_DEFERRED.name()), new Assignment());
      while (!closing) {
        consumer.poll(busy() ? BUSY_POLL : IDLE_POLL).forEach(this::collect);
        for (Part part : List.copyOf(parts.values())) {
          submitIfDue(part);
          List.copyOf(part.jobs).forEach(job -> runner.step(part, job));
        }
        open.set(parts.values().stream().mapToInt(part -> part.jobs.size()).sum());
      }
    }
  }

  private boolean busy() {
    return parts.values().stream()
        .anyMatch(part -> !part.jobs.isEmpty() || !part.collected.isEmpty());
  }

  private void collect(ConsumerRecord<String, byte[]> record) {
    Part part = parts.get(record.partition());
    Decoded<DispatchOrder> decoded = orders.decode(record.value());
    if (decoded instanceof Decoded.Value<DispatchOrder> order) {
      part.collected.add(order.value(), record.offset(), clock.instant());
    } else if (decoded instanceof Decoded.Unavailable<DispatchOrder> unavailable) {
      // It could be read a moment ago; the owner of the partition after this one reads it again.
      throw new IllegalStateException("the registry does not answer: " + unavailable.message());
    } else {
      LOG.error(
          "unreadable deferred order; partition={} offset={}", record.partition(), record.offset());
    }
    part.position = record.offset() + 1;
  }

  private void submitIfDue(Part part) {
    Instant now = clock.instant();
    if (!part.collected.due(settings, now)) {
      return;
    }
    List<ProviderBatch> jobs =
        part.collected.jobs(id -> control.get().offering(id, Lane.API, now).orElse(null), now);
    if (log.write(part, part.position, jobs, null, List.of())) {
      part.committed = part.position;
      part.collected = new Collected(part.number);
      jobs.forEach(job -> part.jobs.add(new Job(job, false)));
    }
  }

  private final class Assignment implements ConsumerRebalanceListener {

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      for (TopicPartition each : partitions) {
        Part part =
            new Part(each.partition(), consumer.position(each), deferred.jobs(each.partition()));
        parts.put(each.partition(), part);
        if (!part.jobs.isEmpty()) {
          LOG.info(
              "provider batches taken over; partition={} batches={}",
              part.number,
              part.jobs.size());
        }
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      partitions.forEach(each -> parts.remove(each.partition()));
    }
  }
}
