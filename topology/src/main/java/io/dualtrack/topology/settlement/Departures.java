package io.dualtrack.topology.settlement;

import io.dualtrack.policy.VolumeMeter;
import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.schemas.BodyFile;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Flight;
import io.dualtrack.schemas.LargeFields;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.ShadowCopy;
import io.dualtrack.topology.policy.Handling;
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
   * @param withoutCards whether of the leader's file, the one without card numbers is sent
   */
  public record Plan(
      String flight,
      String cacheKey,
      int attempt,
      List<String> tried,
      boolean cacheable,
      long cacheTtlSeconds,
      String body,
      boolean withoutCards) {

    static Plan next(Flight flight, List<String> tried) {
      return new Plan(
          flight.getFlight(),
          flight.getCacheKey(),
          flight.getAttempt() + 1,
          tried,
          flight.getCacheable(),
          flight.getCacheTtlSeconds(),
          flight.getBody(),
          false);
    }

    /**
     * The plan under what the decision of now demands. A body that changes is no longer the one
     * that the cache key was made of, so its answer is nobody else's.
     *
     * @param large fields of the body that are in a file; null where there are none
     * @param complianceInstruction of the tenant's contract; null where it has none
     */
    public Plan under(Handling handling, LargeFields large, String complianceInstruction) {
      Optional<String> changed = handling.apply(body, large, complianceInstruction);
      boolean otherFile = handling.fit(large) != large;
      return new Plan(
          flight,
          cacheKey,
          attempt,
          tried,
          cacheable && !handling.noStore() && changed.isEmpty() && !otherFile,
          handling.cacheSeconds(cacheTtlSeconds),
          changed.orElse(body),
          otherFile);
    }

    /** The same call as another flight. */
    public Plan as(String ownFlight) {
      return new Plan(
          ownFlight, cacheKey, attempt, tried, cacheable, cacheTtlSeconds, body, withoutCards);
    }
  }

  /**
   * Remembers the flight, for which its leader waits from now on, and orders the call.
   *
   * @param control the records that permitted the offering
   */
  public void send(
      Plan plan, RequestFacts leader, Offering offering, ControlSnapshot control, Instant now) {
    Flight flight = flight(plan, leader, offering).setLeaderWaits(true).build();
    flights.put(flight);
    order(flight, plan, offering, control, now);
  }

  /**
   * Remembers a flight that nobody waits for, and orders the call.
   *
   * @param leader the request that it is a copy of
   * @param control the records that permitted the offering
   */
  public void sendAlone(
      Plan plan,
      RequestFacts leader,
      ShadowCopy copy,
      Offering offering,
      ControlSnapshot control,
      Instant now) {
    Flight flight = flight(plan, leader, offering).setShadow(copy).build();
    flights.putAlone(flight);
    order(flight, plan, offering, control, now);
  }

  private static Flight.Builder flight(Plan plan, RequestFacts leader, Offering offering) {
    return Flight.newBuilder()
        .setFlight(plan.flight())
        .setCacheKey(plan.cacheKey())
        .setOrderId(UUID.randomUUID().toString())
        .setAttempt(plan.attempt())
        .setOffering(offering.getId())
        .setTried(plan.tried())
        .setCacheable(plan.cacheable())
        .setCacheTtlSeconds(plan.cacheTtlSeconds())
        .setBody(plan.body())
        .setLeader(leader);
  }

  private void order(
      Flight flight, Plan plan, Offering offering, ControlSnapshot control, Instant now) {
    RequestFacts leader = flight.getLeader();
    outbox.order(
        DispatchOrder.newBuilder()
            .setOrderId(flight.getOrderId())
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
            .setBodyFile(file(leader.getLarge(), plan.withoutCards()))
            .setSuspensionEpoch(control.suspensions().epoch())
            .setCreatedAt(now)
            .setDeadline(leader.getDeadline())
            .build(),
        leader.getTrace());
    volumes.of(leader, offering, control, now).forEach(outbox::volume);
  }

  /**
   * Calls back the order that a flight has out. It is late from the start, so that a dispatcher
   * that knows no recalls makes no call of it.
   */
  public void recall(Flight flight, Offering offering, Instant now) {
    RequestFacts leader = flight.getLeader();
    outbox.order(
        DispatchOrder.newBuilder()
            .setOrderId(flight.getOrderId())
            .setCacheKey(flight.getCacheKey())
            .setFlight(flight.getFlight())
            .setRequestId(leader.getRequestId())
            .setTenant(leader.getTenant())
            .setAccount(leader.getAccount())
            .setOffering(offering.getId())
            .setLane(offering.getLane())
            .setServiceClass(leader.getServiceClass())
            .setAttempt(flight.getAttempt())
            .setEndpoint(leader.getEndpoint())
            .setBody("{}")
            .setSuspensionEpoch(0)
            .setCreatedAt(now)
            .setDeadline(now)
            .setWithdrawn(true)
            .build(),
        leader.getTrace());
  }

  /** Of the leader itself, because a file is kept for no longer than its own request. */
  private static BodyFile file(LargeFields large, boolean withoutCards) {
    if (large == null) {
      return null;
    }
    return withoutCards && large.getWithoutCards() != null
        ? large.getWithoutCards()
        : large.getFile();
  }
}
