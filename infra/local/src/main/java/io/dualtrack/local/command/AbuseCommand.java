package io.dualtrack.local.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Commands of the fraud team. */
@Command(
    name = "abuse",
    mixinStandardHelpOptions = true,
    subcommands = {
      AbuseShowCommand.class,
      AbuseActCommand.class,
      AbuseExemptionsCommand.class,
      AbuseReplayCommand.class
    },
    description = "Accounts that distil a model together.")
public final class AbuseCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? abuse show, act, exemptions or replay");
  }
}
