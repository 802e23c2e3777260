package io.dualtrack.local.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Commands on what could not be processed. */
@Command(
    name = "dead-letters",
    mixinStandardHelpOptions = true,
    subcommands = {DeadLettersListCommand.class, DeadLettersReplayCommand.class},
    description = "What could not be processed, and having it processed again.")
public final class DeadLettersCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? dead-letters list, dead-letters replay");
  }
}
