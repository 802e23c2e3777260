package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.batches.RunSummary;
import io.dualtrack.local.batches.RunSummary.Counts;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A run's summary, for people and as JSON. Money as decimal text, never rounded in JSON. */
final class SummaryReport {

  private static final int SHOWN_PLACES = 6;
  private static final String NONE = "-";
  private static final List<String> HEAD =
      List.of(
          "lane",
          "jurisdiction",
          "offering",
          "requests",
          "answered",
          "from cache",
          "joined",
          "refused",
          "failed",
          "expired",
          "cost");
  private static final int TEXT_COLUMNS = 3;

  private SummaryReport() {}

  static void print(RunSummary summary, PrintWriter out) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    summary
        .groups()
        .forEach(
            (group, counts) ->
                rows.add(row(group.lane(), group.jurisdiction(), group.offering(), counts)));
    Counts total = summary.total();
    rows.add(row("total", "", "", total));
    TextTable.print(rows, TEXT_COLUMNS, out);
    out.println();
    reasons("refused", total.refused(), summary.refusals(), out);
    reasons("failed", total.failed(), summary.failures(), out);
    reasons("lines not sent", summary.invalidLines(), summary.invalid(), out);
    out.println(
        "requests %,d, results %,d, %s"
            .formatted(
                summary.requests(),
                summary.results(),
                summary.duplicates() == 0
                    ? "none twice"
                    : "%,d TWICE OR UNASKED".formatted(summary.duplicates())));
    out.println(
        "answered %,d: %,d by calls, %,d from cache, %,d joined in flight"
            .formatted(
                total.answered(),
                total.answered() - total.fromCache() - total.joined(),
                total.fromCache(),
                total.joined()));
    out.println(
        "provider calls %,d, of which %,d may have been sent twice"
            .formatted(summary.calls(), summary.repeatedCalls()));
    out.println("cost %s, saved %s".formatted(money(total.cost()), money(total.saved())));
    if (total.unpricedTokens() > 0) {
      out.println(
          "tokens without a price: %,d; publish a price for their offering"
              .formatted(total.unpricedTokens()));
    }
    if (!summary.costComplete()) {
      out.println(
          "cost incomplete: %,d of %,d results are priced"
              .formatted(summary.exchangesPriced(), summary.results()));
    }
    out.println(
        "%.1f s, %,.0f requests/s".formatted(summary.time().toNanos() / 1e9, summary.rate()));
    out.flush();
  }

  private static List<String> row(
      String lane, String jurisdiction, String offering, Counts counts) {
    return List.of(
        lane.isEmpty() ? NONE : lane,
        jurisdiction.isEmpty() && !lane.equals("total") ? NONE : jurisdiction,
        offering.isEmpty() && !lane.equals("total") ? NONE : offering,
        "%,d".formatted(counts.requests()),
        "%,d".formatted(counts.answered()),
        "%,d".formatted(counts.fromCache()),
        "%,d".formatted(counts.joined()),
        "%,d".formatted(counts.refused()),
        "%,d".formatted(counts.failed()),
        "%,d".formatted(counts.expired()),
        money(counts.cost()));
  }

  private static void reasons(String what, long count, Map<String, Long> reasons, PrintWriter out) {
    if (count > 0) {
      out.println(
          "%s %,d: %s"
              .formatted(
                  what,
                  count,
                  reasons.entrySet().stream()
                      .map(reason -> "%s %,d".formatted(reason.getKey(), reason.getValue()))
                      .collect(Collectors.joining(", "))));
    }
  }

  /** Dollars for the eye; JSON has every digit. */
  private static String money(BigDecimal amount) {
    return String.format(
        Locale.ROOT, "$%,.6f", amount.setScale(SHOWN_PLACES, RoundingMode.HALF_EVEN));
  }

  static ObjectNode json(RunSummary summary) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    Counts total = summary.total();
    json.put("lines", summary.lines());
    json.put("requests", summary.requests());
    json.put("results", summary.results());
    json.put("duplicates", summary.duplicates());
    put(json, total);
    counts(json.putObject("refused_by_reason"), summary.refusals());
    counts(json.putObject("failed_by_code"), summary.failures());
    json.put("lines_not_sent", summary.invalidLines());
    counts(json.putObject("lines_not_sent_by_code"), summary.invalid());
    json.put("cost_complete", summary.costComplete());
    json.put("results_priced", summary.exchangesPriced());
    json.put("orders", summary.orders());
    json.put("provider_calls", summary.calls());
    json.put("provider_calls_repeated", summary.repeatedCalls());
    json.put("seconds", summary.time().toNanos() / 1e9);
    json.put("requests_per_second", summary.rate());
    ArrayNode groups = json.putArray("groups");
    summary
        .groups()
        .forEach(
            (dimensions, counts) -> {
              ObjectNode group = groups.addObject();
              group.put("lane", orNull(dimensions.lane()));
              group.put("jurisdiction", dimensions.jurisdiction());
              group.put("offering", orNull(dimensions.offering()));
              group.put("requests", counts.requests());
              put(group, counts);
            });
    return json;
  }

  private static void put(ObjectNode json, Counts counts) {
    json.put("answered", counts.answered());
    json.put("from_cache", counts.fromCache());
    json.put("joined", counts.joined());
    json.put("refused", counts.refused());
    json.put("failed", counts.failed());
    json.put("expired", counts.expired());
    json.put("cost_usd", plain(counts.cost()));
    json.put("saved_usd", plain(counts.saved()));
    json.put("unpriced_tokens", counts.unpricedTokens());
  }

  private static void counts(ObjectNode json, Map<String, Long> counts) {
    counts.forEach(json::put);
  }

  static String plain(BigDecimal amount) {
    return amount.signum() == 0 ? "0" : amount.stripTrailingZeros().toPlainString();
  }

  private static String orNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
