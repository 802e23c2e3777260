package io.dualtrack.local.command;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tells everything about one request. */
@Command(
    name = "explain",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Tells everything about one request but its text: what was known of it, what the rules"
            + " said, what was tried, how it ended and what it cost.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:explained",
      "1:the audit trail does not know the request",
      "2:wrong usage",
      "3:no stack answers"
    })
public final class ExplainCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "REQUEST_ID",
      description = "the id of a line of an output file")
  private String requestId;

  @Mixin private StackOption stack;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Override
  public Integer call() {
    Optional<Explanation> found = Explanation.find(stack.connect(), requestId);
    if (found.isEmpty()) {
      spec.commandLine()
          .getErr()
          .println(
              "dualtrack: the audit trail does not know request %s; its id is the id of its line in"
                      .formatted(requestId)
                  + " the output file");
      return Exit.INCOMPLETE;
    }
    if (json) {
      spec.commandLine().getOut().println(ExplanationReport.json(found.get()));
      spec.commandLine().getOut().flush();
    } else {
      ExplanationReport.print(found.get(), spec.commandLine().getOut());
    }
    return Exit.DONE;
  }
}
