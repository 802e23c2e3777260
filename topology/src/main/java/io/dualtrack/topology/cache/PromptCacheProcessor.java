package io.dualtrack.topology.cache;

import io.dualtrack.policy.Decider;
import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.schemas.CachedAnswer;
import io.dualtrack.schemas.Flight;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.RoutedRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.topology.PromptCommits;
import io.dualtrack.topology.TopologyMeters;
import io.dualtrack.topology.audit.AuditRecords;
import io.dualtrack.topology.budget.Screen;
import io.dualtrack.topology.policy.Handling;
import io.dualtrack.topology.settlement.Departures;
import io.dualtrack.topology.settlement.Ending;
import io.dualtrack.topology.settlement.Flights;
import io.dualtrack.topology.settlement.Outbox;
import io.dualtrack.tracing.Traces;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Answers a request from the cache, or lets it wait with an equal one in flight, or orders a call.
 *
 * <p>An answer or a flight is used only where its offering is among those permitted for this very
 * request: equal prompts may be bound by different law.
 */
public final class PromptCacheProcessor
    implements Processor<String, RoutedRequest, String, Object> {

  private final String group;
  private final SchemaRegistry registry;
  private final ControlState control;
  private final AuditRecords audit;
  private final TopologyMeters meters;
  private final Traces traces;
  private final PromptCommits commits;
  private final Decider decider;
  private ProcessorContext<String, Object> context;
  private Outbox outbox;
  private PromptCommits.OfTask commitsOfTask;
  private Flights flights;
  private Answers answers;
  private Departures departures;

  public PromptCacheProcessor(
      String group,
      SchemaRegistry registry,
      ControlState control,
      AuditRecords audit,
      TopologyMeters meters,
      Traces traces,
      PromptCommits commits) {
    this.group = group;
    this.registry = registry;
    this.control = control;
    this.audit = audit;
    this.meters = meters;
    this.traces = traces;
    this.commits = commits;
    this.decider = new Decider(control);
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.context = context;
    this.outbox = new Outbox(context, group, meters);
    this.commitsOfTask = commits.of(context);
    this.flights = new Flights(context, registry);
    this.answers = new Answers(context, registry);
    this.departures = new Departures(flights, outbox);
  }

  @Override
  public void process(Record<String, RoutedRequest> record) {
    RoutedRequest routed = record.value();
    commitsOfTask.processed(routed.getFacts().getServiceClass());
    RequestFacts facts = routed.getFacts();
    Instant now = Instant.ofEpochMilli(context.currentSystemTimeMs());
    if (routed.getWithdrawn()) {
      withdraw(routed, now);
      return;
    }
    Span span = traces.begin("place", SpanKind.CONSUMER, facts.getTrace());
    span.setAttribute(Traces.REQUEST, facts.getRequestId());
    if (traces.on()) {
      facts.setTrace(Traces.parent(span));
    }
    try {
      place(routed, now, span);
    } finally {
      span.end();
    }
  }

  private void place(RoutedRequest routed, Instant now, Span span) {
    RequestFacts facts = routed.getFacts();
    Optional<Flight> shared = flights.find(routed.getCacheKey());
    if (flights.waits(shared, routed.getCacheKey(), facts.getRequestId())) {
      counted("duplicate", span);
      return;
    }
    if (!facts.getDeadline().isAfter(now)) {
      outbox.end(Ending.expired(facts, now));
      return;
    }
    if (routed.getSealed() != null) {
      outbox.end(Ending.unreadable(facts, now));
      return;
    }
    ControlSnapshot snapshot = control.snapshot();
    if (stillHolds(routed, snapshot, now)) {
      place(routed, shared, plan(routed), routed.getPermitted(), snapshot, now, span);
    } else {
      decideAgain(routed, shared, now, span);
    }
  }

  private void counted(String what, Span span) {
    meters.cache(what);
    span.setAttribute(Traces.OUTCOME, what);
  }

  /** Nobody waits for the request any more; for its flight somebody else may. */
  private void withdraw(RoutedRequest routed, Instant now) {
    Optional<Flights.Left> left =
        flights.withdraw(routed.getCacheKey(), routed.getFacts().getRequestId());
    if (left.isEmpty()) {
      // It ended while the caller left.
      meters.withdrawnInVain();
      return;
    }
    Ending withdrawn = Ending.withdrawn(left.get().facts(), now);
    if (left.get().led()) {
      outbox.endBeforeCall(withdrawn);
    } else {
      outbox.end(withdrawn);
    }
    if (left.get().alone()) {
      control
          .snapshot()
          .offering(left.get().flight().getOffering())
          .ifPresent(offering -> departures.recall(left.get().flight(), offering, now));
    }
  }

  /** Whether what the decision was made under is still what is in force. */
  private boolean stillHolds(RoutedRequest routed, ControlSnapshot snapshot, Instant now) {
    RequestFacts facts = routed.getFacts();
    return snapshot.suspensions().epoch() == routed.getSuspensionEpoch()
        && snapshot.policyVersion().equals(routed.getPolicyVersion())
        && !snapshot.cutOff(facts.getTenant())
        && control.actions().suspended(facts.getTenant(), facts.getAccount(), now).isEmpty()
        && routed.getPermitted().stream().allMatch(each -> snapshot.offering(each).isPresent());
  }

  private void decideAgain(RoutedRequest routed, Optional<Flight> shared, Instant now, Span span) {
    RequestFacts facts = decider.refreshed(routed.getFacts());
    Decider.Ruling ruling = decider.decide(facts, now);
    facts.setMove(ruling.move());
    Decision decision = Screen.reserved(facts, ruling.decision(), ruling.control(), now);
    outbox.audit(audit.of(facts, 2, ruling.control(), decision, now));
    if (decision instanceof Decision.Refused refused) {
      outbox.end(Ending.refused(facts, Screen.statusOf(refused.reasons()), refused.reasons(), now));
    } else if (decision instanceof Decision.Permitted permitted) {
      Departures.Plan plan =
          plan(routed)
              .under(
                  Handling.of(permitted),
                  facts.getLarge(),
                  ruling.control().complianceInstruction(facts.getTenant()));
      place(
          RoutedRequest.newBuilder(routed).setFacts(facts).build(),
          shared,
          plan,
          permitted.permitted(),
          ruling.control(),
          now,
          span);
    }
  }

  /** A call of the request's own, as it was decided on first. */
  private static Departures.Plan plan(RoutedRequest routed) {
    return new Departures.Plan(
        Flights.ownFlight(routed.getCacheKey(), routed.getFacts().getRequestId()),
        routed.getCacheKey(),
        1,
        List.of(),
        routed.getCacheable(),
        routed.getCacheTtlSeconds(),
        routed.getBody(),
        false);
  }

  private void place(
      RoutedRequest routed,
      Optional<Flight> shared,
      Departures.Plan own,
      List<String> permitted,
      ControlSnapshot snapshot,
      Instant now,
      Span span) {
    RequestFacts facts = routed.getFacts();
    Departures.Plan plan = own;
    if (plan.cacheable()) {
      // An answer that was kept under a longer retention is not served beyond the one of now.
      Instant oldest = now.minusSeconds(plan.cacheTtlSeconds());
      Optional<CachedAnswer> answer =
          answers
              .find(routed.getCacheKey(), now)
              .filter(found -> found.getStoredAt().isAfter(oldest))
              .filter(found -> permitted.contains(found.getOffering()));
      if (answer.isPresent()) {
        counted("hit", span);
        outbox.end(Ending.replayed(facts, answer.get(), now));
        return;
      }
      if (shared.isEmpty()) {
        plan = own.as(routed.getCacheKey());
      } else if (mayJoin(shared.get(), plan, permitted, now)) {
        counted("joined", span);
        traces.link(span, shared.get().getLeader().getTrace());
        flights.join(routed.getCacheKey(), facts);
        return;
      }
    }
    counted("ordered", span);
    Offering offering = snapshot.offering(permitted.get(0)).orElseThrow();
    departures.send(plan, facts, offering, snapshot, now);
  }

  /**
   * A flight past its deadline brings no answer any more, and would only have to be sent again; one
   * whose answer is kept for longer than this request allows is not this request's.
   */
  private static boolean mayJoin(
      Flight flight, Departures.Plan plan, List<String> permitted, Instant now) {
    return permitted.contains(flight.getOffering())
        && flight.getCacheTtlSeconds() <= plan.cacheTtlSeconds()
        && flight.getLeader().getDeadline().isAfter(now);
  }
}
