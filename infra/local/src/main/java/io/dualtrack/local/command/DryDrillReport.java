package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.review.DryDrill;
import io.dualtrack.operations.finance.WhatIf;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What the kill switch would do, for people and as JSON. */
final class DryDrillReport {

  /** Money of what would go to one offering. */
  record Moved(BigDecimal now, BigDecimal then, long unpriced) {

    static final Moved NOTHING = new Moved(BigDecimal.ZERO, BigDecimal.ZERO, 0);

    Moved plus(WhatIf part) {
      WhatIf.Candidate candidate = part.candidates().get(0);
      return new Moved(
          now.add(part.cost()),
          then.add(candidate.cost()),
          unpriced + candidate.unpriced() + part.unpricedNow());
    }
  }

  private DryDrillReport() {}

  static void print(
      DryDrill.Result result, Map<String, Moved> money, Instant since, PrintWriter out) {
    out.printf(
        "%,d requests since %s: %,d would move, %,d would be refused, %,d are refused already%n",
        result.decided(), since, result.moved(), result.refused(), result.refusedAlready());
    if (result.fates().isEmpty()) {
      out.println("nothing would change");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("tenant", "model", "from", "to", "requests"));
    result
        .fates()
        .forEach(
            (fate, count) ->
                rows.add(
                    List.of(
                        fate.tenant(),
                        fate.model(),
                        fate.from(),
                        fate.refused() ? "refused: " + String.join(", ", fate.codes()) : fate.to(),
                        "%,d".formatted(count))));
    out.println();
    TextTable.print(rows, 4, out);
    if (result.loads().isEmpty()) {
      return;
    }
    List<List<String>> loads = new ArrayList<>();
    loads.add(
        List.of(
            "to", "more", "peak/min", "quota/min", "most waiting", "drained in", "cost", "there"));
    for (DryDrill.Load load : result.loads()) {
      Moved moved = money.get(load.offering());
      loads.add(
          List.of(
              load.offering(),
              "%,d".formatted(load.moved()),
              "%,d".formatted(load.peak()),
              load.quota() == null ? "none stated" : "%,d".formatted(load.quota()),
              "%,d".formatted(load.waiting()),
              "%,d min".formatted(load.drainMinutes()),
              Money.dollars(moved.now()),
              Money.dollars(moved.then())));
    }
    out.println();
    TextTable.print(loads, 1, out);
    money.forEach(
        (offering, moved) -> {
          if (moved.unpriced() > 0) {
            out.printf(
                "%,d tokens that would go to %s have no price on one side%n",
                moved.unpriced(), offering);
          }
        });
  }

  static ObjectNode json(DryDrill.Result result, Map<String, Moved> money, Instant since) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("since", since.toString());
    json.put("decided", result.decided());
    json.put("moved", result.moved());
    json.put("refused", result.refused());
    json.put("refused_already", result.refusedAlready());
    var fates = json.putArray("fates");
    result
        .fates()
        .forEach(
            (fate, count) -> {
              ObjectNode node = fates.addObject();
              node.put("tenant", fate.tenant());
              node.put("model", fate.model());
              node.put("from", fate.from());
              node.put("to", fate.refused() ? null : fate.to());
              fate.codes().forEach(node.putArray("codes")::add);
              node.put("requests", count);
            });
    var loads = json.putArray("loads");
    for (DryDrill.Load load : result.loads()) {
      Moved moved = Objects.requireNonNull(money.get(load.offering()));
      ObjectNode node = loads.addObject();
      node.put("offering", load.offering());
      node.put("moved", load.moved());
      node.put("peak_per_minute", load.peak());
      node.put("quota_per_minute", load.quota());
      node.put("most_waiting", load.waiting());
      node.put("drain_minutes", load.drainMinutes());
      node.put("cost_now", moved.now());
      node.put("cost_then", moved.then());
      node.put("unpriced_tokens", moved.unpriced());
    }
    return json;
  }
}
