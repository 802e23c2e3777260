package io.dualtrack.inference.batch;

import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ProviderBatch;
import io.dualtrack.schemas.ProviderBatchStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The deferred orders of one partition that belong to no job yet, by what may go into one job. All
 * become jobs at once, so that one offset says which do not.
 */
final class Collected {

  private static final Duration DEFAULT_WINDOW = Duration.ofHours(1);

  private record Group(String offering, String tenant, String endpoint) {}

  private final int partition;
  private final Map<Group, List<Long>> groups = new LinkedHashMap<>();
  private Instant since;
  private int lines;
  private long bytes;

  Collected(int partition) {
    this.partition = partition;
  }

  void add(DispatchOrder order, long offset, Instant now) {
    groups
        .computeIfAbsent(
            new Group(order.getOffering(), order.getTenant(), order.getEndpoint()),
            group -> new ArrayList<>())
        .add(offset);
    since = since == null ? now : since;
    lines++;
    bytes += order.getBody().length();
  }

  boolean isEmpty() {
    return lines == 0;
  }

  boolean due(BatchSettings settings, Instant now) {
    return lines >= settings.maxLines()
        || bytes >= settings.maxBytes()
        || (lines > 0 && !now.isBefore(since.plus(settings.collectFor())));
  }

  /**
   * @param offerings those in effect, by id; null where one is not
   */
  List<ProviderBatch> jobs(Function<String, Offering> offerings, Instant now) {
    List<ProviderBatch> jobs = new ArrayList<>();
    groups.forEach(
        (group, offsets) -> {
          Offering offering = offerings.apply(group.offering());
          Duration window =
              offering == null || offering.getBatchWindowSeconds() == null
                  ? DEFAULT_WINDOW
                  : Deferral.window(offering);
          ProviderBatch job = new ProviderBatch();
          job.setJobId("dt-%d-%d-%d".formatted(partition, offsets.get(0), now.toEpochMilli()));
          job.setStatus(ProviderBatchStatus.COLLECTED);
          job.setOffering(group.offering());
          job.setTenant(group.tenant());
          job.setEndpoint(group.endpoint());
          job.setPartition(partition);
          job.setOffsets(offsets);
          job.setCreatedAt(now);
          job.setUntil(now.plus(window));
          job.setOffered(offering);
          jobs.add(job);
        });
    return jobs;
  }
}
