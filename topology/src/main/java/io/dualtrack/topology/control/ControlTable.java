package io.dualtrack.topology.control;

import io.dualtrack.policy.control.ControlState;
import io.dualtrack.policy.control.ControlState.Listener;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * One control topic as a global table in memory, every change of which reaches the {@link
 * ControlState}.
 *
 * <p>After a start Streams puts the whole topic through this processor before any request is read.
 * The store's content is told once more in {@code init}, so that the state is right even where a
 * store comes back by another way.
 */
public final class ControlTable<V extends SpecificRecord>
    implements Processor<String, V, Void, Void> {

  private final String storeName;
  private final Listener<V> listener;
  private KeyValueStore<String, V> store;

  private ControlTable(String storeName, Listener<V> listener) {
    this.storeName = storeName;
    this.listener = listener;
  }

  /**
   * Adds the tables of tenants, offerings, policies, suspensions, reached volumes, prices,
   * exemptions, moves and actions about accounts to a topology.
   */
  public static void addAll(Topology topology, SchemaRegistry registry, ControlState state) {
    add(topology, registry, Topics.TENANTS, "tenants", state.tenants());
    add(topology, registry, Topics.OFFERINGS, "offerings", state.offerings());
    add(topology, registry, Topics.POLICIES, "policies", state.policies());
    add(topology, registry, Topics.SUSPENSIONS, "suspensions", state.suspensions());
    add(topology, registry, Topics.VOLUMES, "reached-volumes", state.volumes());
    add(topology, registry, Topics.PRICES, "prices", state.prices());
    add(topology, registry, Topics.CURRENCIES, "currencies", state.currencies());
    add(topology, registry, Topics.EXEMPTIONS, "exemptions", state.exemptions());
    add(topology, registry, Topics.MOVES, "moves-in-force", state.moves());
    add(topology, registry, Topics.MOVE_WEIGHTS, "move-weights", state.weights());
    add(
        topology,
        registry,
        Topics.ABUSE_ACTIONS,
        "account-actions",
        (key, action) -> state.actions().changed(key, action));
  }

  private static <V extends SpecificRecord> void add(
      Topology topology,
      SchemaRegistry registry,
      Topic<V> topic,
      String name,
      Listener<V> listener) {
    topology.addGlobalStore(
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(name), Serdes.String(), topic.serde(registry))
            .withLoggingDisabled(),
        name + "-source",
        new StringDeserializer(),
        topic.serde(registry).deserializer(),
        topic.name(),
        name + "-table",
        () -> new ControlTable<>(name, listener));
  }

  @Override
  public void init(ProcessorContext<Void, Void> context) {
    store = context.getStateStore(storeName);
    try (KeyValueIterator<String, V> all = store.all()) {
      all.forEachRemaining(entry -> listener.changed(entry.key, entry.value));
    }
  }

  @Override
  public void process(Record<String, V> record) {
    store.put(record.key(), record.value());
    listener.changed(record.key(), record.value());
  }
}
