package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.ExemptionKind;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the search for abuse leaves alone. */
@Command(
    name = "exemptions",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "What the search for abuse leaves alone: published texts and verified organisations, with"
            + " who approved it, why, and for how long. `dualtrack control apply` changes it, and"
            + " `alerts --suppressed` shows what it covers.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:they were printed", "2:wrong usage", "3:no stack answers"})
final class AbuseExemptionsCommand implements Callable<Integer> {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> HEAD =
      List.of("exemption", "of", "standing", "from", "to", "approved by", "reason");

  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "print JSON, a line for each")
  private boolean json;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    List<AbuseExemption> exemptions = stack.connect().control().read().exemptions();
    PrintWriter out = spec.commandLine().getOut();
    print(exemptions, json, Instant.now(), out);
    out.flush();
    return Exit.DONE;
  }

  static void print(List<AbuseExemption> exemptions, boolean json, Instant now, PrintWriter out) {
    List<AbuseExemption> ordered =
        exemptions.stream().sorted(Comparator.comparing(AbuseExemption::getId)).toList();
    if (json) {
      ordered.forEach(each -> out.println(json(each, now)));
    } else if (ordered.isEmpty()) {
      out.println("no exemptions");
    } else {
      List<List<String>> rows = new ArrayList<>();
      rows.add(HEAD);
      ordered.forEach(each -> rows.add(row(each, now)));
      TextTable.print(rows, HEAD.size(), out);
    }
  }

  private static List<String> row(AbuseExemption each, Instant now) {
    return List.of(
        each.getId(),
        whose(each),
        standing(each, now),
        second(each.getEffectiveFrom()),
        second(each.getEffectiveTo()),
        each.getApprover(),
        each.getReason());
  }

  /** A text may be long, and is in the control files; here it is enough that it is one. */
  private static String whose(AbuseExemption each) {
    if (each.getKind() == ExemptionKind.PUBLIC_TEXT) {
      return "a published text";
    }
    return each.getTenant() == null
        ? "payment " + each.getPayment()
        : each.getPayment() == null
            ? "tenant " + each.getTenant()
            : "tenant %s, payment %s".formatted(each.getTenant(), each.getPayment());
  }

  private static String standing(AbuseExemption each, Instant now) {
    if (now.isBefore(each.getEffectiveFrom())) {
      return "to come";
    }
    return now.isBefore(each.getEffectiveTo()) ? "in force" : "over";
  }

  private static ObjectNode json(AbuseExemption each, Instant now) {
    return JSON.createObjectNode()
        .put("id", each.getId())
        .put("kind", each.getKind().name().toLowerCase(Locale.ROOT))
        .put("text", each.getText())
        .put("tenant", each.getTenant())
        .put("payment", each.getPayment())
        .put("standing", standing(each, now))
        .put("from", each.getEffectiveFrom().toString())
        .put("to", each.getEffectiveTo().toString())
        .put("approver", each.getApprover())
        .put("reason", each.getReason());
  }

  private static String second(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
