package io.dualtrack.topology.budget;

import io.dualtrack.policy.Decider;
import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.policy.control.TenantContract;
import io.dualtrack.schemas.Budget;
import io.dualtrack.schemas.BudgetAction;
import io.dualtrack.schemas.BudgetEvent;
import io.dualtrack.schemas.BudgetHold;
import io.dualtrack.schemas.Discount;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.Reservation;
import io.dualtrack.schemas.RoutedRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.topology.PromptCommits;
import io.dualtrack.topology.TopologyMeters;
import io.dualtrack.topology.audit.AuditRecords;
import io.dualtrack.topology.settlement.Ending;
import io.dualtrack.topology.settlement.Flights;
import io.dualtrack.topology.settlement.Outbox;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds requests to hard budgets: reserves the most that each may cost before it is sent on, and
 * puts what it cost indeed in the place of that when it is over.
 *
 * <p>All of a tenant's requests come by here one after the other, so two that have room only one by
 * one never both pass. A counter that others read would be overrun by what is under way.
 */
public final class BudgetProcessor implements Processor<String, BudgetEvent, String, Object> {

  private static final Logger LOG = LoggerFactory.getLogger(BudgetProcessor.class);
  private static final Duration TELL_EVERY = Duration.ofSeconds(1);
  private static final int MOST_PER_SWEEP = 5_000;

  /** A call that nobody waits for any more is remembered for so long, and an hour is for delay. */
  private static final Duration ABANDON_AFTER = Flights.FORGET_AFTER.plusHours(1);

  private final String group;
  private final String next;
  private final ControlState control;
  private final AuditRecords audit;
  private final TopologyMeters meters;
  private final PromptCommits commits;
  private final Decider decider;
  private ProcessorContext<String, Object> context;
  private Outbox outbox;
  private PromptCommits.OfTask commitsOfTask;
  private Balances balances;
  private Reservations reservations;

  /**
   * @param next name of the node that requests go to which have room
   */
  public BudgetProcessor(
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
    this.decider = new Decider(control);
  }

  public static Set<StoreBuilder<?>> stores(SchemaRegistry registry) {
    Set<StoreBuilder<?>> stores = new HashSet<>(Reservations.stores(registry));
    stores.add(Balances.store(registry));
    return stores;
  }

  @Override
  public void init(ProcessorContext<String, Object> context) {
    this.context = context;
    this.outbox = new Outbox(context, group, meters);
    this.commitsOfTask = commits.of(context);
    this.balances = new Balances(context);
    this.reservations = new Reservations(context);
    context.schedule(TELL_EVERY, PunctuationType.WALL_CLOCK_TIME, millis -> sweep());
  }

  @Override
  public void process(Record<String, BudgetEvent> record) {
    BudgetEvent event = record.value();
    if (event == null) {
      return;
    }
    Instant now = now();
    Instant at = event.getAt().isAfter(now) ? now : event.getAt();
    if (event.getOpening() != null) {
      balances.open(event.getTenant(), event.getCostCentre(), event.getOpening(), at);
      alert(event.getTenant(), event.getCostCentre());
    } else if (event.getAsks() == null) {
      settle(event, at, now);
    } else {
      commitsOfTask.processed(event.getAsks().getFacts().getServiceClass());
      ask(event.getAsks(), at, now);
    }
  }

  private void ask(RoutedRequest routed, Instant at, Instant now) {
    RequestFacts facts = routed.getFacts();
    if (routed.getWithdrawn()) {
      context.forward(new Record<>(routed.getCacheKey(), routed, now.toEpochMilli()), next);
      return;
    }
    Optional<Reservation> known = reservations.find(facts.getRequestId());
    if (known.isPresent()) {
      // The request was sent twice. The prompt cache knows whether it waits already.
      send(routed, facts, known.get());
      return;
    }
    if (!facts.getDeadline().isAfter(now)) {
      outbox.end(Ending.expired(facts, now));
      return;
    }
    ControlSnapshot snapshot = control.snapshot();
    List<Budget> budgets = budgets(facts, snapshot);
    if (budgets.isEmpty()) {
      facts.setHold(null);
      context.forward(new Record<>(routed.getCacheKey(), routed, now.toEpochMilli()), next);
      return;
    }
    Optional<BigDecimal> most =
        new Screen(facts, snapshot, at)
            .dearest(routed.getPermitted())
            .filter(amount -> full(facts.getTenant(), budgets, amount, at).isEmpty());
    if (most.isPresent()) {
      reserve(routed, facts, most.get(), false, at);
    } else {
      decideAgain(routed, budgets, at, now);
    }
  }

  /** What no budget has room for, or has no price, is decided on without it. */
  private void decideAgain(RoutedRequest routed, List<Budget> budgets, Instant at, Instant now) {
    RequestFacts facts = decider.refreshed(routed.getFacts());
    Decider.Ruling ruling = decider.decide(facts, now);
    facts.setMove(ruling.move());
    Screen screen = new Screen(facts, ruling.control(), at);
    Decision decision = screen.known(ruling.decision());
    boolean moved = false;
    if (decision instanceof Decision.Permitted permitted) {
      BigDecimal most = screen.dearest(permitted.permitted()).orElseThrow();
      List<Budget> full = full(facts.getTenant(), budgets, most, at);
      for (Budget budget : full) {
        boolean refuses = budget.getAction() == BudgetAction.REFUSE;
        decision = screen.without(decision, refuses, exhausted(facts, budget, most, at));
        balances.limit(facts.getTenant(), budget, now).forEach(outbox::alert);
        moved = true;
      }
    }
    outbox.audit(audit.of(facts, 2, ruling.control(), decision, now));
    if (decision instanceof Decision.Refused refused) {
      LOG.debug(
          "a hard budget refuses; requestId={} tenant={} code={}",
          facts.getRequestId(),
          facts.getTenant(),
          refused.reasons().get(0).getCode());
      meters.budget(facts.getTenant(), "refused");
      outbox.end(Ending.refused(facts, Screen.statusOf(refused.reasons()), refused.reasons(), now));
    } else if (decision instanceof Decision.Permitted permitted) {
      routed.setPermitted(permitted.permitted());
      BigDecimal most = screen.dearest(permitted.permitted()).orElseThrow();
      meters.budget(facts.getTenant(), moved ? "moved" : "decided again");
      reserve(routed, facts, most, moved, at);
    }
  }

  private static Reason exhausted(RequestFacts facts, Budget budget, BigDecimal most, Instant at) {
    return Screen.reason(
        Screen.EXHAUSTED,
        "the hard budget of %s for %s, %s US dollars, has no room for the %s that this request may cost; %s"
            .formatted(
                budget.getCostCentre() == null
                    ? "tenant " + facts.getTenant()
                    : "cost centre %s of tenant %s"
                        .formatted(budget.getCostCentre(), facts.getTenant()),
                month(at),
                plain(budget.getAmount()),
                plain(most),
                "have it raised, or set a lower max_completion_tokens"));
  }

  private static String plain(BigDecimal amount) {
    BigDecimal plain = amount.stripTrailingZeros();
    return plain.setScale(Math.max(2, plain.scale())).toPlainString();
  }

  private List<Budget> full(String tenant, List<Budget> budgets, BigDecimal most, Instant at) {
    return budgets.stream().filter(budget -> !balances.hasRoom(tenant, budget, most, at)).toList();
  }

  private void reserve(
      RoutedRequest routed, RequestFacts facts, BigDecimal most, boolean moved, Instant at) {
    Reservation reservation =
        Reservation.newBuilder()
            .setTenant(facts.getTenant())
            .setCostCentre(facts.getCostCentre())
            .setMonth(month(at).toString())
            .setAmount(most)
            .setAt(facts.getDeadline().plus(ABANDON_AFTER))
            .setLocalOnly(moved)
            .build();
    reservations.put(facts.getRequestId(), reservation);
    balances.add(facts.getTenant(), facts.getCostCentre(), Owed.NOTHING, most, at);
    meters.budget(facts.getTenant(), "reserved");
    alert(facts.getTenant(), facts.getCostCentre());
    send(routed, facts, reservation);
  }

  private void send(RoutedRequest routed, RequestFacts facts, Reservation reservation) {
    facts.setHold(
        BudgetHold.newBuilder(facts.getHold())
            .setReserved(reservation.getAmount())
            .setLocalOnly(reservation.getLocalOnly())
            .build());
    routed.setFacts(facts);
    context.forward(
        new Record<>(routed.getCacheKey(), routed, context.currentSystemTimeMs()), next);
  }

  private void settle(BudgetEvent event, Instant at, Instant now) {
    Optional<Reservation> reservation = reservations.take(event.getExchangeId());
    BigDecimal reserved = reservation.map(Reservation::getAmount).orElse(Owed.NOTHING);
    BigDecimal spent =
        event.getExchange() == null
            ? Owed.NOTHING
            : owed(event.getExchange()).orElseGet(() -> unknown(event.getExchange(), reserved));
    if (spent.signum() != 0 || reserved.signum() != 0) {
      balances.add(event.getTenant(), event.getCostCentre(), spent, reserved.negate(), at);
      alert(event.getTenant(), event.getCostCentre());
    }
  }

  /** What nobody can price is taken to have cost what is reserved for its request. */
  private BigDecimal unknown(Exchange exchange, BigDecimal reserved) {
    return exchange.getExchangeId().equals(exchange.getRequestId())
        ? reserved
        : reservations
            .find(exchange.getRequestId())
            .map(Reservation::getAmount)
            .orElse(Owed.NOTHING);
  }

  private Optional<BigDecimal> owed(Exchange exchange) {
    ControlSnapshot snapshot = control.snapshot();
    List<Discount> discounts =
        snapshot
            .tenant(exchange.getTenant())
            .map(contract -> contract.tenant().getDiscounts())
            .orElse(List.of());
    return new Owed(snapshot.prices(), discounts).of(exchange);
  }

  private void alert(String tenant, String costCentre) {
    Instant now = now();
    control
        .snapshot()
        .tenant(tenant)
        .map(contract -> contract.hardBudgets(costCentre))
        .orElse(List.of())
        .forEach(budget -> balances.thresholds(tenant, budget, now).forEach(outbox::alert));
  }

  private static List<Budget> budgets(RequestFacts facts, ControlSnapshot snapshot) {
    return snapshot
        .tenant(facts.getTenant())
        .map((TenantContract contract) -> contract.hardBudgets(facts.getCostCentre()))
        .orElse(List.of());
  }

  private void sweep() {
    Instant now = now();
    for (Reservation abandoned : reservations.takeAbandoned(now, MOST_PER_SWEEP)) {
      LOG.warn(
          "a reservation is given up, because the end of its request was never told; tenant={}",
          abandoned.getTenant());
      meters.budget(abandoned.getTenant(), "abandoned");
      balances.add(
          abandoned.getTenant(),
          abandoned.getCostCentre(),
          Owed.NOTHING,
          abandoned.getAmount().negate(),
          now);
    }
    balances.tellChanged(outbox::balance);
  }

  private static YearMonth month(Instant at) {
    return YearMonth.from(at.atOffset(ZoneOffset.UTC));
  }

  private Instant now() {
    return Instant.ofEpochMilli(context.currentSystemTimeMs());
  }
}
