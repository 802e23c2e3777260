package io.dualtrack.local.command;

import io.dualtrack.schemas.ExportState;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The kill switch. */
@Command(
    name = "suspend",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Pulls the kill switch: nothing new is sent there, what is queued is decided again, what is"
            + " under way is broken off. One person may do it; to undo it takes two, see resume.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:suspended",
      "1:another control command came in between (try again), or it would let more through and"
          + " waits for a second person",
      "2:wrong usage, an id that no control record knows, or it is so already",
      "3:no stack answers"
    })
public final class SuspendCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private SuspensionOptions suspension;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description =
          "SUSPENDED, PARTNERS_ONLY or US_PERSONS_ONLY: who is still served (default:"
              + " ${DEFAULT-VALUE})")
  private ExportState state = ExportState.SUSPENDED;

  @Override
  public Integer call() {
    if (state == ExportState.OPEN) {
      throw new ParameterException(spec.commandLine(), "to open it again, use resume");
    }
    return suspension.command(state, spec);
  }
}
