package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.control.ControlFiles;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.review.PolicyDiff;
import io.dualtrack.review.RecordedRequests;
import io.dualtrack.review.control.ControlReader;
import io.dualtrack.review.control.InvalidControlException;
import io.dualtrack.schemas.PolicyBundle;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what other rules would change. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Decides the last recorded requests again, each under the tenants, offerings and suspensions"
            + " of its own day, by the old rules and by the new ones, and lists what changes.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:nothing changes",
      "1:something changes; it is listed",
      "2:wrong usage, or rules that are bad or not found",
      "3:no stack answers"
    })
final class PolicyDiffCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "OLD",
      description = "a YAML file with one policy, or the version of one that was published")
  private String old;

  @Parameters(index = "1", paramLabel = "NEW", description = "the same for the new rules")
  private String changed;

  @Option(
      names = "--show",
      paramLabel = "N",
      description = "how many changes are listed one by one (default: ${DEFAULT-VALUE})")
  private int show = 20;

  @Mixin private RecordedOptions recorded;

  @Override
  public Integer call() {
    StackClient client = recorded.connect();
    ControlHistory history = RecordedOptions.history(client);
    Optional<PolicyBundle> before = policy(old, client, history);
    Optional<PolicyBundle> after = policy(changed, client, history);
    if (before.isEmpty() || after.isEmpty()) {
      return Exit.USAGE;
    }
    PolicyDiff.Result result =
        new PolicyDiff(history, before.get(), after.get())
            .of(
                RecordedRequests.latest(
                    client.kafka(), client.registry(), Instant.EPOCH, recorded.replay()));
    PrintWriter out = spec.commandLine().getOut();
    if (recorded.json()) {
      out.println(json(result));
    } else {
      print(result, out);
    }
    out.flush();
    return result.changes().isEmpty() ? Exit.DONE : Exit.INCOMPLETE;
  }

  private Optional<PolicyBundle> policy(String name, StackClient client, ControlHistory history) {
    PrintWriter err = spec.commandLine().getErr();
    try {
      if (!Files.exists(Path.of(name))) {
        Optional<PolicyBundle> published = history.policy(name);
        if (published.isEmpty()) {
          err.println(
              "dualtrack: %s is neither a file nor the version of a policy that was published"
                  .formatted(name));
        }
        return published;
      }
      ControlSet read = ControlFiles.read(Path.of(name), client.control().read());
      return Optional.of(ControlReader.onlyPolicy(name, read));
    } catch (InvalidControlException e) {
      e.problems().forEach(err::println);
    } catch (IOException e) {
      err.println("dualtrack: %s cannot be read: %s".formatted(name, e.getMessage()));
    }
    return Optional.empty();
  }

  private void print(PolicyDiff.Result result, PrintWriter out) {
    Map<PolicyDiff.Kind, Integer> kinds = new TreeMap<>();
    result.changes().forEach(change -> kinds.merge(change.kind(), 1, Integer::sum));
    out.println(
        "%,d requests decided again, %,d would fare otherwise %s"
            .formatted(result.decided(), result.changes().size(), kinds.isEmpty() ? "" : kinds));
    if (result.inexact() > 0) {
      out.println(
          "%,d of them were decided under records that are not in the history; those of the time were used"
              .formatted(result.inexact()));
    }
    for (PolicyDiff.Change change :
        result.changes().subList(0, Math.min(show, result.changes().size()))) {
      out.println(
          "%s %s of %s: %s -> %s %s"
              .formatted(
                  change.kind(),
                  change.decision().getRequestId(),
                  change.decision().getTenant(),
                  orRefused(change.before()),
                  orRefused(change.after()),
                  String.join(", ", change.codes())));
    }
    if (result.changes().size() > show) {
      out.println("… %,d more".formatted(result.changes().size() - show));
    }
  }

  private static String orRefused(String offering) {
    return offering.isEmpty() ? "refused" : offering;
  }

  private static ObjectNode json(PolicyDiff.Result result) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("decided", result.decided());
    json.put("inexact", result.inexact());
    ArrayNode changes = json.putArray("changes");
    for (PolicyDiff.Change change : result.changes()) {
      ObjectNode node = changes.addObject();
      node.put("kind", change.kind().name());
      node.put("request", change.decision().getRequestId());
      node.put("tenant", change.decision().getTenant());
      node.put("before", change.before());
      node.put("after", change.after());
      List<String> codes = change.codes();
      codes.forEach(node.putArray("codes")::add);
    }
    return json;
  }
}
