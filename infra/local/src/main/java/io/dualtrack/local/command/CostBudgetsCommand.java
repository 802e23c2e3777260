package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.operations.finance.BudgetTable;
import io.dualtrack.operations.finance.CostTopics;
import io.dualtrack.schemas.Budget;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How budgets stand. */
@Command(
    name = "budgets",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "How the budgets of this month (UTC) stand: what is spent, what is reserved for requests"
            + " that are under way, and what is left.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every budget has something left",
      "1:a budget is used up",
      "2:wrong usage",
      "3:no stack answers"
    })
final class CostBudgetsCommand implements Callable<Integer> {

  private static final List<String> HEAD =
      List.of("tenant", "cost centre", "kind", "limit", "committed", "reserved", "left");
  private static final int TEXT_COLUMNS = 3;

  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "print one JSON object, with every digit")
  private boolean json;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    StackClient client = stack.connect();
    CostTopics costs = client.costs();
    YearMonth month = YearMonth.now(Clock.systemUTC());
    List<BudgetTable.Line> lines =
        BudgetTable.of(month, client.control().read().tenants(), costs.budgets(), costs.rollups());
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(json(month, lines));
    } else {
      print(month, lines, out);
    }
    out.flush();
    return lines.stream().allMatch(line -> line.left().signum() > 0) ? Exit.DONE : Exit.INCOMPLETE;
  }

  private static void print(YearMonth month, List<BudgetTable.Line> lines, PrintWriter out) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    for (BudgetTable.Line line : lines) {
      rows.add(
          List.of(
              line.tenant(),
              line.budget().getCostCentre() == null ? "-" : line.budget().getCostCentre(),
              kind(line.budget()),
              Money.dollars(line.budget().getAmount()),
              Money.dollars(line.committed()),
              Money.dollars(line.reserved()),
              Money.dollars(line.left())));
    }
    TextTable.print(rows, TEXT_COLUMNS, out);
    out.println();
    out.println(
        "%s; a hard budget is as requests are held to it, a soft one as the ledger has it"
            .formatted(month));
  }

  private static String kind(Budget budget) {
    return budget.getHard()
        ? "hard, " + budget.getAction().name().toLowerCase(Locale.ROOT)
        : "soft";
  }

  private static ObjectNode json(YearMonth month, List<BudgetTable.Line> lines) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("month", month.toString());
    ArrayNode budgets = json.putArray("budgets");
    for (BudgetTable.Line line : lines) {
      budgets
          .addObject()
          .put("tenant", line.tenant())
          .put("cost_centre", line.budget().getCostCentre())
          .put("hard", line.budget().getHard())
          .put("action", line.budget().getHard() ? line.budget().getAction().name() : null)
          .put("limit_usd", SummaryReport.plain(line.budget().getAmount()))
          .put("committed_usd", SummaryReport.plain(line.committed()))
          .put("reserved_usd", SummaryReport.plain(line.reserved()))
          .put("left_usd", SummaryReport.plain(line.left()));
    }
    return json;
  }
}
