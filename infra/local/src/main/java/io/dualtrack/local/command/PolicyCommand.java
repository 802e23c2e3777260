package io.dualtrack.local.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Commands of the compliance officer. */
@Command(
    name = "policy",
    mixinStandardHelpOptions = true,
    subcommands = {PolicyTestCommand.class, PolicyDiffCommand.class, PolicyReportCommand.class},
    description = "Tools for whoever writes rules and answers for them.")
public final class PolicyCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? policy test, policy diff or policy report");
  }
}
