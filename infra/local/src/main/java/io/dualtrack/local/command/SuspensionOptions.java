package io.dualtrack.local.command;

import io.dualtrack.local.control.UnknownSubjectException;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.util.Locale;
import org.apache.kafka.common.errors.ProducerFencedException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** What is suspended or resumed, and why. */
final class SuspensionOptions {

  @Parameters(
      index = "0",
      paramLabel = "SCOPE",
      description = "offering, model, provider or tenant")
  private SuspensionScope scope;

  @Parameters(index = "1", paramLabel = "ID", description = "its id")
  private String id;

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "why; it stands in every refusal and in the audit trail")
  private String reason;

  @Mixin private StackOption stack;

  int command(boolean suspended, CommandSpec spec) {
    if (reason.isBlank()) {
      throw new ParameterException(spec.commandLine(), "--reason must say something");
    }
    try {
      Suspension command =
          stack
              .connect()
              .control()
              .command(scope, id, suspended, reason.strip(), System.getProperty("user.name"));
      spec.commandLine()
          .getOut()
          .println(
              "%s %s is %s, epoch %d"
                  .formatted(
                      scope.name().toLowerCase(Locale.ROOT),
                      id,
                      suspended ? "suspended" : "resumed",
                      command.getEpoch()));
      spec.commandLine().getOut().flush();
      return Exit.DONE;
    } catch (UnknownSubjectException e) {
      spec.commandLine().getErr().println("dualtrack: " + e.getMessage());
      return Exit.USAGE;
    } catch (ProducerFencedException e) {
      spec.commandLine()
          .getErr()
          .println("dualtrack: another control command came in between; try again");
      return Exit.INCOMPLETE;
    }
  }
}
