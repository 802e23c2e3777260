package io.dualtrack.gateway.console;

import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The latest decisions, so many and no more: of each the little that a list shows, and where the
 * audit trail has the rest. A ring of rows; the newest one drives out the oldest.
 */
final class DecisionIndex {

  /** Texts that many rows share are held once; beyond so many different ones, each by its row. */
  private static final int MOST_TEXTS = 50_000;

  /**
   * A decision.
   *
   * @param number counts up in the order of arrival
   * @param lane of the offering that comes first; empty for a refusal
   * @param codes of the refusal, joined by a space; empty where something is permitted
   */
  record Row(
      long number,
      String requestId,
      String tenant,
      long decidedAt,
      int attempt,
      String model,
      String jurisdictions,
      String lane,
      String offering,
      String codes,
      boolean shadow,
      int partition,
      long offset) {}

  /**
   * What is looked for; null or blank for everything.
   *
   * @param text part of the request's id
   * @param outcome permitted or refused
   * @param jurisdiction one of those that bind the request
   * @param code one of the refusal's
   */
  record Query(
      String text,
      String tenant,
      String model,
      String lane,
      String offering,
      String jurisdiction,
      String outcome,
      String code) {

    Predicate<Row> matches() {
      String part = text == null ? "" : text.strip().toLowerCase(Locale.ROOT);
      return row ->
          (part.isEmpty() || row.requestId().toLowerCase(Locale.ROOT).contains(part))
              && is(tenant, row.tenant())
              && is(model, row.model())
              && is(lane, row.lane())
              && is(offering, row.offering())
              && has(jurisdiction, row.jurisdictions(), '+')
              && has(code, row.codes(), ' ')
              && (blank(outcome)
                  || outcome.equals(row.codes().isEmpty() ? "permitted" : "refused"));
    }

    private static boolean is(String wanted, String value) {
      return blank(wanted) || wanted.equals(value);
    }

    private static boolean has(String wanted, String joined, char by) {
      return blank(wanted) || (by + joined + by).contains(by + wanted + by);
    }

    private static boolean blank(String text) {
      return text == null || text.isBlank();
    }
  }

  /**
   * @param matching how many of all rows match
   * @param more whether there are older ones that match
   */
  record Page(List<Row> rows, long matching, boolean more) {}

  private final Row[] ring;
  private final Map<String, String> texts = new HashMap<>();
  private long next;

  DecisionIndex(int size) {
    ring = new Row[Math.max(1, size)];
  }

  synchronized void add(RoutingDecision decision, int partition, long offset) {
    String first = decision.getPermitted().isEmpty() ? "" : decision.getPermitted().get(0);
    String lane =
        decision.getCandidates().stream()
            .filter(each -> each.getOffering().equals(first))
            .map(Candidate::getLane)
            .map(Enum::name)
            .findFirst()
            .orElse("");
    String codes =
        decision.getRefusal().stream()
            .map(Reason::getCode)
            .distinct()
            .sorted()
            .collect(Collectors.joining(" "));
    if (first.isEmpty() && codes.isEmpty()) {
      codes = "REFUSED";
    }
    ring[(int) (next % ring.length)] =
        new Row(
            next,
            decision.getRequestId(),
            shared(decision.getTenant()),
            decision.getDecidedAt().toEpochMilli(),
            decision.getAttempt(),
            shared(decision.getModel()),
            shared(String.join("+", decision.getJurisdictions())),
            shared(lane),
            shared(first),
            shared(codes),
            decision.getShadow(),
            partition,
            offset);
    next++;
  }

  private String shared(String text) {
    String known = texts.get(text);
    if (known != null) {
      return known;
    }
    if (texts.size() < MOST_TEXTS) {
      texts.put(text, text);
    }
    return text;
  }

  synchronized int size() {
    return (int) Math.min(next, ring.length);
  }

  /**
   * The newest first.
   *
   * @param before only rows of lower numbers; {@link Long#MAX_VALUE} for all
   */
  synchronized Page find(Query query, long before, int limit) {
    Predicate<Row> matches = query.matches();
    List<Row> found = new ArrayList<>();
    long matching = 0;
    boolean more = false;
    for (long at = next - 1; at >= Math.max(0, next - ring.length); at--) {
      Row row = ring[(int) (at % ring.length)];
      if (!matches.test(row)) {
        continue;
      }
      matching++;
      if (row.number() < before) {
        if (found.size() < limit) {
          found.add(row);
        } else {
          more = true;
        }
      }
    }
    return new Page(found, matching, more);
  }

  /**
   * Where the first decisions on the latest requests begin: of each partition that has any the
   * lowest offset.
   */
  synchronized Map<Integer, Long> placesOfLatest(int most) {
    long oldest = Math.max(0, next - ring.length);
    long[] times =
        LongStream.range(oldest, next)
            .mapToObj(at -> ring[(int) (at % ring.length)])
            .filter(row -> row.attempt() == 1)
            .mapToLong(Row::decidedAt)
            .sorted()
            .toArray();
    long since = times.length > most ? times[times.length - most] : Long.MIN_VALUE;
    Map<Integer, Long> places = new HashMap<>();
    for (long at = oldest; at < next; at++) {
      Row row = ring[(int) (at % ring.length)];
      if (row.attempt() == 1 && row.decidedAt() >= since) {
        places.merge(row.partition(), row.offset(), Math::min);
      }
    }
    return places;
  }

  /** Where the audit trail has the first of a request's decisions; null where it is not known. */
  synchronized Row first(String requestId) {
    for (long at = Math.max(0, next - ring.length); at < next; at++) {
      Row row = ring[(int) (at % ring.length)];
      if (row.requestId().equals(requestId)) {
        return row;
      }
    }
    return null;
  }
}
