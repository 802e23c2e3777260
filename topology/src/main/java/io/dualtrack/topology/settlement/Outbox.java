package io.dualtrack.topology.settlement;

import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.VolumeEvent;
import io.dualtrack.topology.TopologyMeters;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Everything that leaves the topology, each to its topic under its key. Each half of the topology
 * has sinks of its own, because a shared sink would make one half of the two.
 */
public final class Outbox {

  private final ProcessorContext<String, Object> context;
  private final TopologyMeters meters;
  private final String results;
  private final String exchanges;
  private final String audit;
  private final String deadLetters;
  private final String volumes;
  private final Map<Lane, Map<ServiceClass, String>> orders = new EnumMap<>(Lane.class);

  /**
   * @param group the half of the topology that the calling node belongs to
   */
  public Outbox(ProcessorContext<String, Object> context, String group, TopologyMeters meters) {
    this.context = context;
    this.meters = meters;
    this.results = sink(group, Topics.RESULTS);
    this.exchanges = sink(group, Topics.EXCHANGES);
    this.audit = sink(group, Topics.AUDIT);
    this.deadLetters = sink(group, Topics.DEAD_LETTERS);
    this.volumes = sink(group, Topics.VOLUME_EVENTS);
    for (Lane lane : Lane.values()) {
      Map<ServiceClass, String> ofLane = new EnumMap<>(ServiceClass.class);
      for (ServiceClass serviceClass : ServiceClass.values()) {
        ofLane.put(serviceClass, sink(group, Topics.orders(lane, serviceClass)));
      }
      orders.put(lane, ofLane);
    }
  }

  /** Adds the sinks of a half of the topology that takes requests in. */
  public static void addForRequests(
      Topology topology, SchemaRegistry registry, String group, String... nodes) {
    addSink(topology, registry, group, Topics.RESULTS, nodes);
    addSink(topology, registry, group, Topics.EXCHANGES, nodes);
    addSink(topology, registry, group, Topics.AUDIT, nodes);
    addSink(topology, registry, group, Topics.DEAD_LETTERS, nodes);
  }

  /** Adds the sinks of a half of the topology that has calls in flight. */
  public static void addForFlights(
      Topology topology, SchemaRegistry registry, String group, String... nodes) {
    addForRequests(topology, registry, group, nodes);
    addSink(topology, registry, group, Topics.VOLUME_EVENTS, nodes);
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
    send(results, ending.result().getReplyKey(), ending.result());
    send(exchanges, ending.exchange().getTenant(), ending.exchange());
    meters.ended(ending.result());
  }

  /** Counts money that no request's end counts. */
  void bill(Exchange exchange) {
    send(exchanges, exchange.getTenant(), exchange);
  }

  public void audit(RoutingDecision decision) {
    send(audit, decision.getRequestId(), decision);
    meters.decided(!decision.getPermitted().isEmpty());
  }

  void order(DispatchOrder order) {
    send(orders.get(order.getLane()).get(order.getServiceClass()), order.getCacheKey(), order);
  }

  /** Counts what an order adds to a volume counter. */
  void volume(VolumeEvent event) {
    send(
        volumes,
        String.join(
            "|", event.getTenant(), event.getProvider(), event.getCounter(), event.getDataClass()),
        event);
  }

  public void deadLetter(DeadLetter letter) {
    send(
        deadLetters,
        letter.getTopic() + "-" + letter.getPartition() + "-" + letter.getOffset(),
        letter);
    meters.deadLetter(letter.getTopic(), letter.getErrorCode());
  }

  private void send(String sink, String key, Object value) {
    context.forward(new Record<>(key, value, context.currentSystemTimeMs()), sink);
  }
}
