package io.dualtrack.topology.budget;

import io.dualtrack.schemas.Reservation;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.topology.settlement.Table;
import io.dualtrack.topology.settlement.TimeIndex;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;

/** What each request has reserved, under its id. */
final class Reservations {

  private static final String STORE = "reservations";
  private static final String ENDS = "reservation-ends";

  private final KeyValueStore<String, Reservation> reservations;
  private final TimeIndex ends;

  Reservations(ProcessorContext<?, ?> context) {
    reservations = context.getStateStore(STORE);
    ends = new TimeIndex(context.getStateStore(ENDS));
  }

  static Set<StoreBuilder<?>> stores(SchemaRegistry registry) {
    return Set.of(Table.store(registry, STORE, Reservation.class), TimeIndex.store(ENDS));
  }

  Optional<Reservation> find(String id) {
    return Optional.ofNullable(reservations.get(id));
  }

  void put(String id, Reservation reservation) {
    reservations.put(id, reservation);
    ends.add(reservation.getAt(), id);
  }

  Optional<Reservation> take(String id) {
    Optional<Reservation> found = find(id);
    found.ifPresent(
        reservation -> {
          reservations.put(id, null);
          ends.remove(reservation.getAt(), id);
        });
    return found;
  }

  /** Takes those whose end was never told. */
  List<Reservation> takeAbandoned(Instant now, int most) {
    List<Reservation> abandoned = new ArrayList<>();
    for (String id : ends.takeDue(now, most)) {
      find(id).ifPresent(abandoned::add);
      reservations.put(id, null);
    }
    return abandoned;
  }
}
