package io.dualtrack.local.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The kill switch, undone. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Undoes a suspension. What was refused meanwhile is not replayed.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:resumed",
      "1:another control command came in between; try again",
      "2:wrong usage, or an id that no control record knows",
      "3:no stack answers"
    })
public final class ResumeCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private SuspensionOptions suspension;

  @Override
  public Integer call() {
    return suspension.command(false, spec);
  }
}
