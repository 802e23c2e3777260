package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.finance.CostTopics;
import io.dualtrack.operations.finance.WhatIf;
import io.dualtrack.schemas.prices.PriceBook;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a switch would save. */
@Command(
    name = "whatif",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Prices the recorded usage of a month on other offerings: the same tokens, at the prices of"
            + " the days on which they were used.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:compared",
      "1:compared, but some tokens have no price on one side, or nothing is to be moved",
      "2:wrong usage, or no such model or offering",
      "3:no stack answers"
    })
final class CostWhatIfCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private MonthOption month;

  @Option(
      names = "--move",
      required = true,
      split = ",",
      paramLabel = "FIELD=VALUE",
      description =
          "which usage: model=, offering=, tenant=, account=, cost_centre= or lane=; all of several must hold")
  private Map<String, String> move = new LinkedHashMap<>();

  @Option(
      names = "--to",
      required = true,
      paramLabel = "ID",
      description = "an offering, or a model: then each offering of it is tried")
  private String to;

  @Option(names = "--json", description = "print one JSON object, with every digit")
  private boolean json;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    for (String field : move.keySet()) {
      if (!WhatIf.SELECTORS.contains(field)) {
        throw new ParameterException(
            spec.commandLine(),
            "--move knows %s, not %s".formatted(String.join(", ", WhatIf.SELECTORS), field));
      }
    }
    StackClient client = stack.connect();
    ControlSet control = client.control().read();
    List<String> offerings = WhatIf.offerings(control.offerings(), to);
    if (offerings.isEmpty()) {
      spec.commandLine()
          .getErr()
          .println("dualtrack: no offering and no model is called %s; correct --to".formatted(to));
      return Exit.USAGE;
    }
    CostTopics costs = client.costs();
    WhatIf whatIf =
        new WhatIf(
            month.month(),
            WhatIf.selector(move),
            PriceBook.of(control.prices(), costs.currencies()),
            offerings);
    costs.ledger(whatIf::add);
    whatIf.finish();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(json(whatIf));
    } else {
      print(whatIf, out);
    }
    out.flush();
    boolean whole =
        whatIf.exchanges() > 0
            && whatIf.unpricedNow() == 0
            && whatIf.candidates().stream().allMatch(each -> each.unpriced() == 0);
    return whole ? Exit.DONE : Exit.INCOMPLETE;
  }

  private void print(WhatIf whatIf, PrintWriter out) {
    out.println(
        "%s, %s: %,d exchanges, %,d tokens"
            .formatted(
                month.month(),
                move.entrySet().stream()
                    .map(each -> each.getKey() + " " + each.getValue())
                    .collect(Collectors.joining(", ")),
                whatIf.exchanges(),
                whatIf.tokens()));
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("on", "cost", "saves", "less"));
    rows.add(List.of("as it is", Money.dollars(whatIf.cost()), "", ""));
    for (WhatIf.Candidate candidate : whatIf.candidates()) {
      rows.add(
          List.of(
              candidate.offering(),
              Money.dollars(candidate.cost()),
              Money.dollars(whatIf.cost().subtract(candidate.cost())),
              Money.percentLess(whatIf.cost(), candidate.cost())));
    }
    TextTable.print(rows, 1, out);
    out.println();
    if (whatIf.unpricedNow() > 0) {
      out.println("as it is, %,d tokens have no price".formatted(whatIf.unpricedNow()));
    }
    for (WhatIf.Candidate candidate : whatIf.candidates()) {
      note(candidate, candidate.unpriced(), "have no price there", out);
      note(candidate, candidate.asInput(), "from the cache are priced as plain input there", out);
      note(candidate, candidate.asStandard(), "of another tier are priced as standard there", out);
    }
    out.println(
        "the same tokens are taken: another model may need more or fewer for the same text");
  }

  private static void note(WhatIf.Candidate candidate, long tokens, String what, PrintWriter out) {
    if (tokens > 0) {
      out.println("%s: %,d tokens %s".formatted(candidate.offering(), tokens, what));
    }
  }

  private ObjectNode json(WhatIf whatIf) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("month", month.month().toString());
    json.put("exchanges", whatIf.exchanges());
    json.put("tokens", whatIf.tokens());
    json.put("cost_usd", SummaryReport.plain(whatIf.cost()));
    json.put("unpriced_tokens", whatIf.unpricedNow());
    ArrayNode candidates = json.putArray("candidates");
    for (WhatIf.Candidate candidate : whatIf.candidates()) {
      ObjectNode node = candidates.addObject();
      node.put("offering", candidate.offering());
      node.put("cost_usd", SummaryReport.plain(candidate.cost()));
      node.put("saves_usd", SummaryReport.plain(whatIf.cost().subtract(candidate.cost())));
      node.put("unpriced_tokens", candidate.unpriced());
      node.put("tokens_cached_priced_as_input", candidate.asInput());
      node.put("tokens_priced_as_standard", candidate.asStandard());
    }
    return json;
  }
}
