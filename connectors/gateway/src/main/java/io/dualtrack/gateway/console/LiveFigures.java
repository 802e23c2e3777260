package io.dualtrack.gateway.console;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * What became of the requests of the last minute, by the seconds in which they were settled here.
 * Holds one minute and no request.
 */
final class LiveFigures {

  static final int SECONDS = 60;

  /** Ways of requests that are told apart in one second; more are counted together. */
  private static final int MOST_WAYS = 2_000;

  private static final JsonMapper JSON = new JsonMapper();

  /** One way that requests took. */
  record Way(
      String jurisdiction, String lane, String offering, Outcome outcome, AnswerSource source) {
    static final Way OTHER = new Way("other", "", "", Outcome.FAILED, AnswerSource.NONE);
  }

  private static final class Second {
    private long at = -1;
    private final Map<Way, Integer> ways = new HashMap<>();
    private int decisions;
  }

  private final Second[] ring = new Second[SECONDS + 1];

  LiveFigures() {
    for (int i = 0; i < ring.length; i++) {
      ring[i] = new Second();
    }
  }

  /** Counts the settling of a request; copies and answers that nobody waited for are none. */
  synchronized void settled(Exchange exchange, Instant now) {
    if (exchange.getShadow() || !exchange.getExchangeId().equals(exchange.getRequestId())) {
      return;
    }
    Way way =
        new Way(
            exchange.getJurisdictions().isEmpty()
                ? "none"
                : String.join("+", exchange.getJurisdictions()),
            exchange.getLane() == null ? "" : exchange.getLane().name(),
            exchange.getOffering() == null ? "" : exchange.getOffering(),
            exchange.getOutcome(),
            exchange.getSource());
    Map<Way, Integer> ways = second(now).ways;
    ways.merge(ways.size() < MOST_WAYS || ways.containsKey(way) ? way : Way.OTHER, 1, Integer::sum);
  }

  /** Counts a decision, unless it is one of long ago that is read at the start. */
  synchronized void decided(Instant at, Instant now) {
    if (at.isAfter(now.minusSeconds(SECONDS))) {
      second(now).decisions++;
    }
  }

  private Second second(Instant now) {
    Second second = ring[(int) (now.getEpochSecond() % ring.length)];
    if (second.at != now.getEpochSecond()) {
      second.at = now.getEpochSecond();
      second.ways.clear();
      second.decisions = 0;
    }
    return second;
  }

  /**
   * The last minute, without the second that is not over.
   *
   * <p>{@code series} has for each second its time, and how many were answered on the API lane, on
   * the local lane and without a call, and how many were not answered.
   */
  synchronized ObjectNode write(Instant now) {
    Map<Way, Integer> total = new HashMap<>();
    long decisions = 0;
    ObjectNode live = JSON.createObjectNode();
    live.put("at", now.toEpochMilli());
    live.put("seconds", SECONDS);
    ArrayNode series = live.putArray("series");
    for (long at = now.getEpochSecond() - SECONDS; at < now.getEpochSecond(); at++) {
      Second second = ring[(int) (at % ring.length)];
      int[] counts = new int[4];
      if (second.at == at) {
        second.ways.forEach(
            (way, count) -> {
              total.merge(way, count, Integer::sum);
              counts[place(way)] += count;
            });
        decisions += second.decisions;
      }
      ArrayNode point = series.addArray().add(at);
      for (int count : counts) {
        point.add(count);
      }
    }
    live.put("decisions", decisions);
    ArrayNode flows = live.putArray("flows");
    total.forEach(
        (way, count) ->
            flows
                .addObject()
                .put("jurisdiction", way.jurisdiction())
                .put("lane", way.lane())
                .put("offering", way.offering())
                .put("outcome", way.outcome().name())
                .put("source", way.source().name())
                .put("count", count));
    return live;
  }

  private static int place(Way way) {
    if (way.outcome() != Outcome.ANSWERED) {
      return 3;
    }
    if (way.source() != AnswerSource.PROVIDER) {
      return 2;
    }
    return way.lane().equals(Lane.LOCAL.name()) ? 1 : 0;
  }
}
