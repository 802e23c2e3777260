package io.dualtrack.local.command;

import io.dualtrack.local.deadletters.DeadLetterBox;
import io.dualtrack.local.deadletters.Replay;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.common.errors.ProducerFencedException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Has what could not be processed processed again. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Has records that could not be processed processed again, under today's policy. A request",
      "that has its result already becomes a new request; a record is replayed once, unless --again."
    },
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all that were meant are replayed",
      "1:some could not be replayed",
      "2:wrong usage",
      "3:no stack answers"
    })
final class DeadLettersReplayCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private DeadLetterOptions which;

  @Option(names = "--all", description = "all that were not replayed yet")
  private boolean all;

  @Option(names = "--again", description = "also those that were replayed already")
  private boolean again;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    if (which.none() && !all) {
      throw new ParameterException(
          spec.commandLine(), "which ones? --key, --topic, --component, --code, --last, or --all");
    }
    StackClient client = stack.connect();
    DeadLetterBox box = new DeadLetterBox(client.kafka(), client.registry(), Clock.systemUTC());
    try {
      return print(box.replay(which.selection(again)));
    } catch (ProducerFencedException e) {
      spec.commandLine()
          .getErr()
          .println("dualtrack: somebody else replays dead letters at this moment; try again");
      return Exit.INCOMPLETE;
    }
  }

  private int print(Map<String, Replay> replays) {
    PrintWriter out = spec.commandLine().getOut();
    replays.forEach(
        (key, replay) ->
            out.println(
                "%s  %s: %s"
                    .formatted(
                        key,
                        replay instanceof Replay.Sent ? "replayed" : "left alone",
                        replay.message())));
    long sent = replays.values().stream().filter(Replay.Sent.class::isInstance).count();
    out.println("%d of %d dead letters replayed".formatted(sent, replays.size()));
    out.flush();
    return sent == replays.size() ? Exit.DONE : Exit.INCOMPLETE;
  }
}
