package io.dualtrack.topology.settlement;

import io.dualtrack.schemas.Flight;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Waiter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * The calls in flight and who waits for them.
 *
 * <p>Whoever joins a flight is a row of its own: a thousand requests that join one cost a thousand
 * small writes and not a list that is written anew for each of them. The leader stands in the
 * flight's own row, because most flights have nobody else.
 *
 * <p>Only deadlines that are near stand in the index of time. Most requests have an answer long
 * before, and cost no entry; the others are found by a round through all of them.
 */
public final class Flights {

  private static final String FLIGHTS = "flights";
  private static final String WAITERS = "waiters";
  private static final String DEADLINES = "deadlines";

  /**
   * How long a flight that nobody waits for is remembered, so that the cost of a late answer is
   * counted: longer than any call takes, and than an outage should last.
   */
  public static final Duration FORGET_AFTER = Duration.ofHours(24);

  /** A deadline is near then. */
  private static final Duration NEAR = Duration.ofMinutes(15);

  /** All are looked at once in this, so at least twice while a deadline is near. */
  private static final Duration ROUND = Duration.ofMinutes(5);

  private static final char WAITER_MARK = 'w';
  private static final char FLIGHT_MARK = 'f';

  /**
   * A request that left its flight.
   *
   * @param alone whether nobody waits for the flight now
   */
  public record Left(Flight flight, RequestFacts facts, boolean alone) {

    /** Whether the call that is out was made for it. */
    public boolean led() {
      return flight.getLeader().getRequestId().equals(facts.getRequestId());
    }
  }

  /** Something whose time came. */
  sealed interface Due {

    /**
     * A request's deadline passed.
     *
     * @param led whether the call that is out was made for it
     */
    record Late(String flight, RequestFacts facts, boolean led) implements Due {}

    /** A flight that nobody waited for was given up. */
    record Forgotten(Flight flight) implements Due {}
  }

  private final Table<Flight> flights;
  private final Table<Waiter> waiters;
  private final TimeIndex deadlines;
  private final ProcessorContext<?, ?> context;

  public Flights(ProcessorContext<?, ?> context, SchemaRegistry registry) {
    this.context = context;
    this.flights =
        new Table<>(context, registry, FLIGHTS, Flight.class, Set.of("body", "sealed", "shadow"));
    this.waiters = new Table<>(context, registry, WAITERS, Waiter.class, Set.of());
    this.deadlines = new TimeIndex(context.getStateStore(DEADLINES));
  }

  /** The stores that nodes with flights must be connected to. */
  public static Set<StoreBuilder<?>> stores() {
    return Set.of(Table.store(FLIGHTS), Table.store(WAITERS), TimeIndex.store(DEADLINES));
  }

  /** Name of the flight of a request that shares with nobody. */
  public static String ownFlight(String cacheKey, String requestId) {
    return cacheKey + "/" + requestId;
  }

  public Optional<Flight> find(String flight) {
    return Optional.ofNullable(flights.get(flight));
  }

  /**
   * Whether a request waits already, in the shared flight of its key or in its own.
   *
   * @param shared the flight of that key; nobody waits for one that is not there
   */
  public boolean waits(Optional<Flight> shared, String cacheKey, String requestId) {
    return shared
            .filter(
                flight ->
                    leads(flight, requestId) || waiters.get(waiterKey(cacheKey, requestId)) != null)
            .isPresent()
        || find(ownFlight(cacheKey, requestId)).filter(Flight::getLeaderWaits).isPresent();
  }

  /** Remembers a flight whose leader waits for it. */
  void put(Flight flight) {
    flights.put(flight.getFlight(), flight);
    remind(flight.getLeader().getDeadline(), leading(flight));
  }

  /** Remembers a flight that nobody waits for. */
  void putAlone(Flight flight) {
    flights.put(flight.getFlight(), flight);
    remind(forgottenAt(flight), forgotten(flight));
  }

  void remove(Flight flight) {
    flights.remove(flight.getFlight());
  }

  /** Takes out a flight that nobody ever waited for. */
  void removeAlone(Flight flight) {
    remove(flight);
    dismiss(forgottenAt(flight), forgotten(flight));
  }

  private void remind(Instant at, String what) {
    if (isNear(at)) {
      deadlines.add(at, what);
    }
  }

  /** What was not near when it was put may have come near since. */
  private void dismiss(Instant at, String what) {
    if (isNear(at)) {
      deadlines.remove(at, what);
    }
  }

  private boolean isNear(Instant at) {
    return at.isBefore(Instant.ofEpochMilli(context.currentSystemTimeMs()).plus(NEAR));
  }

  /** Puts what came near into the index, of the rows that it is time to look at. */
  private void remindOfNear(Instant now, int most) {
    for (KeyValue<String, Flight> row : flights.round(now, ROUND, most)) {
      Flight flight = row.value;
      if (flight.getLeaderWaits()) {
        remindLate(flight.getLeader().getDeadline(), leading(flight), now);
      } else {
        remindLate(forgottenAt(flight), forgotten(flight), now);
      }
    }
    for (KeyValue<String, Waiter> row : waiters.round(now, ROUND, most)) {
      remindLate(row.value.getFacts().getDeadline(), WAITER_MARK + row.key, now);
    }
  }

  /** The index was looked through until now, so what passed before stands at now. */
  private void remindLate(Instant at, String what, Instant now) {
    remind(at.isBefore(now) ? now : at, what);
  }

  private static String leading(Flight flight) {
    return WAITER_MARK + waiterKey(flight.getFlight(), flight.getLeader().getRequestId());
  }

  private static Instant forgottenAt(Flight flight) {
    return flight.getLeader().getDeadline().plus(FORGET_AFTER);
  }

  private static String forgotten(Flight flight) {
    return FLIGHT_MARK + flight.getOrderId() + '\0' + flight.getFlight();
  }

  public void join(String flight, RequestFacts facts) {
    String key = waiterKey(flight, facts.getRequestId());
    waiters.put(key, new Waiter(flight, facts));
    remind(facts.getDeadline(), WAITER_MARK + key);
  }

  /** Takes a request out of a flight that was removed. */
  void leave(Flight flight, RequestFacts facts) {
    String key = waiterKey(flight.getFlight(), facts.getRequestId());
    if (!leads(flight, facts.getRequestId())) {
      waiters.remove(key);
    }
    dismiss(facts.getDeadline(), WAITER_MARK + key);
  }

  static boolean leads(Flight flight, String requestId) {
    return flight.getLeaderWaits() && flight.getLeader().getRequestId().equals(requestId);
  }

  /** Who waits for a flight, the leader first if it still does. */
  List<RequestFacts> waiters(Flight flight) {
    String leader = flight.getLeader().getRequestId();
    if (flight.getFlight().equals(ownFlight(flight.getCacheKey(), leader))) {
      return flight.getLeaderWaits() ? List.of(flight.getLeader()) : List.of();
    }
    List<RequestFacts> found = new ArrayList<>();
    if (flight.getLeaderWaits()) {
      found.add(flight.getLeader());
    }
    waiters
        .startingWith(waiterKey(flight.getFlight(), ""))
        .forEach(waiter -> found.add(waiter.getFacts()));
    return found;
  }

  /**
   * Takes out a request that waits, in the shared flight of its key or in its own. A flight that is
   * left alone by it stays until its order has ended, so that what it cost is counted.
   */
  public Optional<Left> withdraw(String cacheKey, String requestId) {
    for (String name : List.of(cacheKey, ownFlight(cacheKey, requestId))) {
      Optional<Flight> flight = find(name);
      if (flight.isPresent()) {
        String key = waiterKey(name, requestId);
        Optional<RequestFacts> facts = takeOut(flight.get(), key, requestId);
        if (facts.isPresent()) {
          dismiss(facts.get().getDeadline(), WAITER_MARK + key);
          boolean alone = waiters(flight.get()).isEmpty();
          return Optional.of(new Left(flight.get(), facts.get(), alone));
        }
      }
    }
    return Optional.empty();
  }

  private Optional<RequestFacts> takeOut(Flight flight, String waiterKey, String requestId) {
    Optional<RequestFacts> leader = withoutLeader(flight, requestId);
    return leader.isPresent() ? leader : takeOut(waiterKey);
  }

  private Optional<RequestFacts> takeOut(String waiterKey) {
    Optional<Waiter> waiter = Optional.ofNullable(waiters.get(waiterKey));
    if (waiter.isPresent()) {
      waiters.remove(waiterKey);
    }
    return waiter.map(Waiter::getFacts);
  }

  /** Takes out whose deadline passed, and flights that nobody waited for long enough. */
  List<Due> takeDue(Instant now, int most) {
    remindOfNear(now, most);
    List<Due> due = new ArrayList<>();
    for (String what : deadlines.takeDue(now, most)) {
      String key = what.substring(1);
      if (what.charAt(0) == FLIGHT_MARK) {
        forget(key).ifPresent(due::add);
      } else {
        expire(key).ifPresent(due::add);
      }
    }
    return due;
  }

  private Optional<Due> expire(String waiterKey) {
    String flight = waiterKey.substring(0, waiterKey.indexOf('\0'));
    String requestId = waiterKey.substring(flight.length() + 1);
    Optional<RequestFacts> late = find(flight).flatMap(found -> withoutLeader(found, requestId));
    boolean led = late.isPresent();
    if (!led) {
      late = takeOut(waiterKey);
    }
    return late.map(facts -> new Due.Late(flight, facts, led));
  }

  private Optional<RequestFacts> withoutLeader(Flight flight, String requestId) {
    if (!leads(flight, requestId)) {
      return Optional.empty();
    }
    flight.setLeaderWaits(false);
    flights.put(flight.getFlight(), flight);
    return Optional.of(flight.getLeader());
  }

  private Optional<Due> forget(String orderAndFlight) {
    int end = orderAndFlight.indexOf('\0');
    return find(orderAndFlight.substring(end + 1))
        .filter(flight -> flight.getOrderId().equals(orderAndFlight.substring(0, end)))
        .filter(flight -> waiters(flight).isEmpty())
        .map(
            flight -> {
              remove(flight);
              return new Due.Forgotten(flight);
            });
  }

  private static String waiterKey(String flight, String requestId) {
    return flight + '\0' + requestId;
  }
}
