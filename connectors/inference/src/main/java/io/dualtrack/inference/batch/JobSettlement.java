package io.dualtrack.inference.batch;

import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ProviderBatch;
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
import org.apache.kafka.clients.producer.ProducerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives every order of a job its end, or back to the ordinary lane. Belongs to the lane's thread.
 */
final class JobSettlement {

  private static final Logger LOG = LoggerFactory.getLogger(JobSettlement.class);

  private static final int LINES_PER_TRANSACTION = 500;

  /** After a transaction that was not written. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final BatchProviders providers;
  private final DeferredOrders deferred;
  private final JobLog log;
  private final LineEnds ends;
  private final InstantSource clock;
  private final MeterRegistry meters;

  JobSettlement(
      BatchProviders providers,
      DeferredOrders deferred,
      JobLog log,
      LineEnds ends,
      InstantSource clock,
      MeterRegistry meters) {
    this.providers = providers;
    this.deferred = deferred;
    this.log = log;
    this.ends = ends;
    this.clock = clock;
    this.meters = meters;
  }

  /**
   * Ends each order of a batch that ended. Results that are paid for count, whatever became of the
   * batch.
   */
  void settle(Part part, Job job, Offering offering, List<BatchApi.Result> results) {
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
      job.notBefore = clock.instant().plus(PAUSE);
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
  void takeBack(Part part, Job job) {
    finish(part, job, deferred.of(job.record));
  }

  /**
   * @param left orders of the job that have no end yet
   */
  private boolean finish(Part part, Job job, Map<Long, DispatchOrder> left) {
    Instant now = clock.instant();
    boolean suspended = JobRunner.SUSPENDED.equals(job.record.getCancelled());
    List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
    left.forEach(
        (offset, order) ->
            records.add(
                suspended
                    ? ends.ended(
                        job.record,
                        order,
                        CompletionStatus.SUSPENDED,
                        JobRunner.SUSPENDED,
                        "the provider's batch was cancelled because of a suspension",
                        now)
                    : ends.again(job.record, order, now)));
    if (!log.write(part, part.committed, List.of(), job.record, records)) {
      job.notBefore = clock.instant().plus(PAUSE);
      return false;
    }
    part.jobs.remove(job);
    count(suspended ? JobRunner.SUSPENDED : "called_directly", left.size());
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
