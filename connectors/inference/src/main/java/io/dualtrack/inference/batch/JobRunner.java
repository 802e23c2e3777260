package io.dualtrack.inference.batch;

import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.inference.adapter.Adapter.Delivery;
import io.dualtrack.inference.adapter.Preparation;
import io.dualtrack.inference.control.ControlSnapshot;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ProviderBatch;
import io.dualtrack.schemas.ProviderBatchStatus;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings jobs from their collection to their settlement. Belongs to the lane's thread. */
final class JobRunner {

  private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);

  private static final String SUSPENDED = "suspended";
  private static final String LATE = "late";

  /** A provider that was asked to stop, or does not answer, is waited for this long. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final int LONGEST_SHIFT = 6;
  private static final int LINES_PER_TRANSACTION = 500;

  private final BatchSettings settings;
  private final BatchProviders providers;
  private final DeferredOrders deferred;
  private final JobLog log;
  private final LineEnds ends;
  private final Supplier<ControlSnapshot> control;
  private final InstantSource clock;
  private final MeterRegistry meters;

  JobRunner(
      BatchSettings settings,
      BatchProviders providers,
      DeferredOrders deferred,
      JobLog log,
      LineEnds ends,
      Supplier<ControlSnapshot> control,
      InstantSource clock,
      MeterRegistry meters) {
    this.settings = settings;
    this.providers = providers;
    this.deferred = deferred;
    this.log = log;
    this.ends = ends;
    this.control = control;
    this.clock = clock;
    this.meters = meters;
  }

  /** Does what can be done for a job now, without waiting. */
  void step(Part part, Job job) {
    Instant now = clock.instant();
    if (job.asked != null) {
      if (job.asked.isDone()) {
        answered(part, job);
      }
      return;
    }
    if (now.isBefore(job.notBefore)) {
      return;
    }
    Optional<Offering> offering = control.get().offering(job.record.getOffering(), Lane.API, now);
    Optional<BatchApi> api = offering.flatMap(known -> providers.api(known.getDialect()));
    if (api.isEmpty()) {
      LOG.warn(
          "the offering of a provider's batch is gone; batch={} offering={}",
          job.record.getJobId(),
          job.record.getOffering());
      takeBack(part, job);
      return;
    }
    if (job.record.getStatus() == ProviderBatchStatus.COLLECTED) {
      collected(part, job, offering.get(), api.get());
    } else {
      submitted(part, job, offering.get(), api.get());
    }
  }

  private void answered(Part part, Job job) {
    CompletableFuture<Runnable> answer = job.asked;
    job.asked = null;
    try {
      Runnable next = answer.join();
      job.failures = 0;
      next.run();
    } catch (CompletionException e) {
      if (!(e.getCause() instanceof BatchFailure failure)) {
        throw e;
      }
      LOG.warn(
          "a provider's batch API failed; batch={} offering={} status={} again={} cause={}",
          job.record.getJobId(),
          job.record.getOffering(),
          job.record.getStatus(),
          failure.again(),
          failure.getMessage());
      if (!failure.again()) {
        takeBack(part, job);
        return;
      }
      job.failures++;
      pause(job, FIRST_PAUSE.multipliedBy(1L << Math.min(job.failures, LONGEST_SHIFT)));
    }
  }

  private void pause(Job job, Duration how) {
    job.notBefore = clock.instant().plus(how);
  }

  /** Why a job must not go on; null where it may. */
  private String stopped(Job job, Offering offering) {
    if (control.get().halt(offering, job.record.getTenant()).isPresent()) {
      return SUSPENDED;
    }
    return clock.instant().isBefore(job.record.getUntil()) ? null : LATE;
  }

  private void collected(Part part, Job job, Offering offering, BatchApi api) {
    String stopped = stopped(job, offering);
    if (job.mayBeSubmitted) {
      if (stopped != null && !clock.instant().isBefore(job.record.getUntil().plus(PATIENCE))) {
        // Nobody can say whether the provider has it; those who wait cannot wait for that.
        takeBack(part, job);
        return;
      }
      job.asked =
          api.find(offering, job.record)
              .thenApply(
                  found ->
                      () -> {
                        if (found.isPresent()) {
                          known(part, job, found.get());
                        } else {
                          job.mayBeSubmitted = false;
                        }
                      });
      return;
    }
    if (stopped != null) {
      job.record.setCancelled(stopped);
      takeBack(part, job);
      return;
    }
    List<BatchApi.Line> lines = lines(job, offering);
    if (lines.isEmpty()) {
      takeBack(part, job);
      return;
    }
    job.mayBeSubmitted = true;
    job.asked = api.submit(offering, job.record, lines).thenApply(id -> () -> known(part, job, id));
  }

  private List<BatchApi.Line> lines(Job job, Offering offering) {
    Adapter adapter = providers.adapter(offering.getDialect());
    List<BatchApi.Line> lines = new ArrayList<>();
    deferred
        .of(job.record)
        .forEach(
            (offset, order) -> {
              // What cannot be translated is left out, and taken back when the rest is settled.
              if (adapter.prepare(order, offering, Delivery.BATCHED)
                  instanceof Preparation.Ready ready) {
                lines.add(new BatchApi.Line(name(job, offset), ready.request().body()));
              }
            });
    return lines;
  }

  private static String name(Job job, long offset) {
    return job.record.getJobId() + "-" + offset;
  }

  private void known(Part part, Job job, String id) {
    ProviderBatch record = ProviderBatch.newBuilder(job.record).build();
    record.setStatus(ProviderBatchStatus.SUBMITTED);
    record.setProviderBatchId(id);
    if (log.write(part, part.committed, List.of(record), null, List.of())) {
      job.record.setStatus(ProviderBatchStatus.SUBMITTED);
      job.record.setProviderBatchId(id);
      pause(job, settings.pollEvery());
      LOG.info(
          "provider batch submitted; batch={} provider={} offering={} lines={}",
          record.getJobId(),
          id,
          record.getOffering(),
          record.getOffsets().size());
    } else {
      // The id is not recorded: it is asked for again.
      job.mayBeSubmitted = true;
    }
  }

  private void submitted(Part part, Job job, Offering offering, BatchApi api) {
    String id = job.record.getProviderBatchId();
    String stopped = stopped(job, offering);
    if (stopped != null && job.record.getStatus() == ProviderBatchStatus.SUBMITTED) {
      job.asked =
          api.cancel(offering, id)
              // A batch that has just ended cannot be cancelled; the poll tells.
              .handle((done, failure) -> () -> cancelled(part, job, stopped));
      return;
    }
    Instant cancelledAt = job.record.getCancelledAt();
    if (cancelledAt != null && clock.instant().isAfter(cancelledAt.plus(PATIENCE))) {
      LOG.error(
          "a provider does not stop a batch; batch={} provider={}", job.record.getJobId(), id);
      takeBack(part, job);
      return;
    }
    // Asked again each time: that it was asked before does not say that it was heard.
    CompletableFuture<Void> first =
        cancelledAt == null
            ? CompletableFuture.completedFuture(null)
            : api.cancel(offering, id).exceptionally(failure -> null);
    job.asked =
        first
            .thenCompose(done -> api.poll(offering, id))
            .thenCompose(
                progress ->
                    progress.ended()
                        ? results(offering, api, progress.results(), 0, new ArrayList<>())
                            .thenApply(results -> () -> settle(part, job, offering, results))
                        : CompletableFuture.completedFuture(
                            () -> pause(job, settings.pollEvery())));
  }

  private static CompletableFuture<List<BatchApi.Result>> results(
      Offering offering, BatchApi api, List<String> places, int index, List<BatchApi.Result> all) {
    if (index == places.size()) {
      return CompletableFuture.completedFuture(all);
    }
    return api.results(offering, places.get(index))
        .thenCompose(
            results -> {
              all.addAll(results);
              return results(offering, api, places, index + 1, all);
            });
  }

  private void cancelled(Part part, Job job, String why) {
    ProviderBatch record = ProviderBatch.newBuilder(job.record).build();
    record.setStatus(ProviderBatchStatus.CANCELLING);
    record.setCancelled(why);
    record.setCancelledAt(clock.instant());
    if (log.write(part, part.committed, List.of(record), null, List.of())) {
      job.record.setStatus(ProviderBatchStatus.CANCELLING);
      job.record.setCancelled(why);
      job.record.setCancelledAt(record.getCancelledAt());
      LOG.info("provider batch cancelled; batch={} why={}", record.getJobId(), why);
    }
  }

  /**
   * Ends each order of a batch that ended. Results that are paid for count, whatever became of the
   * batch.
   */
  private void settle(Part part, Job job, Offering offering, List<BatchApi.Result> results) {
    Adapter adapter = providers.adapter(offering.getDialect());
    Map<Long, DispatchOrder> orders = deferred.of(job.record);
    Set<Long> done = new HashSet<>();
    List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
    for (int index = 0; index < results.size(); index++) {
      BatchApi.Result result = results.get(index);
      Optional<Long> offset = offset(job, result.name());
      DispatchOrder order = offset.map(orders::get).orElse(null);
      if (order != null && result.statusCode() > 0 && done.add(offset.get())) {
        if (index >= job.record.getSettled()) {
          records.add(ends.worked(job.record, order, result, adapter, clock.instant()));
        }
      }
      if (records.size() == LINES_PER_TRANSACTION && !write(part, job, records, index + 1)) {
        return;
      }
    }
    if (!records.isEmpty() && !write(part, job, records, results.size())) {
      return;
    }
    orders.keySet().removeAll(done);
    count("answered", done.size());
    if (finish(part, job, orders)) {
      String id = job.record.getProviderBatchId();
      var unused =
          providers
              .api(offering.getDialect())
              .orElseThrow()
              .forget(offering, id)
              .exceptionally(
                  failure -> {
                    LOG.warn(
                        "the provider keeps the files of a batch; batch={} provider={} cause={}",
                        job.record.getJobId(),
                        id,
                        failure.getMessage());
                    return null;
                  });
    }
  }

  private boolean write(
      Part part, Job job, List<ProducerRecord<String, byte[]>> records, int settled) {
    ProviderBatch record = ProviderBatch.newBuilder(job.record).build();
    record.setSettled(settled);
    if (!log.write(part, part.committed, List.of(record), null, records)) {
      pause(job, FIRST_PAUSE);
      return false;
    }
    job.record.setSettled(settled);
    records.clear();
    return true;
  }

  private static Optional<Long> offset(Job job, String name) {
    String stem = job.record.getJobId() + "-";
    try {
      return name.startsWith(stem)
          ? Optional.of(Long.parseLong(name.substring(stem.length())))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Gives up a job of which nothing is settled. */
  private void takeBack(Part part, Job job) {
    finish(part, job, deferred.of(job.record));
  }

  /**
   * @param left orders of the job that have no end yet
   */
  private boolean finish(Part part, Job job, Map<Long, DispatchOrder> left) {
    Instant now = clock.instant();
    boolean suspended = SUSPENDED.equals(job.record.getCancelled());
    List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
    left.forEach(
        (offset, order) ->
            records.add(
                suspended
                    ? ends.ended(
                        job.record,
                        order,
                        CompletionStatus.SUSPENDED,
                        SUSPENDED,
                        "the provider's batch was cancelled because of a suspension",
                        now)
                    : ends.again(job.record, order, now)));
    if (!log.write(part, part.committed, List.of(), job.record, records)) {
      pause(job, FIRST_PAUSE);
      return false;
    }
    part.jobs.remove(job);
    count(suspended ? SUSPENDED : "called_directly", left.size());
    LOG.info(
        "provider batch settled; batch={} provider={} lines={} left={}",
        job.record.getJobId(),
        job.record.getProviderBatchId(),
        job.record.getOffsets().size(),
        left.size());
    return true;
  }

  private void count(String result, int lines) {
    meters.counter("dualtrack.dispatcher.provider.batch.lines", "result", result).increment(lines);
  }
}
