package io.dualtrack.topology.settlement;

import com.google.common.base.Utf8;
import io.dualtrack.policy.Decider;
import io.dualtrack.policy.Decider.Ruling;
import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.Flight;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import io.dualtrack.topology.PromptCommits;
import io.dualtrack.topology.TopologyMeters;
import io.dualtrack.topology.audit.AuditRecords;
import io.dualtrack.topology.budget.Screen;
import io.dualtrack.topology.cache.Answers;
import io.dualtrack.topology.policy.Handling;
import io.dualtrack.tracing.Traces;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * Settles flights: a completion answers all who wait, or has the request decided again over the
 * offerings that are left, under the policy of now; a deadline that passes ends a request.
 *
 * <p>A completion counts only for the order that its flight has out. So a call that is repeated
 * after a failure answers nobody twice.
 */
public final class SettlementProcessor implements Processor<String, Completion, String, Object> {

  private static final Duration SWEEP_EVERY = Duration.ofSeconds(1);
  private static final int MOST_PER_SWEEP = 5_000;

  /** What a result holds beside its body, at most. */
  private static final int ENVELOPE_BYTES = 256 * 1024;

  private record Onward(RequestFacts facts, Decision.Permitted decision, ControlSnapshot control) {}

  private final String group;
  private final SchemaRegistry registry;
  private final int partitions;
  private final ControlState control;
  private final AuditRecords audits;
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
  private Shadows shadows;

  /**
   * @param partitions of the prompt cache
   */
  public SettlementProcessor(
      String group,
      SchemaRegistry registry,
      int partitions,
      ControlState control,
      AuditRecords audits,
      TopologyMeters meters,
      Traces traces,
      PromptCommits commits) {
    this.group = group;
    this.registry = registry;
    this.partitions = partitions;
    this.control = control;
    this.audits = audits;
    this.meters = meters;
    this.traces = traces;
    this.commits = commits;
    this.decider = new Decider(control);
  }

  /** The stores that only settlement has. */
  public static Set<StoreBuilder<?>> stores(SchemaRegistry registry) {
    return Set.of(Shadows.store(registry));
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.context = context;
    this.outbox = new Outbox(context, group, meters);
    this.commitsOfTask = commits.of(context);
    this.flights = new Flights(context, registry);
    this.answers = new Answers(context, registry);
    this.departures = new Departures(flights, outbox);
    this.shadows =
        new Shadows(
            context, flights, departures, outbox, control, decider, audits, meters, partitions);
    context.schedule(SWEEP_EVERY, PunctuationType.WALL_CLOCK_TIME, millis -> sweep());
  }

  @Override
  public void process(Record<String, Completion> record) {
    Completion completion = record.value();
    Flight flight = completion == null ? null : flights.find(completion.getFlight()).orElse(null);
    if (flight == null || !flight.getOrderId().equals(completion.getOrderId())) {
      meters.ignoredCompletion();
      return;
    }
    Instant now = now();
    if (flight.getShadow() != null) {
      shadows.settle(flight, completion, now);
      return;
    }
    MovedCalls.of(flight, completion, control.snapshot()).ifPresent(outbox::moved);
    flights.remove(flight);
    List<RequestFacts> waiting = flights.waiters(flight);
    commitsOfTask.processed(flight.getLeader().getServiceClass());
    waiting.forEach(facts -> commitsOfTask.processed(facts.getServiceClass()));
    try (SettlementSpans spans =
        SettlementSpans.begin(
            traces, flight, waiting, completion, traces.parent(record.headers()))) {
      settle(flight, refuseSuspended(flight, waiting, now), completion, now);
    }
    if (!flight.getLeaderWaits()) {
      outbox.release(flight.getLeader(), now);
    }
  }

  /**
   * Ends those whose account was suspended meanwhile, as a cut-off ends those of a tenant.
   *
   * @return the others
   */
  private List<RequestFacts> refuseSuspended(
      Flight flight, List<RequestFacts> waiting, Instant now) {
    List<RequestFacts> others = new ArrayList<>(waiting.size());
    for (RequestFacts facts : waiting) {
      Optional<Reason> suspended =
          control.actions().suspended(facts.getTenant(), facts.getAccount(), now);
      if (suspended.isEmpty()) {
        others.add(facts);
      } else {
        Decision refused = new Decision.Refused(List.of(), List.of(suspended.get()));
        Ruling ruling = new Ruling(refused, control.snapshot());
        audit(flight, facts, ruling, refused, now);
        end(flight, facts, Ending.refused(facts, 403, List.of(suspended.get()), now));
      }
    }
    return others;
  }

  private void settle(
      Flight flight, List<RequestFacts> waiting, Completion completion, Instant now) {
    if (control.snapshot().cutOff(flight.getLeader().getTenant())) {
      refuse(flight, waiting, completion, now);
      return;
    }
    switch (completion.getStatus()) {
      case ANSWERED -> answer(flight, waiting, completion, now);
      case REJECTED -> {
        billUnanswered(flight, completion);
        waiting.forEach(facts -> end(flight, facts, Ending.failedAt(facts, completion, now)));
      }
      case RETRYABLE, SUSPENDED, EXPIRED -> {
        billUnanswered(flight, completion);
        decideAgain(flight, waiting, completion, now);
      }
    }
  }

  private void answer(
      Flight flight, List<RequestFacts> waiting, Completion completion, Instant now) {
    if (completion.getSealed() != null || tooLarge(completion)) {
      outbox.bill(flight.getLeader(), Ending.paid(flight.getLeader(), completion));
      for (RequestFacts facts : waiting) {
        end(
            flight,
            facts,
            completion.getSealed() != null
                ? Ending.unreadable(facts, now)
                : answerTooLarge(facts, now));
      }
      return;
    }
    if (waiting.isEmpty()) {
      outbox.bill(flight.getLeader(), Ending.paid(flight.getLeader(), completion));
    }
    AnswerSource source = AnswerSource.PROVIDER;
    for (RequestFacts facts : waiting) {
      end(flight, facts, Ending.answered(facts, completion, source, now));
      source = AnswerSource.JOINED;
    }
    if (flight.getCacheable()) {
      answers.remember(flight, completion, now);
    }
    if (!waiting.isEmpty()) {
      shadows.follow(flight, waiting.get(0), completion, now);
    }
  }

  /** Nothing is answered to a tenant that was cut off meanwhile; what was spent is counted. */
  private void refuse(
      Flight flight, List<RequestFacts> waiting, Completion completion, Instant now) {
    if (completion.getStatus() == CompletionStatus.ANSWERED) {
      outbox.bill(flight.getLeader(), Ending.paid(flight.getLeader(), completion));
    } else {
      billUnanswered(flight, completion);
    }
    for (RequestFacts waiter : waiting) {
      RequestFacts facts = decider.refreshed(waiter);
      Ruling ruling = decider.decide(facts, now);
      audit(flight, facts, ruling, ruling.decision(), now);
      end(flight, facts, Ending.refused(facts, 403, refusal(ruling.decision()), now));
    }
  }

  private void decideAgain(
      Flight flight, List<RequestFacts> waiting, Completion completion, Instant now) {
    if (flight.getSealed() != null) {
      // There is nothing to send any more.
      waiting.forEach(facts -> end(flight, facts, Ending.unreadable(facts, now)));
      return;
    }
    List<String> tried = new ArrayList<>(flight.getTried());
    if (saysAgainstOffering(completion)) {
      tried.add(completion.getOffering());
    }
    List<Onward> onward = new ArrayList<>();
    for (RequestFacts waiter : waiting) {
      RequestFacts facts = decider.refreshed(waiter);
      if (!facts.getDeadline().isAfter(now)) {
        end(flight, facts, Ending.expired(facts, now));
        continue;
      }
      Ruling ruling = decider.decide(facts, now);
      facts.setMove(ruling.move());
      Decision ruled = Screen.reserved(facts, ruling.decision(), ruling.control(), now);
      Decision left = ruled.without(tried);
      audit(flight, facts, ruling, left, now);
      if (left instanceof Decision.Permitted permitted) {
        onward.add(new Onward(facts, permitted, ruling.control()));
      } else if (ruled instanceof Decision.Refused refused) {
        end(
            flight,
            facts,
            Ending.refused(facts, Screen.statusOf(refused.reasons()), refused.reasons(), now));
      } else {
        end(flight, facts, Ending.failedAt(facts, completion, now));
      }
    }
    if (!onward.isEmpty()) {
      continueFlight(flight, onward, tried, completion, now);
    }
  }

  /**
   * An order that came too late for its leader says nothing against its offering. Neither does one
   * that a command stopped which is known here: the rules say whether this request may still go
   * there. A command that is not known here yet must not bring the same order again.
   */
  private boolean saysAgainstOffering(Completion completion) {
    return switch (completion.getStatus()) {
      case EXPIRED -> false;
      case SUSPENDED -> completion.getSuspensionEpoch() > control.snapshot().suspensions().epoch();
      case ANSWERED, REJECTED, RETRYABLE -> true;
    };
  }

  private void continueFlight(
      Flight flight, List<Onward> onward, List<String> tried, Completion completion, Instant now) {
    // Who waits longest leads where time was short, so that the next order is not late again.
    Onward leader =
        completion.getStatus() == CompletionStatus.EXPIRED
            ? onward.stream()
                .max(Comparator.comparing((Onward each) -> each.facts().getDeadline()))
                .orElseThrow()
            : onward.get(0);
    Departures.Plan plan =
        Departures.Plan.next(flight, tried)
            .under(
                Handling.ofAll(onward.stream().map(Onward::decision).toList()),
                leader.facts().getLarge(),
                leader.control().complianceInstruction(leader.facts().getTenant()));
    String offering = first(leader).getId();
    flights.leave(flight, leader.facts());
    departures.send(plan, leader.facts(), first(leader), leader.control(), now);
    for (Onward other : onward) {
      if (!other.decision().permitted().contains(offering)) {
        String own = Flights.ownFlight(flight.getCacheKey(), other.facts().getRequestId());
        flights.leave(flight, other.facts());
        departures.send(plan.as(own), other.facts(), first(other), other.control(), now);
      } else if (other != leader && Flights.leads(flight, other.facts().getRequestId())) {
        flights.join(flight.getFlight(), other.facts());
      }
    }
  }

  private static Offering first(Onward onward) {
    return onward.control().offering(onward.decision().permitted().get(0)).orElseThrow();
  }

  private void sweep() {
    Instant now = now();
    for (Flights.Due due : flights.takeDue(now, MOST_PER_SWEEP)) {
      if (due instanceof Flights.Due.Late late) {
        Ending expired = Ending.expired(late.facts(), now);
        if (late.led()) {
          outbox.endBeforeCall(expired);
        } else {
          outbox.end(expired);
        }
      } else if (due instanceof Flights.Due.Forgotten forgotten) {
        forget(forgotten.flight(), now);
      }
    }
    answers.forgetExpired(now, MOST_PER_SWEEP);
  }

  private void forget(Flight flight, Instant now) {
    if (flight.getShadow() == null) {
      outbox.release(flight.getLeader(), now);
    } else {
      shadows.forget(flight, now);
    }
  }

  private void billUnanswered(Flight flight, Completion completion) {
    if (Ending.costs(completion) || Ending.brokenOff(completion)) {
      outbox.bill(flight.getLeader(), Ending.paid(flight.getLeader(), completion));
    }
  }

  private void audit(
      Flight flight, RequestFacts facts, Ruling ruling, Decision decision, Instant now) {
    outbox.audit(audits.of(facts, flight.getAttempt() + 1, ruling.control(), decision, now));
  }

  private void end(Flight flight, RequestFacts facts, Ending ending) {
    flights.leave(flight, facts);
    outbox.end(ending);
  }

  private static List<Reason> refusal(Decision decision) {
    return decision instanceof Decision.Refused refused
        ? refused.reasons()
        // Cut off when the completion was read, and let in again a moment later.
        : List.of(
            new Reason("built-in:tenant", "TENANT_CUT_OFF", "the tenant was cut off; ask again"));
  }

  /** An answer fits a completion, but with the request's facts beside it no result any more. */
  private static boolean tooLarge(Completion completion) {
    String body = completion.getBody();
    int most = Topics.MAX_TEXT_RECORD_BYTES - ENVELOPE_BYTES;
    if (body == null || body.length() * 3L <= most) {
      return false;
    }
    try {
      return Utf8.encodedLength(body) > most;
    } catch (IllegalArgumentException unpairedSurrogate) {
      return true;
    }
  }

  private static Ending answerTooLarge(RequestFacts facts, Instant now) {
    return Ending.failed(
        facts,
        502,
        "answer_too_large",
        "the answer is larger than %d bytes; ask for fewer tokens"
            .formatted(Topics.MAX_TEXT_RECORD_BYTES - ENVELOPE_BYTES),
        now);
  }

  private Instant now() {
    return Instant.ofEpochMilli(context.currentSystemTimeMs());
  }
}
