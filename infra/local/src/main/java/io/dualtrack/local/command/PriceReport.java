package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.prices.PriceImport;
import io.dualtrack.local.prices.RateChange;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/** Changes of prices, for people in US dollars for a million tokens and as JSON for one. */
final class PriceReport {

  private static final int MILLION = 6;
  private static final int TEXT_COLUMNS = 4;
  private static final List<String> HEAD =
      List.of("offering", "class", "tier", "input above", "in force", "new", "change");

  private PriceReport() {}

  static void print(PriceImport.Plan plan, boolean unused, PrintWriter out) {
    changes(plan.changes(), out);
    remarks("notes", plan.notes(), out);
    remarks("not taken", plan.left(), out);
    if (unused) {
      plan.unused().forEach(key -> out.println("no offering refers to " + key));
    }
    out.println(
        "%,d offerings change, %,d have these prices already, %,d are not priced by the file"
            .formatted(plan.prices().size(), plan.unchanged().size(), notPriced(plan)));
    out.println(
        "%,d models of the file are referred to by no offering%s"
            .formatted(plan.unused().size(), unused ? "" : "; --unused lists them"));
  }

  private static long notPriced(PriceImport.Plan plan) {
    return plan.left().stream().map(PriceImport.Remark::about).distinct().count();
  }

  static void changes(List<RateChange> changes, PrintWriter out) {
    if (changes.isEmpty()) {
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    for (RateChange change : changes) {
      rows.add(
          List.of(
              change.offering(),
              change.tokenClass().name(),
              change.tier(),
              change.aboveInputTokens() == 0 ? "-" : "%,d".formatted(change.aboveInputTokens()),
              million(change.before()),
              million(change.after()),
              percent(change)));
    }
    TextTable.print(rows, TEXT_COLUMNS, out);
    out.println("US dollars for a million tokens");
    out.println();
  }

  private static void remarks(String what, List<PriceImport.Remark> remarks, PrintWriter out) {
    if (!remarks.isEmpty()) {
      out.println(what + ":");
      remarks.forEach(remark -> out.println("  %s: %s".formatted(remark.about(), remark.text())));
      out.println();
    }
  }

  static String million(BigDecimal perToken) {
    return perToken == null ? "-" : "$" + SummaryReport.plain(perToken.movePointRight(MILLION));
  }

  private static String percent(RateChange change) {
    if (change.before() == null) {
      return "added";
    }
    if (change.after() == null) {
      return "REMOVED";
    }
    if (change.before().signum() == 0) {
      return "from 0";
    }
    BigDecimal percent =
        change
            .after()
            .subtract(change.before())
            .movePointRight(2)
            .divide(change.before(), 1, RoundingMode.HALF_EVEN);
    return (percent.signum() > 0 ? "+" : "") + percent.toPlainString() + "%";
  }

  static ObjectNode json(PriceImport.Plan plan) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    ArrayNode changes = json.putArray("changes");
    for (RateChange change : plan.changes()) {
      ObjectNode node = changes.addObject();
      node.put("offering", change.offering());
      node.put("token_class", change.tokenClass().name());
      node.put("tier", change.tier());
      node.put("above_input_tokens", change.aboveInputTokens());
      node.put("before_usd_per_token", plain(change.before()));
      node.put("after_usd_per_token", plain(change.after()));
    }
    plan.unchanged().forEach(json.putArray("unchanged")::add);
    remarks(json.putArray("not_taken"), plan.left());
    remarks(json.putArray("notes"), plan.notes());
    plan.unused().forEach(json.putArray("unused_keys")::add);
    return json;
  }

  private static void remarks(ArrayNode into, List<PriceImport.Remark> remarks) {
    remarks.forEach(
        remark -> into.addObject().put("about", remark.about()).put("reason", remark.text()));
  }

  private static String plain(BigDecimal amount) {
    return amount == null ? null : SummaryReport.plain(amount);
  }
}
