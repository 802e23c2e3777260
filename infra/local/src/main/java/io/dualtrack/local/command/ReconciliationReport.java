package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.warehouse.reconciliation.Amounts;
import io.dualtrack.warehouse.reconciliation.BillKey;
import io.dualtrack.warehouse.reconciliation.ProviderBill;
import io.dualtrack.warehouse.reconciliation.Reconciliation;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** What a reconciliation found: first the sum of it, then what the differences are, then lines. */
final class ReconciliationReport {

  private static final int SHOWN_LINES = 20;
  private static final int KEY_COLUMNS = 4;

  private ReconciliationReport() {}

  static void print(Reconciliation.Result result, ProviderBill bill, PrintWriter out) {
    sums(result, out);
    findings(result, bill, out);
    lines(result, out);
    unmatched("only in the bill", result.onlyBill(), out);
    unmatched("only in the ledger", result.onlyLedger(), out);
  }

  private static void sums(Reconciliation.Result result, PrintWriter out) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("%s".formatted(result.month()), "US dollars"));
    rows.add(List.of("ledger", Money.dollars(result.ledgerTotal())));
    rows.add(List.of("  other prices", Money.dollars(result.priceVariance())));
    rows.add(List.of("  other token counts", Money.dollars(result.tokenVariance())));
    rows.add(List.of("  lines only in the bill", Money.dollars(result.onlyBillTotal())));
    rows.add(
        List.of("  lines only in the ledger", Money.dollars(result.onlyLedgerTotal().negate())));
    rows.add(List.of("bill for tokens", Money.dollars(result.billTotal())));
    if (result.otherTotal().signum() != 0) {
      rows.add(List.of("bill for other things", Money.dollars(result.otherTotal())));
    }
    TextTable.print(rows, 1, out);
    out.println();
  }

  private static void findings(Reconciliation.Result result, ProviderBill bill, PrintWriter out) {
    result
        .priceGaps()
        .forEach(
            gap ->
                out.println(
                    "PRICE: %s %s, tier %s: billed %s where our price makes %s, %s on %d days"
                        .formatted(
                            gap.model(),
                            gap.tokenClass(),
                            gap.tier(),
                            Money.dollars(gap.billed()),
                            Money.dollars(gap.atOurPrice()),
                            gap.percent() == null
                                ? "we have no price"
                                : (gap.percent().signum() > 0 ? "+" : "")
                                    + gap.percent().toPlainString()
                                    + "%",
                            gap.days())));
    result
        .daysMissingInBill()
        .forEach(day -> out.println("MISSING DAY: the bill has nothing for %s".formatted(day)));
    result
        .daysMissingInLedger()
        .forEach(day -> out.println("MISSING DAY: the ledger has nothing for %s".formatted(day)));
    if (result.unpricedTokens() > 0) {
      out.println(
          "UNPRICED: %,d tokens of the ledger have no price".formatted(result.unpricedTokens()));
    }
    if (!bill.hasTokens()) {
      out.println("no usage report was given: a difference in tokens shows as one in price");
    }
    if (!bill.hasCosts()) {
      out.println("no cost report was given: only tokens are compared");
    }
    if (!bill.isWhole()) {
      out.println("A PAGE IS MISSING: a report says has_more and its last page was not given");
    }
    result
        .otherCharges()
        .forEach(
            other ->
                out.println(
                    "not for tokens: %s %s %s"
                        .formatted(other.day(), other.what(), Money.dollars(other.cost()))));
    out.println(
        "%,d lines agree, %,d differ, %,d are only in the bill, %,d only in the ledger"
            .formatted(
                result.agreed(),
                result.different().size(),
                result.onlyBill().size(),
                result.onlyLedger().size()));
  }

  private static void lines(Reconciliation.Result result, PrintWriter out) {
    if (result.different().isEmpty()) {
      return;
    }
    out.println();
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "day",
            "model",
            "class",
            "tier",
            "tokens",
            "billed tokens",
            "cost",
            "billed",
            "by tokens",
            "by price"));
    result.different().stream()
        .limit(SHOWN_LINES)
        .forEach(
            line ->
                rows.add(
                    List.of(
                        line.key().day().toString(),
                        line.key().model(),
                        line.key().tokenClass().name(),
                        line.key().tier(),
                        tokens(line.ledger()),
                        tokens(line.bill()),
                        Money.dollars(line.ledger().cost()),
                        Money.dollars(line.bill().cost()),
                        Money.dollars(line.tokenVariance()),
                        Money.dollars(line.priceVariance()))));
    TextTable.print(rows, KEY_COLUMNS, out);
    more(result.different().size(), out);
  }

  private static void unmatched(
      String what, List<Reconciliation.Unmatched> lines, PrintWriter out) {
    if (lines.isEmpty()) {
      return;
    }
    out.println();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of(what, "model", "class", "tier", "tokens", "cost"));
    lines.stream()
        .limit(SHOWN_LINES)
        .forEach(
            line ->
                rows.add(
                    List.of(
                        line.key().day().toString(),
                        line.key().model(),
                        line.key().tokenClass().name(),
                        line.key().tier(),
                        tokens(line.amounts()),
                        Money.dollars(line.amounts().cost()))));
    TextTable.print(rows, KEY_COLUMNS, out);
    more(lines.size(), out);
  }

  private static void more(int lines, PrintWriter out) {
    if (lines > SHOWN_LINES) {
      out.println("and %,d more; --json has all".formatted(lines - SHOWN_LINES));
    }
  }

  private static String tokens(Amounts amounts) {
    return amounts.tokens() == null ? "-" : "%,d".formatted(amounts.tokens());
  }

  static ObjectNode json(Reconciliation.Result result, ProviderBill bill) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("month", result.month().toString());
    json.put("agrees", result.agrees());
    json.put("reports_whole", bill.isWhole());
    json.put("ledger_usd", SummaryReport.plain(result.ledgerTotal()));
    json.put("bill_usd", SummaryReport.plain(result.billTotal()));
    json.put("price_variance_usd", SummaryReport.plain(result.priceVariance()));
    json.put("token_variance_usd", SummaryReport.plain(result.tokenVariance()));
    json.put("only_bill_usd", SummaryReport.plain(result.onlyBillTotal()));
    json.put("only_ledger_usd", SummaryReport.plain(result.onlyLedgerTotal()));
    json.put("other_charges_usd", SummaryReport.plain(result.otherTotal()));
    json.put("unpriced_tokens", result.unpricedTokens());
    json.put("lines_agreed", result.agreed());
    ArrayNode billDays = json.putArray("days_missing_in_bill");
    result.daysMissingInBill().forEach(day -> billDays.add(day.toString()));
    ArrayNode ledgerDays = json.putArray("days_missing_in_ledger");
    result.daysMissingInLedger().forEach(day -> ledgerDays.add(day.toString()));
    ArrayNode gaps = json.putArray("price_gaps");
    for (Reconciliation.PriceGap gap : result.priceGaps()) {
      ObjectNode node = gaps.addObject();
      node.put("model", gap.model());
      node.put("token_class", gap.tokenClass().name());
      node.put("tier", gap.tier());
      node.put("days", gap.days());
      node.put("at_our_price_usd", SummaryReport.plain(gap.atOurPrice()));
      node.put("billed_usd", SummaryReport.plain(gap.billed()));
      node.put("percent", plain(gap.percent()));
    }
    ArrayNode different = json.putArray("different");
    for (Reconciliation.Line line : result.different()) {
      ObjectNode node = key(different.addObject(), line.key());
      put(node, "ledger", line.ledger());
      put(node, "bill", line.bill());
      node.put("token_variance_usd", SummaryReport.plain(line.tokenVariance()));
      node.put("price_variance_usd", SummaryReport.plain(line.priceVariance()));
    }
    unmatched(json.putArray("only_bill"), result.onlyBill());
    unmatched(json.putArray("only_ledger"), result.onlyLedger());
    return json;
  }

  private static void unmatched(ArrayNode into, List<Reconciliation.Unmatched> lines) {
    lines.forEach(line -> put(key(into.addObject(), line.key()), "line", line.amounts()));
  }

  private static ObjectNode key(ObjectNode node, BillKey key) {
    return node.put("day", key.day().toString())
        .put("model", key.model())
        .put("token_class", key.tokenClass().name())
        .put("tier", key.tier());
  }

  private static void put(ObjectNode node, String side, Amounts amounts) {
    node.putObject(side).put("tokens", amounts.tokens()).put("cost_usd", plain(amounts.cost()));
  }

  private static String plain(BigDecimal amount) {
    return amount == null ? null : SummaryReport.plain(amount);
  }
}
