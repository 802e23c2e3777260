package io.dualtrack.local.command;

import io.dualtrack.schemas.ExportState;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The kill switch, undone. */
@Command(
    name = "resume",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Undoes a suspension, wholly or in part, which takes two persons: the first one's command is"
            + " recorded and changes nothing, the same command of a second one is carried out. What"
            + " was refused meanwhile is not replayed.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:resumed",
      "1:recorded, and a second person has to approve it; or another control command came in"
          + " between (try again)",
      "2:wrong usage, an id that no control record knows, or it is so already",
      "3:no stack answers"
    })
public final class ResumeCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private SuspensionOptions suspension;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description =
          "OPEN, PARTNERS_ONLY or US_PERSONS_ONLY: who is served from then on (default:"
              + " ${DEFAULT-VALUE})")
  private ExportState state = ExportState.OPEN;

  @Override
  public Integer call() {
    if (state == ExportState.SUSPENDED) {
      throw new ParameterException(spec.commandLine(), "to suspend it, use suspend");
    }
    return suspension.command(state, spec);
  }
}
