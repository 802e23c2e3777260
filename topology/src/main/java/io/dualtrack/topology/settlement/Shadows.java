package io.dualtrack.topology.settlement;

import io.dualtrack.policy.Decider;
import io.dualtrack.policy.Decision;
import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.policy.control.TenantContract;
import io.dualtrack.policy.jurisdiction.AttributeNames;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Flight;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.RequestShare;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.ShadowAnswer;
import io.dualtrack.schemas.ShadowCopy;
import io.dualtrack.schemas.ShadowPair;
import io.dualtrack.schemas.ShadowSpend;
import io.dualtrack.schemas.Shadowing;
import io.dualtrack.schemas.prices.PriceBook;
import io.dualtrack.topology.TopologyMeters;
import io.dualtrack.topology.audit.AuditRecords;
import io.dualtrack.topology.budget.Owed;
import io.dualtrack.topology.policy.Handling;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * Copies of answered requests that another offering answers too, so that the two can be compared.
 *
 * <p>A copy is made when its request has its result, so nobody ever waits for one. It is decided on
 * as a request of its own, goes out behind everything that somebody waits for, and is never tried
 * again. How many are out is bounded: an offering that hangs holds no more texts than that.
 */
final class Shadows {

  private static final String SPEND = "shadow-spend";

  /** Of one shadowing in one partition, at the same time. */
  static final int MOST_OUT = 100;

  /** No call of a copy is started later. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /**
   * A longer answer is not kept: with the request's body two of these fit a record, whatever their
   * characters are.
   */
  private static final int LONGEST_ANSWER_CHARS = 1024 * 1024;

  private static final String TIER = "standard";

  private final Flights flights;
  private final Departures departures;
  private final Outbox outbox;
  private final ControlState control;
  private final Decider decider;
  private final AuditRecords audits;
  private final TopologyMeters meters;
  private final KeyValueStore<String, ShadowSpend> spend;
  private final BigDecimal partitions;

  /**
   * @param partitions of the prompt cache; each may spend its share of a budget, because none knows
   *     of the others
   */
  Shadows(
      ProcessorContext<?, ?> context,
      Flights flights,
      Departures departures,
      Outbox outbox,
      ControlState control,
      Decider decider,
      AuditRecords audits,
      TopologyMeters meters,
      int partitions) {
    this.flights = flights;
    this.departures = departures;
    this.outbox = outbox;
    this.control = control;
    this.decider = decider;
    this.audits = audits;
    this.meters = meters;
    this.spend = context.getStateStore(SPEND);
    this.partitions = BigDecimal.valueOf(partitions);
  }

  static StoreBuilder<?> store(SchemaRegistry registry) {
    return Table.store(registry, SPEND, ShadowSpend.class);
  }

  /**
   * Orders a copy where one is wanted.
   *
   * @param facts of who was answered by the call itself
   */
  void follow(Flight flight, RequestFacts facts, Completion completion, Instant now) {
    Optional<Shadowing> wanted =
        control
            .snapshot()
            .tenant(facts.getTenant())
            .flatMap(contract -> wanted(contract, facts, completion));
    if (wanted.isPresent()) {
      meters.shadow(follow(flight, facts, completion, wanted.get(), now));
    }
  }

  private static Optional<Shadowing> wanted(
      TenantContract contract, RequestFacts facts, Completion completion) {
    for (Shadowing each : contract.tenant().getShadowings()) {
      boolean isFor =
          (each.getModel() == null || each.getModel().equals(facts.getModel()))
              && !each.getOffering().equals(completion.getOffering())
              && (each.getJurisdictions().isEmpty()
                  || each.getJurisdictions().stream().anyMatch(facts.getJurisdictions()::contains));
      if (isFor && isSampled(each, facts.getRequestId())) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }

  /** By the request's id alone, so that the same requests are chosen again. */
  static boolean isSampled(Shadowing shadowing, String requestId) {
    return RequestShare.draws(shadowing.getId(), requestId, shadowing.getPercent());
  }

  private String follow(
      Flight flight, RequestFacts answered, Completion completion, Shadowing wanted, Instant now) {
    RequestFacts facts = copyOf(decider.refreshed(answered), now);
    Decider.Ruling ruling = decider.decide(facts, now);
    Optional<Offering> offering = ruling.control().offering(wanted.getOffering());
    if (offering.isEmpty()
        || !(ruling.decision() instanceof Decision.Permitted permitted)
        || !permitted.permitted().contains(wanted.getOffering())) {
      return "not permitted";
    }
    Handling handling = Handling.of(permitted);
    // What may be stored nowhere cannot be compared later, and a file may be gone by then.
    if (handling.noStore() || facts.getLarge() != null || flight.getSealed() != null) {
      return "unfit";
    }
    Optional<BigDecimal> expected =
        listCost(expected(facts, completion, offering.get()), ruling.control());
    if (expected.isEmpty()) {
      return "unpriced";
    }
    String month = month(now);
    ShadowSpend row = row(facts.getTenant(), wanted.getId(), month);
    if (row.getOut() >= MOST_OUT) {
      return "full";
    }
    BigDecimal spent = row.getSpent().add(expected.get());
    if (spent.multiply(partitions).compareTo(wanted.getMonthlyBudget()) > 0) {
      return "over budget";
    }
    put(facts.getTenant(), wanted.getId(), month, spent, row.getOut() + 1);
    Decision only = new Decision.Permitted(permitted.candidates(), List.of(wanted.getOffering()));
    outbox.audit(audits.ofShadow(facts, flight.getAttempt() + 1, ruling.control(), only, now));
    departures.sendAlone(
        plan(flight, facts, wanted)
            .under(handling, null, ruling.control().complianceInstruction(facts.getTenant())),
        facts,
        new ShadowCopy(wanted.getId(), answer(completion, facts), expected.get(), month),
        offering.get(),
        ruling.control(),
        now);
    return "ordered";
  }

  /** The request as its copy: nobody waits for it, and no budget of its tenant holds it. */
  private static RequestFacts copyOf(RequestFacts facts, Instant now) {
    return RequestFacts.newBuilder(facts)
        .setHold(null)
        .setMove(null)
        .setServiceClass(ServiceClass.BATCH)
        .setDeadline(now.plus(PATIENCE))
        .build();
  }

  private static Departures.Plan plan(Flight flight, RequestFacts facts, Shadowing wanted) {
    return new Departures.Plan(
        Flights.ownFlight(flight.getCacheKey(), facts.getRequestId()) + "/" + wanted.getId(),
        flight.getCacheKey(),
        1,
        List.of(),
        false,
        0,
        flight.getBody(),
        false);
  }

  /** The call that was made, as if the other offering had answered it. */
  private static Exchange expected(RequestFacts facts, Completion completion, Offering offering) {
    Exchange exchange = Ending.paid(facts, completion);
    exchange.setOffering(offering.getId());
    exchange.setLane(offering.getLane());
    exchange.setTier(TIER);
    return exchange;
  }

  private static Optional<BigDecimal> listCost(Exchange exchange, ControlSnapshot control) {
    return new Owed(control.prices(), List.of()).of(exchange);
  }

  /** A copy's call is over: it is paid, and stands beside what it is compared with. */
  void settle(Flight flight, Completion completion, Instant now) {
    ShadowCopy copy = flight.getShadow();
    RequestFacts facts = flight.getLeader();
    flights.removeAlone(flight);
    Exchange paid = Ending.paid(facts, completion);
    Optional<BigDecimal> cost = listCost(paid, control.snapshot());
    account(flight, cost.orElse(copy.getExpected()), now);
    if (completion.getStatus() == CompletionStatus.ANSWERED
        || Ending.costs(completion)
        || Ending.brokenOff(completion)) {
      paid.setShadow(true);
      outbox.bill(facts, paid);
    }
    meters.shadow(completion.getStatus() == CompletionStatus.ANSWERED ? "answered" : "failed");
    boolean readable =
        flight.getSealed() == null
            && copy.getPrimary().getSealed() == null
            && completion.getSealed() == null;
    if (readable && !control.snapshot().cutOff(facts.getTenant())) {
      outbox.shadow(
          ShadowPair.newBuilder()
              .setRequestId(facts.getRequestId())
              .setTenant(facts.getTenant())
              .setAccount(facts.getAccount())
              .setShadowing(copy.getShadowing())
              .setModel(facts.getModel())
              .setEndpoint(facts.getEndpoint())
              .setJurisdictions(facts.getJurisdictions())
              .setBody(flight.getBody())
              .setFeatures(facts.getFeatures())
              .setPrimary(copy.getPrimary())
              .setShadow(answer(completion, facts))
              .setTask(task(facts))
              .setAt(now)
              .build());
    }
  }

  /** Null where the caller gave it no name, or several. */
  private static String task(RequestFacts facts) {
    List<String> names =
        facts.getAttributes().stream()
            .filter(attribute -> attribute.getName().equals(AttributeNames.TASK))
            .flatMap(attribute -> attribute.getValues().stream())
            .distinct()
            .toList();
    return names.size() == 1 ? names.get(0) : null;
  }

  /** A copy whose completion never came. */
  void forget(Flight flight, Instant now) {
    account(flight, flight.getShadow().getExpected(), now);
    meters.shadow("failed");
  }

  private void account(Flight flight, BigDecimal cost, Instant now) {
    ShadowCopy copy = flight.getShadow();
    String month = month(now);
    ShadowSpend row = row(flight.getLeader().getTenant(), copy.getShadowing(), month);
    BigDecimal more =
        month.equals(copy.getMonth()) ? cost.subtract(copy.getExpected()) : BigDecimal.ZERO;
    put(
        flight.getLeader().getTenant(),
        copy.getShadowing(),
        month,
        row.getSpent().add(more),
        Math.max(0, row.getOut() - 1));
  }

  private ShadowSpend row(String tenant, String shadowing, String month) {
    ShadowSpend known = spend.get(key(tenant, shadowing));
    BigDecimal nothing = BigDecimal.ZERO.setScale(PriceBook.SCALE);
    if (known == null) {
      return new ShadowSpend(month, nothing, 0);
    }
    return known.getMonth().equals(month) ? known : new ShadowSpend(month, nothing, known.getOut());
  }

  private void put(String tenant, String shadowing, String month, BigDecimal spent, int out) {
    spend.put(
        key(tenant, shadowing),
        new ShadowSpend(month, spent.setScale(PriceBook.SCALE, RoundingMode.HALF_EVEN), out));
  }

  private static String key(String tenant, String shadowing) {
    return tenant + "|" + shadowing;
  }

  private static String month(Instant at) {
    return YearMonth.from(at.atZone(ZoneOffset.UTC)).toString();
  }

  private static ShadowAnswer answer(Completion completion, RequestFacts facts) {
    String body = completion.getBody();
    boolean isKept = body == null || body.length() <= LONGEST_ANSWER_CHARS;
    return ShadowAnswer.newBuilder()
        .setOffering(completion.getOffering())
        .setLane(completion.getLane())
        .setStatus(completion.getStatus())
        .setStatusCode(completion.getStatusCode())
        .setBody(isKept ? body : null)
        .setErrorCode(
            isKept
                ? completion.getErrorCode()
                : Objects.requireNonNullElse(completion.getErrorCode(), "answer_too_large"))
        .setUsage(completion.getUsage())
        .setStartedAt(completion.getStartedAt())
        .setFinishedAt(completion.getFinishedAt())
        .setTenant(facts.getTenant())
        .setAccount(facts.getAccount())
        .setRequestId(facts.getRequestId())
        .build();
  }
}
