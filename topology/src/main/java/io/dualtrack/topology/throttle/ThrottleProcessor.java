package io.dualtrack.topology.throttle;

import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.AccountActions.Throttle;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.schemas.LetThrough;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.RoutedRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ThrottleWindow;
import io.dualtrack.topology.PromptCommits;
import io.dualtrack.topology.TopologyMeters;
import io.dualtrack.topology.audit.AuditRecords;
import io.dualtrack.topology.settlement.Ending;
import io.dualtrack.topology.settlement.Outbox;
import io.dualtrack.topology.settlement.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * Lets through so many requests of a throttled account in any minute, and refuses the others.
 *
 * <p>Only throttled accounts' requests come by here, all of one account one after the other: in as
 * many places as requests are read, each could only guess its share. The minute is that of the
 * requests' own times, so a request that is read again after a failure is counted as it was.
 */
public final class ThrottleProcessor implements Processor<String, RoutedRequest, String, Object> {

  private static final String STORE = "throttle-windows";
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** A window is given up long after it says nothing any more, for requests that come late. */
  private static final Duration FORGET_AFTER = Duration.ofDays(1);

  private static final Duration SWEEP_EVERY = Duration.ofMinutes(10);

  private final String group;
  private final String next;
  private final ControlState control;
  private final AuditRecords audit;
  private final TopologyMeters meters;
  private final PromptCommits commits;
  private ProcessorContext<String, Object> context;
  private Outbox outbox;
  private PromptCommits.OfTask commitsOfTask;
  private KeyValueStore<String, ThrottleWindow> windows;

  /**
   * @param next name of the node that requests go to which are let through
   */
  public ThrottleProcessor(
      String group,
      String next,
      ControlState control,
      AuditRecords audit,
      TopologyMeters meters,
      PromptCommits commits) {
    this.group = group;
    this.next = next;
    this.control = control;
    this.audit = audit;
    this.meters = meters;
    this.commits = commits;
  }

  public static StoreBuilder<?> store(SchemaRegistry registry) {
    return Table.store(registry, STORE, ThrottleWindow.class);
  }

  /** Where the requests of an account meet. */
  public static String key(RequestFacts facts) {
    return facts.getTenant() + "/" + facts.getAccount();
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.context = context;
    this.outbox = new Outbox(context, group, meters);
    this.commitsOfTask = commits.of(context);
    this.windows = context.getStateStore(STORE);
    context.schedule(SWEEP_EVERY, PunctuationType.WALL_CLOCK_TIME, this::sweep);
  }

  @Override
  public void process(Record<String, RoutedRequest> record) {
    RoutedRequest routed = record.value();
    RequestFacts facts = routed.getFacts();
    commitsOfTask.processed(facts.getServiceClass());
    Instant now = Instant.ofEpochMilli(context.currentSystemTimeMs());
    Optional<Throttle> throttle =
        control.actions().throttle(facts.getTenant(), facts.getAccount(), now);
    // What takes a request back goes where the request went, and an action may be over by now.
    if (routed.getWithdrawn() || throttle.isEmpty()) {
      letThrough(record, now);
      return;
    }
    List<LetThrough> window = window(record.key());
    Instant at = timeOf(record, window, now);
    window.removeIf(each -> !each.getAt().plus(MINUTE).isAfter(at));
    if (window.stream().anyMatch(each -> each.getRequestId().equals(facts.getRequestId()))) {
      // Sent twice; the prompt cache knows whether it waits already.
      letThrough(record, now);
      return;
    }
    int limit = throttle.get().requestsPerMinute();
    if (window.size() < limit) {
      window.add(new LetThrough(facts.getRequestId(), at));
      windows.put(record.key(), new ThrottleWindow(window));
      letThrough(record, now);
    } else {
      Instant free = window.get(window.size() - limit).getAt().plus(MINUTE);
      refuse(facts, throttle.get(), Duration.between(at, free), now);
    }
  }

  private List<LetThrough> window(String key) {
    ThrottleWindow known = windows.get(key);
    return known == null ? new ArrayList<>() : new ArrayList<>(known.getRequests());
  }

  /**
   * The request's own time, which a caller that writes to Kafka itself sets as it likes: one in the
   * future would make room, and so would one in the past.
   */
  private static Instant timeOf(Record<?, ?> record, List<LetThrough> window, Instant now) {
    Instant at = Instant.ofEpochMilli(record.timestamp());
    Instant notAfter = at.isAfter(now) ? now : at;
    Instant last = window.isEmpty() ? Instant.MIN : window.get(window.size() - 1).getAt();
    return notAfter.isBefore(last) ? last : notAfter;
  }

  private void letThrough(Record<String, RoutedRequest> record, Instant now) {
    RoutedRequest routed = record.value();
    if (routed.getFacts().getHold() == null) {
      context.forward(record.withKey(routed.getCacheKey()), next);
    } else {
      outbox.ask(routed, now);
    }
  }

  private void refuse(RequestFacts facts, Throttle throttle, Duration again, Instant now) {
    Decision refused = new Decision.Refused(List.of(), List.of(throttle.reason()));
    outbox.audit(audit.of(facts, 2, control.snapshot(), refused, now));
    outbox.end(Ending.throttled(facts, throttle.reason(), again, now));
  }

  private void sweep(long nowMillis) {
    Instant now = Instant.ofEpochMilli(nowMillis);
    List<String> over = new ArrayList<>();
    try (KeyValueIterator<String, ThrottleWindow> all = windows.all()) {
      while (all.hasNext()) {
        KeyValue<String, ThrottleWindow> entry = all.next();
        List<LetThrough> requests = entry.value.getRequests();
        if (requests.get(requests.size() - 1).getAt().plus(FORGET_AFTER).isBefore(now)) {
          over.add(entry.key);
        }
      }
    }
    over.forEach(windows::delete);
  }
}
