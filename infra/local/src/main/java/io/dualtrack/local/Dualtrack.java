package io.dualtrack.local;

import io.dualtrack.local.command.AbuseCommand;
import io.dualtrack.local.command.AlertsCommand;
import io.dualtrack.local.command.AuditCommand;
import io.dualtrack.local.command.ControlCommand;
import io.dualtrack.local.command.CostCommand;
import io.dualtrack.local.command.DeadLettersCommand;
import io.dualtrack.local.command.DemoCommand;
import io.dualtrack.local.command.DrillCommand;
import io.dualtrack.local.command.ExplainCommand;
import io.dualtrack.local.command.KeyCommand;
import io.dualtrack.local.command.MoveCommand;
import io.dualtrack.local.command.PolicyCommand;
import io.dualtrack.local.command.PricesCommand;
import io.dualtrack.local.command.ReadinessCommand;
import io.dualtrack.local.command.RedTeamCommand;
import io.dualtrack.local.command.ResumeCommand;
import io.dualtrack.local.command.RunCommand;
import io.dualtrack.local.command.SuspendCommand;
import io.dualtrack.local.command.TextKeysCommand;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.stack.StackFailure;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line. */
@Command(
    name = "dualtrack",
    mixinStandardHelpOptions = true,
    version = "dualtrack 0.1.0-SNAPSHOT",
    description = "Answers LLM requests where law, contract and budget allow.")
public final class Dualtrack implements Runnable {

  @Spec private CommandSpec spec;

  private Dualtrack() {}

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The command line with all its commands. */
  static CommandLine commandLine() {
    return new CommandLine(new Dualtrack())
        .addSubcommand(new DemoCommand())
        .addSubcommand(new UpCommand(ShippedControl::publish))
        .addSubcommand(new RunCommand())
        .addSubcommand(new ControlCommand())
        .addSubcommand(new KeyCommand())
        .addSubcommand(new TextKeysCommand())
        .addSubcommand(new SuspendCommand())
        .addSubcommand(new ResumeCommand())
        .addSubcommand(new DrillCommand())
        .addSubcommand(new MoveCommand())
        .addSubcommand(new ReadinessCommand())
        .addSubcommand(new RedTeamCommand())
        .addSubcommand(new ExplainCommand())
        .addSubcommand(new AuditCommand())
        .addSubcommand(new PolicyCommand())
        .addSubcommand(new PricesCommand())
        .addSubcommand(new CostCommand())
        .addSubcommand(new AlertsCommand())
        .addSubcommand(new AbuseCommand())
        .addSubcommand(new DeadLettersCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(Dualtrack::report);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  /** One line for people; what is not expected also goes to the log. */
  private static int report(
      Exception failure, CommandLine commandLine, CommandLine.ParseResult parsed) {
    PrintWriter err = commandLine.getErr();
    if (failure instanceof StackFailure) {
      err.println("dualtrack: " + failure.getMessage());
    } else {
      LogFiles.of(Dualtrack.class).error("a command failed", failure);
      err.println("dualtrack: %s; see %s".formatted(failure, LogFiles.current()));
    }
    err.flush();
    return commandLine.getCommandSpec().exitCodeOnExecutionException();
  }
}
