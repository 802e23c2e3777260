package io.dualtrack.local.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Finance's commands. */
@Command(
    name = "cost",
    mixinStandardHelpOptions = true,
    subcommands = {
      CostRollupCommand.class,
      CostBudgetsCommand.class,
      CostExportCommand.class,
      CostCloseCommand.class,
      CostReconcileCommand.class,
      CostWhatIfCommand.class
    },
    description =
        "What requests cost: totals, budgets, exports, the close of a month, the provider's bill.")
public final class CostCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "which command? cost rollup, cost budgets, cost export, cost close, cost reconcile or cost whatif");
  }
}
