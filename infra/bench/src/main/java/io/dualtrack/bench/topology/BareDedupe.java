package io.dualtrack.bench.topology;

import io.dualtrack.topology.StoreMemory;
import io.dualtrack.topology.StreamsSettings;
import io.dualtrack.topology.TopologyConfig;
import io.dualtrack.topology.TopologyMeters;
import io.dualtrack.topology.admission.DeadLetters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

/**
 * The baseline: records are repartitioned and let through once for each key, and nothing is looked
 * at. The same settings as the topology's, exactly once among them.
 */
final class BareDedupe implements AutoCloseable {

  private static final String NAME = "bare";
  private static final String SEEN = "seen";

  private final StoreMemory memory;
  private final KafkaStreams streams;

  BareDedupe(TopologyRig rig, String from, String to) throws InterruptedException {
    TopologyConfig config = rig.config();
    memory = new StoreMemory(config.storeMemoryBytes());
    Properties properties =
        StreamsSettings.of(
            config,
            new DeadLetters(rig.registry(), new TopologyMeters(new SimpleMeterRegistry())),
            memory);
    // The topology asks for its commits at this distance itself.
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, config.commitInterval().toMillis());
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, NAME);
    properties.put(StreamsConfig.CLIENT_ID_CONFIG, NAME);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, config.data().resolve(NAME).toString());
    properties.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), NAME);
    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(
        Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(SEEN), Serdes.String(), Serdes.ByteArray()));
    builder.stream(from, Consumed.with(Serdes.String(), Serdes.ByteArray()).withName("in"))
        .repartition(
            Repartitioned.with(Serdes.String(), Serdes.ByteArray())
                .withName("again")
                .withNumberOfPartitions(config.partitions()))
        .process(Once::new, Named.as("once"), SEEN)
        .to(to, Produced.with(Serdes.String(), Serdes.ByteArray()).withName("out"));
    streams = new KafkaStreams(builder.build(properties), properties);
    CountDownLatch running = new CountDownLatch(1);
    streams.setStateListener(
        (now, before) -> {
          if (now == KafkaStreams.State.RUNNING) {
            running.countDown();
          }
        });
    streams.start();
    running.await();
  }

  private static final class Once extends ContextualProcessor<String, byte[], String, byte[]> {

    private static final byte[] HERE = {1};

    @Override
    public void process(Record<String, byte[]> record) {
      KeyValueStore<String, byte[]> seen = context().getStateStore(SEEN);
      if (seen.putIfAbsent(record.key(), HERE) == null) {
        context().forward(record);
      }
    }
  }

  @Override
  public void close() {
    streams.close();
    memory.close();
  }
}
