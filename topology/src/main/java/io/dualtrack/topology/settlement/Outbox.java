package io.dualtrack.topology.settlement;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.BudgetAlert;
import io.dualtrack.schemas.BudgetBalance;
import io.dualtrack.schemas.BudgetEvent;
import io.dualtrack.schemas.ControlChange;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.MoveEvent;
import io.dualtrack.schemas.MoveWeight;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.RoutedRequest;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.ShadowPair;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.VolumeEvent;
import io.dualtrack.topology.TopologyMeters;
import io.dualtrack.tracing.Traces;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Everything that leaves the topology, each to its topic under its key. Each part of the topology
 * has sinks of its own, because a shared sink would make one part of two.
 */
public final class Outbox {

  private final ProcessorContext<String, Object> context;
  private final TopologyMeters meters;
  private final String results;
  private final String shadowPairs;
  private final String exchanges;
  private final String audit;
  private final String deadLetters;
  private final String budgets;
  private final String budgetAlerts;
  private final String balances;
  private final String volumes;
  private final String moveEvents;
  private final String moveWeights;
  private final String history;
  private final Map<Lane, Map<ServiceClass, String>> orders = new EnumMap<>(Lane.class);

  /**
   * @param group the part of the topology that the calling node belongs to
   */
  public Outbox(ProcessorContext<String, Object> context, String group, TopologyMeters meters) {
    this.context = context;
    this.meters = meters;
    this.results = sink(group, Topics.RESULTS);
    this.shadowPairs = sink(group, Topics.SHADOW_PAIRS);
    this.exchanges = sink(group, Topics.EXCHANGES);
    this.audit = sink(group, Topics.AUDIT);
    this.deadLetters = sink(group, Topics.DEAD_LETTERS);
    this.budgets = sink(group, Topics.BUDGETS);
    this.budgetAlerts = sink(group, Topics.COST_ALERTS);
    this.balances = sink(group, Topics.COST_BUDGETS);
    this.volumes = sink(group, Topics.VOLUME_EVENTS);
    this.moveEvents = sink(group, Topics.MOVE_EVENTS);
    this.moveWeights = sink(group, Topics.MOVE_WEIGHTS);
    this.history = sink(group, Topics.CONTROL_HISTORY);
    for (Lane lane : Lane.values()) {
      Map<ServiceClass, String> ofLane = new EnumMap<>(ServiceClass.class);
      for (ServiceClass serviceClass : ServiceClass.values()) {
        ofLane.put(serviceClass, sink(group, Topics.orders(lane, serviceClass)));
      }
      orders.put(lane, ofLane);
    }
  }

  /** Adds the sinks of the part of the topology that takes requests in. */
  public static void addForRequests(
      Topology topology, SchemaRegistry registry, String group, String... nodes) {
    addForEnds(topology, registry, group, nodes);
    addSink(topology, registry, group, Topics.BUDGETS, nodes);
  }

  /** Adds the sinks of the part of the topology that keeps budgets. */
  public static void addForBudgets(
      Topology topology, SchemaRegistry registry, String group, String... nodes) {
    addForEnds(topology, registry, group, nodes);
    addSink(topology, registry, group, Topics.COST_ALERTS, nodes);
    addSink(topology, registry, group, Topics.COST_BUDGETS, nodes);
  }

  /** Adds the sinks of the part of the topology that takes moves on and back. */
  public static void addForMoves(
      Topology topology, SchemaRegistry registry, String group, String... nodes) {
    addSink(topology, registry, group, Topics.MOVE_WEIGHTS, nodes);
    addSink(topology, registry, group, Topics.CONTROL_HISTORY, nodes);
  }

  /** Adds the sinks of the part of the topology that has comparisons of answers counted. */
  public static void addForComparisons(
      Topology topology, SchemaRegistry registry, String group, String... nodes) {
    addSink(topology, registry, group, Topics.MOVE_EVENTS, nodes);
  }

  private static void addForEnds(
      Topology topology, SchemaRegistry registry, String group, String... nodes) {
    addSink(topology, registry, group, Topics.RESULTS, nodes);
    addSink(topology, registry, group, Topics.EXCHANGES, nodes);
    addSink(topology, registry, group, Topics.AUDIT, nodes);
    addSink(topology, registry, group, Topics.DEAD_LETTERS, nodes);
  }

  /** Adds the sinks of the part of the topology that has calls in flight. */
  public static void addForFlights(
      Topology topology, SchemaRegistry registry, String group, String... nodes) {
    addForRequests(topology, registry, group, nodes);
    addSink(topology, registry, group, Topics.VOLUME_EVENTS, nodes);
    addSink(topology, registry, group, Topics.SHADOW_PAIRS, nodes);
    addSink(topology, registry, group, Topics.MOVE_EVENTS, nodes);
    for (Lane lane : Lane.values()) {
      for (ServiceClass serviceClass : ServiceClass.values()) {
        addSink(topology, registry, group, Topics.orders(lane, serviceClass), nodes);
      }
    }
  }

  private static <V extends SpecificRecord> void addSink(
      Topology topology, SchemaRegistry registry, String group, Topic<V> topic, String... nodes) {
    topology.addSink(
        sink(group, topic),
        topic.name(),
        new StringSerializer(),
        topic.serde(registry).serializer(),
        nodes);
  }

  private static String sink(String group, Topic<?> topic) {
    return group + "-to-" + topic.name().replaceFirst("dualtrack\\.", "").toLowerCase(Locale.ROOT);
  }

  /** Ends a request. */
  public void end(Ending ending) {
    endBeforeCall(ending);
    settlement(ending.facts(), ending.exchange())
        .ifPresent(event -> send(budgets, event.getTenant(), event));
  }

  /** Ends a request whose call is still out: what is reserved for it stays so. */
  public void endBeforeCall(Ending ending) {
    send(results, ending.result().getReplyKey(), ending.result(), ending.facts().getTrace());
    send(exchanges, ending.exchange().getTenant(), ending.exchange());
    meters.ended(ending.result());
  }

  /** Counts money that no request's end counts. */
  void bill(RequestFacts leader, Exchange exchange) {
    send(exchanges, exchange.getTenant(), exchange);
    settlement(leader, exchange).ifPresent(event -> send(budgets, event.getTenant(), event));
  }

  /** A copy for comparison came to its end. */
  void shadow(ShadowPair pair) {
    send(shadowPairs, pair.getRequestId(), pair);
  }

  /** A call is over whose request ended before. */
  void release(RequestFacts leader, Instant at) {
    if (isHeld(leader)) {
      send(budgets, leader.getTenant(), event(leader, leader.getRequestId(), at).build());
    }
  }

  /** Asks for room in the hard budgets of a tenant. */
  public void ask(RoutedRequest routed, Instant at) {
    RequestFacts facts = routed.getFacts();
    send(
        budgets, facts.getTenant(), event(facts, facts.getRequestId(), at).setAsks(routed).build());
  }

  public void alert(BudgetAlert alert) {
    send(budgetAlerts, alert.getAlertId(), alert);
  }

  public void balance(BudgetBalance balance) {
    send(
        balances,
        balance.getTenant() + "|" + Optional.ofNullable(balance.getCostCentre()).orElse(""),
        balance);
  }

  /** What an end is to the budgets that the request has room reserved in; nothing without any. */
  public static Optional<BudgetEvent> settlement(RequestFacts facts, Exchange exchange) {
    if (!isHeld(facts)) {
      return Optional.empty();
    }
    Exchange slim =
        exchange.getUsage() == null && exchange.getSource() == AnswerSource.NONE
            ? null
            : Exchange.newBuilder(exchange).setFeatures(null).setRawUsage(null).build();
    return Optional.of(
        event(facts, exchange.getExchangeId(), exchange.getAt()).setExchange(slim).build());
  }

  private static boolean isHeld(RequestFacts facts) {
    return facts.getHold() != null && facts.getHold().getReserved() != null;
  }

  private static BudgetEvent.Builder event(RequestFacts facts, String exchangeId, Instant at) {
    return BudgetEvent.newBuilder()
        .setTenant(facts.getTenant())
        .setCostCentre(facts.getCostCentre())
        .setExchangeId(exchangeId)
        .setAt(at);
  }

  public void audit(RoutingDecision decision) {
    send(audit, decision.getRequestId(), decision);
    meters.decided(!decision.getPermitted().isEmpty());
    decision.getRefusal().forEach(meters::refused);
  }

  /**
   * @param trace W3C traceparent of who ordered; null where that is not traced
   */
  void order(DispatchOrder order, String trace) {
    send(
        orders.get(order.getLane()).get(order.getServiceClass()),
        order.getCacheKey(),
        order,
        trace);
  }

  /** Counts what an order adds to a volume counter. */
  void volume(VolumeEvent event) {
    send(
        volumes,
        String.join(
            "|", event.getTenant(), event.getProvider(), event.getCounter(), event.getDataClass()),
        event);
  }

  /** Counts what speaks for or against the target of a move. */
  public void moved(MoveEvent event) {
    send(moveEvents, event.getMove(), event);
  }

  /** Tells how far a move is. */
  public void weight(MoveWeight weight) {
    send(moveWeights, weight.getMove(), weight);
  }

  /** Keeps a change of a move's share for those who must know later what was in force when. */
  public void remember(MoveWeight weight, String actor) {
    ControlChange change =
        ControlChange.newBuilder().setAt(weight.getAt()).setActor(actor).setRecord(weight).build();
    send(history, Topics.MOVE_WEIGHTS.name() + "/" + weight.getMove(), change);
  }

  public void deadLetter(DeadLetter letter) {
    send(
        deadLetters,
        letter.getTopic() + "-" + letter.getPartition() + "-" + letter.getOffset(),
        letter);
    meters.deadLetter(letter.getTopic(), letter.getErrorCode());
  }

  private void send(String sink, String key, Object value) {
    send(sink, key, value, null);
  }

  private void send(String sink, String key, Object value, String trace) {
    Record<String, Object> record = new Record<>(key, value, context.currentSystemTimeMs());
    if (trace != null) {
      Traces.put(record.headers(), trace);
    }
    context.forward(record, sink);
  }
}
