package io.dualtrack.local.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Commands on tenants, offerings, policies and prices. */
@Command(
    name = "control",
    mixinStandardHelpOptions = true,
    subcommands = ControlApplyCommand.class,
    description = "Tenants, offerings, policies and prices.")
public final class ControlCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command? control apply PATH");
  }
}
