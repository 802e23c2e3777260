package io.dualtrack.inference.batch;

import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.inference.adapter.Adapter.Delivery;
import io.dualtrack.inference.adapter.Preparation;
import io.dualtrack.inference.control.ControlSnapshot;
import io.dualtrack.inference.control.Halt;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ProviderBatch;
import io.dualtrack.schemas.ProviderBatchStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings jobs from their collection to their settlement. Belongs to the lane's thread. */
final class JobRunner {

  private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);

  static final String SUSPENDED = "suspended";
  private static final String LATE = "late";
  private static final String WITHDRAWN = "withdrawn";

  /** A provider that was asked to stop, or does not answer, is waited for this long. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final int LONGEST_SHIFT = 6;

  /**
   * Why a job must not go on.
   *
   * @param epoch of the command that stops it; 0 where none does
   */
  private record Stop(String why, long epoch) {}

  private final BatchSettings settings;
  private final BatchProviders providers;
  private final DeferredOrders deferred;
  private final JobLog log;
  private final JobSettlement settlement;
  private final Supplier<ControlSnapshot> control;
  private final InstantSource clock;

  JobRunner(
      BatchSettings settings,
      BatchProviders providers,
      DeferredOrders deferred,
      JobLog log,
      JobSettlement settlement,
      Supplier<ControlSnapshot> control,
      InstantSource clock) {
    this.settings = settings;
    this.providers = providers;
    this.deferred = deferred;
    this.log = log;
    this.settlement = settlement;
    this.control = control;
    this.clock = clock;
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
    Optional<Offering> current = control.get().offering(job.record.getOffering(), Lane.API, now);
    Offering offering =
        job.record.getOffered() == null ? current.orElse(null) : job.record.getOffered();
    BatchApi api = offering == null ? null : providers.api(offering.getDialect()).orElse(null);
    if (api == null) {
      LOG.error(
          "a provider's batch cannot be reached: its offering is gone; batch={} provider={} offering={}",
          job.record.getJobId(),
          job.record.getProviderBatchId(),
          job.record.getOffering());
      settlement.takeBack(part, job);
      return;
    }
    Optional<Stop> stop = stop(job, current);
    if (job.record.getStatus() == ProviderBatchStatus.COLLECTED) {
      collected(part, job, offering, api, stop);
    } else {
      submitted(part, job, offering, api, stop);
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
        settlement.takeBack(part, job);
        return;
      }
      job.failures++;
      pause(job, FIRST_PAUSE.multipliedBy(1L << Math.min(job.failures, LONGEST_SHIFT)));
    }
  }

  private void pause(Job job, Duration how) {
    job.notBefore = clock.instant().plus(how);
  }

  /**
   * @param current the offering as it is in effect now; what is not any more may not be used
   */
  private Optional<Stop> stop(Job job, Optional<Offering> current) {
    if (current.isEmpty()) {
      return Optional.of(new Stop(WITHDRAWN, 0));
    }
    Optional<Halt> halt = control.get().halt(current.get(), job.record.getTenant());
    if (halt.isPresent()) {
      return Optional.of(new Stop(SUSPENDED, halt.get().epoch()));
    }
    return clock.instant().isBefore(job.record.getUntil())
        ? Optional.empty()
        : Optional.of(new Stop(LATE, 0));
  }

  private void collected(Part part, Job job, Offering offering, BatchApi api, Optional<Stop> stop) {
    if (job.mayBeSubmitted) {
      if (stop.isPresent() && !clock.instant().isBefore(job.record.getUntil().plus(PATIENCE))) {
        // Nobody can say whether the provider has it; those who wait cannot wait for that.
        settlement.takeBack(part, job);
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
    if (stop.isPresent()) {
      stopped(job.record, stop.get());
      settlement.takeBack(part, job);
      return;
    }
    List<BatchApi.Line> lines = lines(job, offering);
    if (lines.isEmpty()) {
      settlement.takeBack(part, job);
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

  static String name(Job job, long offset) {
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

  private void submitted(Part part, Job job, Offering offering, BatchApi api, Optional<Stop> stop) {
    String id = job.record.getProviderBatchId();
    if (stop.isPresent() && job.record.getStatus() == ProviderBatchStatus.SUBMITTED) {
      job.asked =
          api.cancel(offering, id)
              // A batch that has just ended cannot be cancelled; the poll tells.
              .handle((done, failure) -> () -> cancelled(part, job, stop.get()));
      return;
    }
    Instant cancelledAt = job.record.getCancelledAt();
    if (cancelledAt != null && clock.instant().isAfter(cancelledAt.plus(PATIENCE))) {
      LOG.error(
          "a provider does not stop a batch; batch={} provider={}", job.record.getJobId(), id);
      settlement.takeBack(part, job);
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
                            .thenApply(
                                results -> () -> settlement.settle(part, job, offering, results))
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

  private static void stopped(ProviderBatch record, Stop stop) {
    record.setCancelled(stop.why());
    record.setSuspensionEpoch(stop.epoch());
  }

  private void cancelled(Part part, Job job, Stop stop) {
    ProviderBatch record = ProviderBatch.newBuilder(job.record).build();
    record.setStatus(ProviderBatchStatus.CANCELLING);
    stopped(record, stop);
    record.setCancelledAt(clock.instant());
    if (log.write(part, part.committed, List.of(record), null, List.of())) {
      job.record.setStatus(ProviderBatchStatus.CANCELLING);
      stopped(job.record, stop);
      job.record.setCancelledAt(record.getCancelledAt());
      LOG.info("provider batch cancelled; batch={} why={}", record.getJobId(), stop.why());
    }
  }
}
