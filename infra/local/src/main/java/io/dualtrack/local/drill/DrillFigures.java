package io.dualtrack.local.drill;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Adds up what a drill does from decisions, completions and exchanges, in whatever order their
 * topics bring them. An exchange stands for the result, which is written in one transaction with
 * it, and has no text.
 *
 * <p>Holds a little of each of the drill's requests, and the exchanges of the last minutes. Threads
 * may share it.
 */
public final class DrillFigures {

  /** One of the drill's requests. */
  private static final class Drilled {
    private final Offering from;
    private final Instant at;
    private final boolean again;
    private List<String> refusal = List.of();
    private End end;

    private Drilled(Offering from, Instant at, boolean again) {
      this.from = from;
      this.at = at;
      this.again = again;
    }
  }

  /**
   * How a request ended.
   *
   * @param paid US dollars; null where it has no price, and where nothing answered
   * @param there what the same would have cost where the drill kept it away from; null likewise
   */
  private record End(
      Outcome outcome, String offering, Instant at, BigDecimal paid, BigDecimal there) {}

  /** How far the topics may be read apart. */
  private static final Duration APART = Duration.ofMinutes(2);

  private final LiveDrill drill;
  private final Instant begun;
  private final Map<String, Offering> keptFrom;
  private final Function<Exchange, Optional<BigDecimal>> price;
  private final Map<String, Drilled> drilled = new HashMap<>();
  private final Set<String> open = new HashSet<>();
  private final Map<String, Exchange> lately = new LinkedHashMap<>();
  private Instant ended;
  private boolean interrupted;
  private long admitted;
  private Instant lastCall;
  private long callsBehind;
  private Instant back;

  /**
   * @param begun when it was commanded
   * @param offerings the whole catalogue
   * @param price what is owed for an exchange in US dollars; empty where it has no price
   */
  public DrillFigures(
      LiveDrill drill,
      Instant begun,
      Iterable<Offering> offerings,
      Function<Exchange, Optional<BigDecimal>> price) {
    this.drill = drill;
    this.begun = begun;
    this.ended = drill.until();
    this.price = price;
    this.keptFrom = new HashMap<>();
    offerings.forEach(
        each -> {
          if (drill.concerns(each)) {
            keptFrom.put(each.getId(), each);
          }
        });
  }

  /** It ended before its time. */
  public synchronized void endedAt(Instant at) {
    ended = at;
    interrupted = true;
  }

  public synchronized void decision(RoutingDecision decision) {
    if (decision == null || decision.getShadow()) {
      return;
    }
    Instant at = decision.getDecidedAt();
    String id = decision.getRequestId();
    if (at.isBefore(begun)) {
      return;
    }
    Optional<Offering> from =
        decision.getDrills().contains(drill.id()) ? firstChoice(decision) : Optional.empty();
    if (from.isPresent()) {
      Drilled known =
          drilled.computeIfAbsent(
              id, key -> new Drilled(from.get(), at, decision.getAttempt() > 1));
      known.refusal = codes(decision);
      waitFor(id);
    } else if (!at.isBefore(ended)) {
      if (back == null && drill.draws(id) && leadsBack(decision)) {
        back = at;
      }
    } else if (decision.getAttempt() == 1) {
      waitFor(id);
    }
    if (decision.getAttempt() == 1 && at.isBefore(ended)) {
      admitted++;
    }
  }

  /** The offering that the request would have gone to first, where the drill alone forbids it. */
  private Optional<Offering> firstChoice(RoutingDecision decision) {
    for (Candidate candidate : decision.getCandidates()) {
      if (candidate.getPermitted()) {
        return Optional.empty();
      }
      boolean byDrillsAlone =
          candidate.getReasons().stream().allMatch(each -> LiveDrill.idIn(each).isPresent());
      if (byDrillsAlone) {
        return Optional.ofNullable(keptFrom.get(candidate.getOffering()));
      }
    }
    return Optional.empty();
  }

  private boolean leadsBack(RoutingDecision decision) {
    return !decision.getPermitted().isEmpty()
        && keptFrom.containsKey(decision.getPermitted().get(0));
  }

  private static List<String> codes(RoutingDecision decision) {
    return decision.getRefusal().stream().map(Reason::getCode).distinct().sorted().toList();
  }

  private void waitFor(String id) {
    Exchange known = lately.get(id);
    Drilled of = drilled.get(id);
    if (known == null && (of == null || of.end == null)) {
      open.add(id);
    } else if (known != null && of != null && of.end == null) {
      of.end = end(of, known);
    }
  }

  public synchronized void completion(Completion completion) {
    if (completion == null || completion.getCalls() == 0) {
      return;
    }
    Instant start = completion.getStartedAt();
    if (start.isAfter(begun)
        && start.isBefore(ended)
        && keptFrom.containsKey(completion.getOffering())
        && drill.draws(completion.getRequestId())) {
      callsBehind++;
      if (lastCall == null || start.isAfter(lastCall)) {
        lastCall = start;
      }
    }
  }

  public synchronized void exchange(Exchange exchange) {
    if (exchange == null
        || exchange.getShadow()
        // Paid, and told to nobody: the request itself ends later.
        || !exchange.getExchangeId().equals(exchange.getRequestId())) {
      return;
    }
    String id = exchange.getRequestId();
    open.remove(id);
    Drilled of = drilled.get(id);
    if (of != null) {
      of.end = end(of, exchange);
      return;
    }
    // Its decision may be read later.
    lately.put(
        id, Exchange.newBuilder(exchange).setFeatures(null).setEarlierFeatures(null).build());
    Instant oldest = exchange.getAt().minus(APART);
    Iterator<Exchange> eldest = lately.values().iterator();
    while (eldest.next().getAt().isBefore(oldest)) {
      eldest.remove();
    }
  }

  private End end(Drilled of, Exchange exchange) {
    boolean answered = exchange.getOutcome() == Outcome.ANSWERED;
    return new End(
        exchange.getOutcome(),
        exchange.getOffering(),
        exchange.getAt(),
        answered ? price.apply(exchange).orElse(null) : null,
        answered ? price.apply(elsewhere(of.from, exchange)).orElse(null) : null);
  }

  /** What an answer would have cost there: a call, where it was a call. */
  private static Exchange elsewhere(Offering offering, Exchange exchange) {
    return exchange.getSource() != AnswerSource.PROVIDER
        ? exchange
        : Exchange.newBuilder(exchange)
            .setOffering(offering.getId())
            .setLane(offering.getLane())
            .build();
  }

  /**
   * Where it stands.
   *
   * @param switchedMillis as in the report, so far
   */
  public record Progress(long requests, long refused, long waiting, long switchedMillis) {}

  public synchronized Progress progress() {
    return new Progress(
        drilled.size(),
        drilled.values().stream()
            .filter(each -> each.end != null && each.end.outcome() == Outcome.REFUSED)
            .count(),
        drilled.values().stream().filter(each -> each.end == null).count(),
        switchedMillis());
  }

  /** Whether every request has its result and one went back. */
  public synchronized boolean settled() {
    return open.isEmpty() && back != null;
  }

  /** Requests without a result. */
  public synchronized long open() {
    return open.size();
  }

  private long switchedMillis() {
    return lastCall == null ? 0 : Duration.between(begun, lastCall).toMillis();
  }

  /**
   * @param complete whether all decisions are in that were made while it ran
   */
  public synchronized DrillReport report(boolean complete) {
    Map<String, Long> answered = new TreeMap<>();
    Map<String, Long> refused = new TreeMap<>();
    long failed = 0;
    long expired = 0;
    long unpriced = 0;
    BigDecimal cost = BigDecimal.ZERO;
    BigDecimal there = BigDecimal.ZERO;
    for (Drilled each : drilled.values()) {
      if (each.end == null) {
        continue;
      }
      switch (each.end.outcome()) {
        case ANSWERED -> {
          answered.merge(each.end.offering(), 1L, Long::sum);
          if (each.end.paid() != null && each.end.there() != null) {
            cost = cost.add(each.end.paid());
            there = there.add(each.end.there());
          } else {
            unpriced++;
          }
        }
        case REFUSED -> refused.merge(String.join(" ", each.refusal), 1L, Long::sum);
        case FAILED -> failed++;
        case EXPIRED -> expired++;
      }
    }
    return new DrillReport(
        drill,
        begun,
        ended,
        interrupted,
        complete,
        switchedMillis(),
        callsBehind,
        back == null ? null : Duration.between(ended, back).toMillis(),
        admitted,
        drilled.size(),
        drilled.values().stream().filter(each -> each.again).count(),
        answered,
        refused,
        failed,
        expired,
        open.size(),
        mostWaiting(),
        drainedMillis(),
        cost,
        there,
        unpriced);
  }

  private long mostWaiting() {
    List<long[]> changes = new ArrayList<>();
    for (Drilled each : drilled.values()) {
      changes.add(new long[] {each.at.toEpochMilli(), 1});
      if (each.end != null) {
        changes.add(
            new long[] {Math.max(each.end.at().toEpochMilli(), each.at.toEpochMilli()), -1});
      }
    }
    // Who comes and goes in the same millisecond was there.
    changes.sort((a, b) -> a[0] == b[0] ? Long.compare(b[1], a[1]) : Long.compare(a[0], b[0]));
    long waiting = 0;
    long most = 0;
    for (long[] change : changes) {
      waiting += change[1];
      most = Math.max(most, waiting);
    }
    return most;
  }

  private Long drainedMillis() {
    long[] ends =
        drilled.values().stream()
            .map(each -> each.end)
            .filter(Objects::nonNull)
            .mapToLong(end -> end.at().toEpochMilli())
            .toArray();
    if (ends.length < drilled.size()) {
      return null;
    }
    return Math.max(0, Arrays.stream(ends).max().orElse(0) - ended.toEpochMilli());
  }
}
