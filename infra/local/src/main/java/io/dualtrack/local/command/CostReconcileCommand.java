package io.dualtrack.local.command;

import io.dualtrack.schemas.Offering;
import io.dualtrack.warehouse.reconciliation.ProviderBill;
import io.dualtrack.warehouse.reconciliation.Reconciliation;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The ledger against the provider's bill. */
@Command(
    name = "reconcile",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Holds the ledger of a month against a provider's own reports by UTC day, model, token class"
            + " and tier, and tells differences in tokens from differences in price.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every line of both sides agrees",
      "1:something differs; it is listed",
      "2:wrong usage, or a report that cannot be read",
      "3:no stack answers"
    })
final class CostReconcileCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--provider",
      required = true,
      paramLabel = "NAME",
      description = "openai or anthropic")
  private ProviderBill.Provider provider;

  @Option(
      names = "--report",
      required = true,
      arity = "1..*",
      paramLabel = "FILE",
      description =
          "saved pages, as JSON: OpenAI's organization/costs and organization/usage/completions,"
              + " Anthropic's cost_report and usage_report/messages")
  private List<Path> reports;

  @Mixin private MonthOption month;

  @Option(
      names = "--offering-provider",
      paramLabel = "NAME",
      description = "the provider in the catalogue, where it is called otherwise")
  private String catalogued;

  @Option(names = "--json", description = "print one JSON object with every line")
  private boolean json;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    ProviderBill bill;
    try {
      bill = ProviderBill.read(provider, reports);
    } catch (IOException e) {
      err.println("dualtrack: a report cannot be used: " + e.getMessage());
      return Exit.USAGE;
    }
    StackClient client = stack.connect();
    Map<String, String> models = models(client.control().read().offerings());
    if (models.isEmpty()) {
      err.println(
          "dualtrack: no offering has the provider %s; name it with --offering-provider"
              .formatted(catalogue()));
      return Exit.USAGE;
    }
    Reconciliation reconciliation =
        new Reconciliation(
            month.month(), row -> row.getOffering() == null ? null : models.get(row.getOffering()));
    client.costs().ledger(reconciliation::add);
    Reconciliation.Result result = reconciliation.against(bill);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(ReconciliationReport.json(result, bill));
    } else {
      ReconciliationReport.print(result, bill, out);
    }
    out.flush();
    return result.agrees() && bill.isWhole() ? Exit.DONE : Exit.INCOMPLETE;
  }

  private String catalogue() {
    return catalogued == null ? provider.name().toLowerCase(Locale.ROOT) : catalogued;
  }

  /** The provider's names of models, by offering. */
  private Map<String, String> models(List<Offering> offerings) {
    Map<String, String> models = new HashMap<>();
    for (Offering offering : offerings) {
      if (offering.getProvider().equals(catalogue())) {
        models.put(offering.getId(), offering.getProviderModel());
      }
    }
    return models;
  }
}
