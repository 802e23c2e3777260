package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.DurationText;
import io.dualtrack.local.batches.BatchClient;
import io.dualtrack.local.batches.BatchClient.RefusedException;
import io.dualtrack.local.redteam.ProbeRun;
import io.dualtrack.local.redteam.ProbeSuite;
import io.dualtrack.local.redteam.ProbeSuite.UnusableSuiteException;
import io.dualtrack.local.redteam.RedTeamResults;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.RedTeamResult;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.statistics.Interval;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Tries whether an offering can be talked into what it must not do. */
@Command(
    name = "redteam",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Sends probes (jailbreaks, injected instructions, questions for the instructions, abuse) to an"
            + " offering as a batch of a tenant, and tells which of them it gave in to. Answers are"
            + " kept nowhere; results are, by offering and version.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:no kind of probe is failed more often than the limit allows",
      "1:one is, or a probe has no answer",
      "2:wrong usage, a suite that cannot be used, or an offering that no control record knows",
      "3:no stack answers"
    })
public final class RedTeamCommand implements Callable<Integer> {

  private static final double ALL = 100;

  @Spec private CommandSpec spec;

  @Option(
      names = "--offering",
      required = true,
      paramLabel = "OFFERING",
      description = "what is tried")
  private String offering;

  @Option(
      names = "--suite",
      paramLabel = "FILE",
      description = "probes as JSON lines, see docs/red-team.md (default: those of Dualtrack)")
  private Path file;

  @Option(
      names = "--limit",
      paramLabel = "PERCENT",
      description = "of the probes of a kind that may be failed (default: ${DEFAULT-VALUE})")
  private double limit = 0;

  @Option(
      names = "--tenant",
      paramLabel = "TENANT",
      description = "in whose name, by its key for local development (default: acme)")
  private String tenant;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description = "API key in place of --tenant (default: $" + Caller.KEY_VARIABLE + ")")
  private String key;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      converter = DurationText.class,
      description = "how long the probes may take (default: 1h)")
  private Duration deadline = Duration.ofHours(1);

  @Option(
      names = "--every",
      paramLabel = "TIME",
      converter = DurationText.class,
      description = "try again that long after each beginning, until Ctrl-C (default: once)")
  private Duration every;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "write the last report there too, as JSON")
  private Path out;

  @Option(names = "--json", description = "print one JSON object for each time")
  private boolean json;

  @Mixin private PersonOption person;

  @Mixin private StackOption stack;

  @Override
  public Integer call() throws IOException {
    if (limit < 0 || limit > ALL || (key != null && tenant != null)) {
      throw new ParameterException(
          spec.commandLine(), "--limit is within 0 and 100; of --key and --tenant name one");
    }
    try (Interruption interruption = Interruption.open()) {
      return every == null
          ? tryOnce()
          : new Repetition(
                  every,
                  InstantSource.system(),
                  time -> Thread.sleep(time.toMillis()),
                  message -> fail("not tried this time: " + message))
              .run(this::tryOnce);
    } catch (InterruptedException e) {
      return Exit.INCOMPLETE;
    }
  }

  private int tryOnce() throws IOException, InterruptedException {
    ProbeSuite suite;
    try {
      suite = file == null ? ProbeSuite.shipped() : ProbeSuite.read(file);
    } catch (UnusableSuiteException e) {
      return fail("%s: %s".formatted(file, e.getMessage()));
    }
    StackClient client = stack.connect();
    Optional<Offering> tried =
        client.control().read().offerings().stream()
            .filter(each -> each.getId().equals(offering))
            .findFirst();
    if (tried.isEmpty()) {
      return fail("no offering has the id %s".formatted(offering));
    }
    Caller caller =
        Caller.find(
            Optional.ofNullable(key),
            Optional.ofNullable(tenant),
            Optional.ofNullable(System.getenv(Caller.KEY_VARIABLE)));
    BatchClient gateway = new BatchClient(client.http(), caller.key());
    try {
      List<RedTeamResult> results =
          new ProbeRun(gateway, tried.get(), suite)
              .execute(deadline, Optional.ofNullable(caller.tenant()).orElse(""), person.name());
      new RedTeamResults(client.kafka(), client.registry()).publish(results);
      report(results);
      return results.stream().allMatch(this::isWithin) ? Exit.DONE : Exit.INCOMPLETE;
    } catch (RefusedException e) {
      return e.status() == 401
          ? fail(
              caller.remedy(client.control().read().tenants().stream().map(Tenant::getId).toList()))
          : fail(e.getMessage());
    }
  }

  private boolean isWithin(RedTeamResult result) {
    return result.getUnanswered() == 0 && ALL * result.getFailed() <= limit * result.getAnswered();
  }

  private void report(List<RedTeamResult> results) throws IOException {
    ObjectNode report = json(results);
    if (out != null) {
      Files.writeString(out, report.toPrettyString() + "\n");
    }
    PrintWriter terminal = spec.commandLine().getOut();
    if (json) {
      terminal.println(report);
    } else {
      print(results, terminal);
    }
    terminal.flush();
  }

  private void print(List<RedTeamResult> results, PrintWriter terminal) {
    terminal.println("%s, %s".formatted(results.get(0).getOffering(), results.get(0).getVersion()));
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("kind", "answered", "failed", "share", "interval", "no answer"));
    for (RedTeamResult each : results) {
      Optional<Interval> share = share(each);
      rows.add(
          List.of(
              each.getKind(),
              "%,d".formatted(each.getAnswered()),
              "%,d".formatted(each.getFailed()),
              share.map(found -> percent(found.value())).orElse("-"),
              share.map(found -> percent(found.low()) + " … " + percent(found.high())).orElse("-"),
              "%,d".formatted(each.getUnanswered())));
    }
    TextTable.print(rows, 1, terminal);
    results.stream()
        .filter(each -> !each.getFailedProbes().isEmpty())
        .forEach(
            each ->
                terminal.println(
                    "%s failed: %s"
                        .formatted(each.getKind(), String.join(", ", each.getFailedProbes()))));
  }

  private ObjectNode json(List<RedTeamResult> results) {
    RedTeamResult first = results.get(0);
    ObjectNode report = new ObjectMapper().createObjectNode();
    report.put("offering", first.getOffering());
    report.put("version", first.getVersion());
    report.put("suite", first.getSuite());
    report.put("at", first.getAt().toString());
    report.put("limit_percent", limit);
    report.put("within_limit", results.stream().allMatch(this::isWithin));
    var kinds = report.putArray("kinds");
    for (RedTeamResult each : results) {
      ObjectNode node = kinds.addObject();
      node.put("kind", each.getKind());
      node.put("answered", each.getAnswered());
      node.put("failed", each.getFailed());
      node.put("unanswered", each.getUnanswered());
      share(each)
          .ifPresent(
              share ->
                  node.put("share", share.value())
                      .put("low", share.low())
                      .put("high", share.high()));
      each.getFailedProbes().forEach(node.putArray("failed_probes")::add);
    }
    return report;
  }

  private static Optional<Interval> share(RedTeamResult result) {
    return result.getAnswered() == 0
        ? Optional.empty()
        : Optional.of(Interval.share(result.getFailed(), result.getAnswered()));
  }

  private static String percent(double share) {
    return "%.1f%%".formatted(ALL * share);
  }

  private int fail(String message) {
    spec.commandLine().getErr().println("dualtrack: " + message);
    spec.commandLine().getErr().flush();
    return Exit.USAGE;
  }
}
