package io.dualtrack.topology.policy;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.CountedVolume;
import io.dualtrack.schemas.DayVolume;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.VolumeEvent;
import io.dualtrack.schemas.VolumeState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts volumes over a sliding window of days, and tells when one reaches its limit and when it
 * falls below it again.
 *
 * <p>Only these two moments are told, and not every count: deciders hold no counts, so they need
 * not forget what they remember with every order.
 */
public final class VolumeProcessor implements Processor<String, VolumeEvent, String, VolumeState> {

  private static final Logger LOG = LoggerFactory.getLogger(VolumeProcessor.class);
  private static final String STORE = "volumes";
  private static final Duration SWEEP_EVERY = Duration.ofHours(1);
  private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

  private ProcessorContext<String, VolumeState> context;
  private KeyValueStore<String, CountedVolume> volumes;

  /** The store of the counts; there are few, so they are held in memory. */
  public static StoreBuilder<?> store(SchemaRegistry registry) {
    return Stores.keyValueStoreBuilder(
        Stores.inMemoryKeyValueStore(STORE),
        Serdes.String(),
        new AvroSerde<>(registry, CountedVolume.class));
  }

  @Override
  public void init(ProcessorContext<String, VolumeState> context) {
    this.context = context;
    this.volumes = context.getStateStore(STORE);
    context.schedule(SWEEP_EVERY, PunctuationType.WALL_CLOCK_TIME, this::sweep);
  }

  @Override
  public void process(Record<String, VolumeEvent> record) {
    VolumeEvent event = record.value();
    if (event == null) {
      return;
    }
    CountedVolume counted = volumes.get(record.key());
    List<DayVolume> days = counted == null ? new ArrayList<>() : counted.getDays();
    add(days, day(event.getAt().toEpochMilli()), event.getPersons());
    update(
        record.key(),
        CountedVolume.newBuilder()
            .setTenant(event.getTenant())
            .setProvider(event.getProvider())
            .setCounter(event.getCounter())
            .setDataClass(event.getDataClass())
            // The limit of the policy that is in force now.
            .setReachedAt(event.getReachedAt())
            .setWindowDays(event.getWindowDays())
            .setDays(days)
            .setReached(counted != null && counted.getReached())
            .build());
  }

  private static void add(List<DayVolume> days, int day, long persons) {
    for (DayVolume each : days) {
      if (each.getDay() == day) {
        each.setPersons(each.getPersons() + persons);
        return;
      }
    }
    days.add(new DayVolume(day, persons));
  }

  private void sweep(long now) {
    List<KeyValue<String, CountedVolume>> all = new ArrayList<>();
    try (KeyValueIterator<String, CountedVolume> entries = volumes.all()) {
      entries.forEachRemaining(all::add);
    }
    all.forEach(entry -> update(entry.key, entry.value));
  }

  private void update(String id, CountedVolume counted) {
    long now = context.currentSystemTimeMs();
    int first = day(now) - counted.getWindowDays() + 1;
    counted.setDays(
        counted.getDays().stream()
            .filter(day -> day.getDay() >= first)
            .collect(Collectors.toCollection(ArrayList::new)));
    long persons = counted.getDays().stream().mapToLong(DayVolume::getPersons).sum();
    boolean reached = persons >= counted.getReachedAt();
    boolean changed = reached != counted.getReached();
    counted.setReached(reached);
    if (counted.getDays().isEmpty()) {
      volumes.delete(id);
    } else {
      volumes.put(id, counted);
    }
    if (changed) {
      tell(id, counted, persons, now);
    }
  }

  private void tell(String id, CountedVolume counted, long persons, long now) {
    LOG.warn(
        "a volume {} its limit; tenant={} provider={} counter={} dataClass={} persons={} limit={}",
        counted.getReached() ? "reached" : "fell below",
        counted.getTenant(),
        counted.getProvider(),
        counted.getCounter(),
        counted.getDataClass(),
        persons,
        counted.getReachedAt());
    VolumeState state =
        VolumeState.newBuilder()
            .setVolumeId(id)
            .setTenant(counted.getTenant())
            .setProvider(counted.getProvider())
            .setCounter(counted.getCounter())
            .setDataClass(counted.getDataClass())
            .setPersons(persons)
            .setReached(counted.getReached())
            .setAt(Instant.ofEpochMilli(now))
            .build();
    context.forward(new Record<>(id, state, now));
  }

  private static int day(long millis) {
    return Math.toIntExact(Math.floorDiv(millis, DAY_MILLIS));
  }
}
