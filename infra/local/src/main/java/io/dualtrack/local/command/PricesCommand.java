package io.dualtrack.local.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Commands on the price book. */
@Command(
    name = "prices",
    mixinStandardHelpOptions = true,
    subcommands = {PricesImportCommand.class, PricesDiffCommand.class, PricesSetCommand.class},
    description = "The price book: what tokens of each offering cost from when.")
public final class PricesCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? prices import, prices diff or prices set");
  }
}
