package io.dualtrack.faults;

import io.dualtrack.local.LogFiles;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The fault tests. Each prints one JSON line of figures last. */
@Command(
    name = "dualtrack faults",
    mixinStandardHelpOptions = true,
    subcommands = {
      AllCommand.class,
      DrillCommand.class,
      GatewayCommand.class,
      LedgerCommand.class,
      SoakCommand.class,
      SuspendCommand.class
    },
    description = "Fault tests on a stack of their own; one JSON line of figures last.")
public final class Faults implements Runnable {

  @Spec private CommandSpec spec;

  private Faults() {}

  public static void main(String[] args) {
    LogFiles.ofStack(Path.of(System.getProperty("java.io.tmpdir"), "dualtrack-faults"));
    System.exit(commands().execute(args));
  }

  static CommandLine commands() {
    CommandLine faults = new CommandLine(new Faults());
    Scenarios.all().forEach(each -> faults.addSubcommand(each.name(), ScenarioCommand.of(each)));
    return faults;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which fault?");
  }
}
