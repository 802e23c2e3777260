package io.dualtrack.local.command;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.apache.kafka.common.errors.ProducerFencedException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Stops a move. */
@Command(
    name = "stop",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Stops a move, also one that is done: nothing new goes to its target by it. What is under way"
            + " there is answered.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:stopped",
      "1:another control command came in between; try again",
      "2:wrong usage, or no move has the id",
      "3:no stack answers"
    })
final class MoveStopCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "ID", description = "its name")
  private String id;

  @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "why")
  private String reason;

  @Mixin private PersonOption person;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    if (reason.isBlank() || person.name().isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--reason and --as must say something");
    }
    PrintWriter err = spec.commandLine().getErr();
    try {
      if (stack.connect().control().stop(id, reason.strip(), person.name()).isEmpty()) {
        err.println("dualtrack: no move is called %s; see: dualtrack move status".formatted(id));
        err.flush();
        return Exit.USAGE;
      }
    } catch (ProducerFencedException e) {
      err.println("dualtrack: another control command came in between; try again");
      err.flush();
      return Exit.INCOMPLETE;
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println("move %s is stopped".formatted(id));
    out.flush();
    return Exit.DONE;
  }
}
