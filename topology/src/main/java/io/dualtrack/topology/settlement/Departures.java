package io.dualtrack.topology.settlement;

import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Flight;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.topology.control.ControlSnapshot;
import io.dualtrack.topology.policy.Handling;
import io.dualtrack.topology.policy.VolumeMeter;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Sends flights off: one order each, to the lane of its offering. */
public final class Departures {

  private final Flights flights;
  private final Outbox outbox;
  private final VolumeMeter volumes = new VolumeMeter();

  public Departures(Flights flights, Outbox outbox) {
    this.flights = flights;
    this.outbox = outbox;
  }

  /**
   * What a flight needs beside its leader and its offering.
   *
   * @param tried offerings that failed before
   */
  public record Plan(
      String flight,
      String cacheKey,
      int attempt,
      List<String> tried,
      boolean cacheable,
      long cacheTtlSeconds,
      String body) {

    static Plan next(Flight flight, List<String> tried) {
      return new Plan(
          flight.getFlight(),
          flight.getCacheKey(),
          flight.getAttempt() + 1,
          tried,
          flight.getCacheable(),
          flight.getCacheTtlSeconds(),
          flight.getBody());
    }

    /**
     * The plan under what the decision of now demands. A body that changes is no longer the one
     * that the cache key was made of, so its answer is nobody else's.
     *
     * @param complianceInstruction of the tenant's contract; null where it has none
     */
    public Plan under(Handling handling, String complianceInstruction) {
      Optional<String> changed = handling.apply(body, complianceInstruction);
      return new Plan(
          flight,
          cacheKey,
          attempt,
          tried,
          cacheable && !handling.noStore() && changed.isEmpty(),
          handling.cacheSeconds(cacheTtlSeconds),
          changed.orElse(body));
    }

    /** The same call as another flight. */
    public Plan as(String ownFlight) {
      return new Plan(ownFlight, cacheKey, attempt, tried, cacheable, cacheTtlSeconds, body);
    }
  }

  /**
   * Remembers the flight, for which its leader waits from now on, and orders the call.
   *
   * @param control the records that permitted the offering
   */
  public void send(
      Plan plan, RequestFacts leader, Offering offering, ControlSnapshot control, Instant now) {
    String orderId = UUID.randomUUID().toString();
    flights.put(
        Flight.newBuilder()
            .setFlight(plan.flight())
            .setCacheKey(plan.cacheKey())
            .setOrderId(orderId)
            .setAttempt(plan.attempt())
            .setOffering(offering.getId())
            .setTried(plan.tried())
            .setCacheable(plan.cacheable())
            .setCacheTtlSeconds(plan.cacheTtlSeconds())
            .setBody(plan.body())
            .setLeader(leader)
            .setLeaderWaits(true)
            .build());
    outbox.order(
        DispatchOrder.newBuilder()
            .setOrderId(orderId)
            .setCacheKey(plan.cacheKey())
            .setFlight(plan.flight())
            .setRequestId(leader.getRequestId())
            .setTenant(leader.getTenant())
            .setAccount(leader.getAccount())
            .setOffering(offering.getId())
            .setLane(offering.getLane())
            .setServiceClass(leader.getServiceClass())
            .setAttempt(plan.attempt())
            .setEndpoint(leader.getEndpoint())
            .setBody(plan.body())
            .setSuspensionEpoch(control.suspensions().epoch())
            .setCreatedAt(now)
            .setDeadline(leader.getDeadline())
            .build());
    volumes.of(leader, offering, control, now).forEach(outbox::volume);
  }
}
