package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.deadletters.DeadLetterBox;
import io.dualtrack.schemas.DeadLetter;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists what could not be processed. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Lists what could not be processed: where it is, and why. Never its content.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:listed, also where there is nothing", "2:wrong usage", "3:no stack answers"})
final class DeadLettersListCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private DeadLetterOptions which;

  @Option(names = "--all", description = "also those that were replayed already")
  private boolean all;

  @Option(names = "--json", description = "print one JSON object a line")
  private boolean json;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    StackClient client = stack.connect();
    Map<String, DeadLetter> letters =
        new DeadLetterBox(client.kafka(), client.registry(), Clock.systemUTC())
            .list(which.selection(all));
    PrintWriter out = spec.commandLine().getOut();
    letters.forEach((key, letter) -> out.println(json ? json(key, letter) : text(key, letter)));
    if (!json) {
      out.println(letters.size() == 1 ? "1 dead letter" : letters.size() + " dead letters");
    }
    out.flush();
    return Exit.DONE;
  }

  private static String text(String key, DeadLetter letter) {
    return "%s  %s  %s  %s: %s%s"
        .formatted(
            letter.getAt(),
            key,
            letter.getComponent(),
            letter.getErrorCode(),
            letter.getErrorMessage(),
            letter.getReplayedAt() == null ? "" : "  (replayed " + letter.getReplayedAt() + ")");
  }

  private static ObjectNode json(String key, DeadLetter letter) {
    ObjectNode object =
        new ObjectMapper()
            .createObjectNode()
            .put("key", key)
            .put("topic", letter.getTopic())
            .put("partition", letter.getPartition())
            .put("offset", letter.getOffset())
            .put("recordedAt", letter.getRecordedAt().toString())
            .put("component", letter.getComponent())
            .put("errorCode", letter.getErrorCode())
            .put("errorMessage", letter.getErrorMessage())
            .put("at", letter.getAt().toString());
    return object.put(
        "replayedAt", letter.getReplayedAt() == null ? null : letter.getReplayedAt().toString());
  }
}
