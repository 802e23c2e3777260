package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.finance.CostTable;
import io.dualtrack.local.finance.CostTable.Totals;
import io.dualtrack.local.finance.Dimension;
import io.dualtrack.operations.finance.CostTopics;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Totals of a month. */
@Command(
    name = "rollup",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "What a month bills, added up by the dimensions that are asked for.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything has a price",
      "1:some tokens have no price and are not in the cost",
      "2:wrong usage",
      "3:no stack answers"
    })
final class CostRollupCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private MonthOption month;

  @Option(
      names = "--by",
      split = ",",
      paramLabel = "DIMENSION",
      description =
          "one or several of ${COMPLETION-CANDIDATES}, with commas between (default: tenant,model,offering)")
  private List<Dimension> by = List.of(Dimension.TENANT, Dimension.MODEL, Dimension.OFFERING);

  @Option(names = "--json", description = "print one JSON object, with every digit")
  private boolean json;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    CostTopics costs = stack.connect().costs();
    CostTable table = CostTable.of(month.month(), by, costs.rollups());
    boolean closed = costs.closed(month.month()).isPresent();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(json(table, closed));
    } else {
      print(table, closed, out);
    }
    out.flush();
    return table.total().unpriced() == 0 ? Exit.DONE : Exit.INCOMPLETE;
  }

  private void print(CostTable table, boolean closed, PrintWriter out) {
    List<List<String>> rows = new ArrayList<>();
    List<String> head = new ArrayList<>(by.stream().map(Dimension::toString).toList());
    Collections.addAll(
        head,
        "exchanges",
        "tokens in",
        "of them cached",
        "tokens out",
        "list",
        "cost",
        "saved",
        "unpriced");
    rows.add(head);
    table
        .groups()
        .forEach(
            (group, totals) ->
                rows.add(
                    row(group.stream().map(text -> text.isEmpty() ? "-" : text).toList(), totals)));
    List<String> total = new ArrayList<>(Collections.nCopies(by.size(), ""));
    total.set(0, "total");
    rows.add(row(total, table.total()));
    TextTable.print(rows, by.size(), out);
    out.println();
    out.println(
        closed
            ? "%s is closed: these figures do not change any more".formatted(month.month())
            : "%s is not closed: these figures still change".formatted(month.month()));
    Totals all = table.total();
    if (all.provisional().signum() != 0) {
      out.println(
          "%s of the cost is provisional: the close of the month settles it"
              .formatted(Money.dollars(all.provisional())));
    }
    if (all.unpriced() > 0) {
      out.println(
          "%,d tokens have no price and are not in the cost; publish a price for their offering"
              .formatted(all.unpriced()));
    }
    if (all.mismatch() > 0) {
      out.println(
          "%,d tokens are in providers' totals and in none of their parts"
              .formatted(all.mismatch()));
    }
  }

  private static List<String> row(List<String> group, Totals totals) {
    List<String> row = new ArrayList<>(group);
    Collections.addAll(
        row,
        "%,d".formatted(totals.exchanges()),
        "%,d".formatted(totals.input()),
        "%,d".formatted(totals.cacheRead()),
        "%,d".formatted(totals.output()),
        Money.dollars(totals.list()),
        Money.dollars(totals.cost()),
        Money.dollars(totals.saved()),
        "%,d".formatted(totals.unpriced()));
    return row;
  }

  private ObjectNode json(CostTable table, boolean closed) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("month", month.month().toString());
    json.put("closed", closed);
    ArrayNode groups = json.putArray("groups");
    for (Map.Entry<List<String>, Totals> group : table.groups().entrySet()) {
      ObjectNode node = groups.addObject();
      for (int i = 0; i < by.size(); i++) {
        String text = group.getKey().get(i);
        node.put(by.get(i).toString(), text.isEmpty() ? null : text);
      }
      put(node, group.getValue());
    }
    put(json.putObject("total"), table.total());
    return json;
  }

  private static void put(ObjectNode node, Totals totals) {
    node.put("exchanges", totals.exchanges());
    node.put("tokens_in", totals.input());
    node.put("tokens_cache_read", totals.cacheRead());
    node.put("tokens_out", totals.output());
    node.put("list_usd", SummaryReport.plain(totals.list()));
    node.put("cost_usd", SummaryReport.plain(totals.cost()));
    node.put("saved_usd", SummaryReport.plain(totals.saved()));
    node.put("provisional_usd", SummaryReport.plain(totals.provisional()));
    node.put("unpriced_tokens", totals.unpriced());
    node.put("mismatch_tokens", totals.mismatch());
  }
}
