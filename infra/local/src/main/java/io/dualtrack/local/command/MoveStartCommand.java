package io.dualtrack.local.command;

import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveGates;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.ProducerFencedException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Starts a move. */
@Command(
    name = "start",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Sends a first share of the requests that one offering would answer to another one, where the"
            + " policy permits both, and a larger one at each step. Every step, onward and back, is"
            + " taken by the stack itself. Started again, a move begins at its first step.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:started",
      "1:another control command came in between; try again",
      "2:wrong usage, or the move cannot be made",
      "3:no stack answers"
    })
final class MoveStartCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--from",
      required = true,
      paramLabel = "OFFERING",
      description = "the offering that answers now")
  private String from;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "OFFERING",
      description = "the offering that is to answer")
  private String to;

  @Option(
      names = "--tenant",
      split = ",",
      paramLabel = "TENANT",
      description = "whose requests (default: everybody's)")
  private List<String> tenants = List.of();

  @Option(
      names = "--steps",
      split = ",",
      paramLabel = "PERCENT",
      description = "the shares, growing (default: 5,20,50,100)")
  private List<Integer> steps = List.of(5, 20, 50, 100);

  @Option(
      names = "--calls",
      paramLabel = "N",
      description =
          "calls to each offering that a step onward needs at least (default: ${DEFAULT-VALUE})")
  private long calls = 200;

  @Option(
      names = "--step-seconds",
      paramLabel = "SECONDS",
      description = "how long a step lasts at least (default: ${DEFAULT-VALUE})")
  private long seconds = 600;

  @Option(
      names = "--failures",
      paramLabel = "POINTS",
      description =
          "by how many percentage points more of the target's calls may fail (default:"
              + " ${DEFAULT-VALUE})")
  private double failures = 2;

  @Option(
      names = "--latency",
      paramLabel = "FACTOR",
      description =
          "how many times the source's 95th percentile the target's may be; 0 to ask nothing"
              + " (default: ${DEFAULT-VALUE})")
  private double latency = 2;

  @Option(
      names = "--loss",
      paramLabel = "POINTS",
      description =
          "share of compared answers, in percent, that may be worse or say something else; needs a"
              + " shadowing from the one to the other (default: nothing is asked)")
  private Double loss;

  @Option(
      names = "--pairs",
      paramLabel = "N",
      description =
          "compared answers that a step onward needs with --loss (default: ${DEFAULT-VALUE})")
  private long pairs = 200;

  @Option(names = "--id", paramLabel = "ID", description = "its name (default: FROM-to-TO)")
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
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Move move = move();
    try {
      List<String> problems = stack.connect().control().start(move);
      if (!problems.isEmpty()) {
        problems.forEach(problem -> err.println("dualtrack: " + problem));
        err.flush();
        return Exit.USAGE;
      }
    } catch (ProducerFencedException e) {
      err.println("dualtrack: another control command came in between; try again");
      err.flush();
      return Exit.INCOMPLETE;
    }
    out.println(
        "move %s is started: %s percent of what %s would answer goes to %s; see it with: dualtrack move status"
            .formatted(
                move.getId(),
                steps.stream().map(String::valueOf).collect(Collectors.joining(", ")),
                from,
                to));
    out.flush();
    return Exit.DONE;
  }

  private Move move() {
    return Move.newBuilder()
        .setId(id == null ? from + "-to-" + to : id)
        .setTenants(tenants)
        .setFrom(from)
        .setTo(to)
        .setSteps(steps)
        .setGates(
            MoveGates.newBuilder()
                .setCalls(calls)
                .setSeconds(seconds)
                .setFailurePoints(failures)
                .setLatencyFactor(latency == 0 ? null : latency)
                .setLossPoints(loss)
                .setPairs(pairs)
                .build())
        .setReason(reason.strip())
        .setActor(person.name())
        .setStartedAt(Instant.EPOCH)
        .build();
  }
}
