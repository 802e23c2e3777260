package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveState;
import io.dualtrack.schemas.MoveWeight;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How moves stand. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "How far each move is in this zone, and why.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:none has returned", "1:a move has returned", "3:no stack answers"})
final class MoveStatusCommand implements Callable<Integer> {

  private static final List<String> HEAD =
      List.of("move", "from", "to", "state", "percent", "target", "failed", "source", "failed");
  private static final int TEXT_COLUMNS = 4;

  /** A move, and what the topology said of its present run. */
  private record Standing(Move move, Optional<MoveWeight> weight) {

    String state() {
      if (move.getStopped()) {
        return "STOPPED";
      }
      return weight.map(MoveWeight::getState).orElse(MoveState.RUNNING).name();
    }

    int percent() {
      if (move.getStopped()) {
        return 0;
      }
      return weight.map(MoveWeight::getPercent).orElse(move.getSteps().get(0));
    }
  }

  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    StackClient client = stack.connect();
    List<MoveWeight> weights = client.control().moveWeights();
    List<Standing> standings =
        client.control().moves().stream()
            .map(move -> new Standing(move, weightOf(move, weights)))
            .toList();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(json(standings));
    } else {
      print(standings, out);
    }
    out.flush();
    boolean returned =
        standings.stream().anyMatch(each -> each.state().equals(MoveState.RETURNED.name()));
    return returned ? Exit.INCOMPLETE : Exit.DONE;
  }

  private static Optional<MoveWeight> weightOf(Move move, List<MoveWeight> weights) {
    return weights.stream()
        .filter(weight -> weight.getMove().equals(move.getId()))
        .filter(weight -> weight.getStartedAt().equals(move.getStartedAt()))
        .findFirst();
  }

  private static void print(List<Standing> standings, PrintWriter out) {
    if (standings.isEmpty()) {
      out.println("no move was ever started");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    for (Standing each : standings) {
      List<String> row = new ArrayList<>();
      row.add(each.move().getId());
      row.add(each.move().getFrom());
      row.add(each.move().getTo());
      row.add(each.state());
      row.add(Integer.toString(each.percent()));
      row.add(count(each.weight().map(MoveWeight::getTargetCalls)));
      row.add(count(each.weight().map(MoveWeight::getTargetFailed)));
      row.add(count(each.weight().map(MoveWeight::getSourceCalls)));
      row.add(count(each.weight().map(MoveWeight::getSourceFailed)));
      rows.add(row);
    }
    TextTable.print(rows, TEXT_COLUMNS, out);
    for (Standing each : standings) {
      out.println(
          each.move().getStopped()
              ? "%s: stopped by %s: %s"
                  .formatted(each.move().getId(), each.move().getActor(), each.move().getReason())
              : "%s: %s"
                  .formatted(
                      each.move().getId(),
                      each.weight().map(MoveWeight::getReason).orElse("it was started")));
    }
  }

  private static String count(Optional<Long> calls) {
    return calls.map("%,d"::formatted).orElse("0");
  }

  private static ObjectNode json(List<Standing> standings) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    ArrayNode moves = json.putArray("moves");
    for (Standing each : standings) {
      Move move = each.move();
      ObjectNode node = moves.addObject();
      node.put("id", move.getId());
      node.put("from", move.getFrom());
      node.put("to", move.getTo());
      move.getTenants().forEach(node.putArray("tenants")::add);
      move.getSteps().forEach(node.putArray("steps")::add);
      node.put("state", each.state());
      node.put("percent", each.percent());
      node.put("started_at", move.getStartedAt().toString());
      node.put("actor", move.getActor());
      node.put("reason", move.getReason());
      each.weight().ifPresent(weight -> put(node, weight));
    }
    return json;
  }

  private static void put(ObjectNode node, MoveWeight weight) {
    node.put("step_at", weight.getStepAt().toString());
    node.put("why", weight.getReason());
    node.put("target_calls", weight.getTargetCalls());
    node.put("target_failed", weight.getTargetFailed());
    node.put("source_calls", weight.getSourceCalls());
    node.put("source_failed", weight.getSourceFailed());
    node.put("pairs", weight.getPairs());
  }
}
