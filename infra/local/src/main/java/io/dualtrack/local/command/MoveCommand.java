package io.dualtrack.local.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Commands on gradual moves between offerings. */
@Command(
    name = "move",
    mixinStandardHelpOptions = true,
    subcommands = {MoveStartCommand.class, MoveStatusCommand.class, MoveStopCommand.class},
    description =
        "Takes requests from one offering to another in steps, and back by itself where the other"
            + " one is worse.")
public final class MoveCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? move start, move status or move stop");
  }
}
