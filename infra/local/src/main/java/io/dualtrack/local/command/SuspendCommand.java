package io.dualtrack.local.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The kill switch. */
@Command(
    name = "suspend",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Pulls the kill switch: nothing new is sent there, and what is queued is decided again.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:suspended",
      "1:another control command came in between; try again",
      "2:wrong usage, or an id that no control record knows",
      "3:no stack answers"
    })
public final class SuspendCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private SuspensionOptions suspension;

  @Override
  public Integer call() {
    return suspension.command(true, spec);
  }
}
