package io.dualtrack.local.command;

import io.dualtrack.local.fraud.AlertJson;
import io.dualtrack.operations.fraud.AbuseTopics;
import io.dualtrack.operations.fraud.ActionLog;
import io.dualtrack.operations.fraud.AlertedCluster;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.SharedResource;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Everything of one cluster. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Everything that is known of a cluster: evidence, what its accounts share, what was done"
            + " when and by whom, and its members. No text of any prompt is kept, so none is"
            + " shown.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it was printed",
      "2:wrong usage, or no cluster of that id",
      "3:no stack answers"
    })
final class AbuseShowCommand implements Callable<Integer> {

  private static final int MEMBER_TEXTS = 4;
  private static final int SHARED_TEXTS = 2;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "CLUSTER", description = "its id, of `dualtrack alerts`")
  private String id;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "at most so many members (default: ${DEFAULT-VALUE})")
  private int limit = 50;

  @Option(
      names = "--page",
      paramLabel = "P",
      description = "which N of the members, from 1 (default: ${DEFAULT-VALUE})")
  private int page = 1;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    AbuseTopics topics = stack.connect().abuse();
    Optional<AlertedCluster> found =
        AlertedCluster.of(topics.alerts()).stream()
            .filter(each -> each.id().equals(id))
            .findFirst();
    if (found.isEmpty()) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(
          "dualtrack: no cluster is called '%s'; `dualtrack alerts` lists them".formatted(id));
      err.flush();
      return Exit.USAGE;
    }
    PrintWriter out = spec.commandLine().getOut();
    Instant now = Instant.now();
    if (json) {
      out.println(AlertJson.whole(found.get(), topics.actions(), now, pageStart(), limit));
    } else {
      print(found.get(), topics.actions(), now, out);
    }
    out.flush();
    return Exit.DONE;
  }

  private int pageStart() {
    return Math.max(0, page - 1) * limit;
  }

  private void print(AlertedCluster cluster, ActionLog log, Instant now, PrintWriter out) {
    AbuseAlert latest = cluster.latest();
    out.println(
        "%s %s: %,d accounts, score %.2f, first alert %s, last %s"
            .formatted(
                latest.getKind().name().toLowerCase(Locale.ROOT),
                cluster.id(),
                latest.getAccountCount(),
                latest.getScore(),
                second(cluster.firstRaised()),
                second(latest.getRaisedAt())));
    out.println(
        "recommended: %s; in force: %s"
            .formatted(
                latest.getSuppressedBy() == null
                    ? latest.getRecommendedAction().name().toLowerCase(Locale.ROOT)
                    : "nothing, exempted by " + latest.getSuppressedBy(),
                AlertsCommand.standing(cluster, log, now)));
    out.println();
    out.println("evidence, as it was last told");
    latestEvidence(cluster).forEach((signal, detail) -> out.println("  " + signal + "  " + detail));
    out.println();
    shared(cluster, out);
    timeline(cluster, log, now, out);
    out.println();
    members(cluster, log, now, out);
  }

  private static void shared(AlertedCluster cluster, PrintWriter out) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("shared", "pseudonym", "accounts"));
    for (SharedResource each : cluster.resources()) {
      rows.add(List.of(each.getKind(), each.getPseudonym(), "%,d".formatted(each.getAccounts())));
    }
    if (rows.size() > 1) {
      TextTable.print(rows, SHARED_TEXTS, out);
      out.println();
    }
  }

  /** What one kind of evidence said last, also where the last alert was about another one. */
  private static Map<String, String> latestEvidence(AlertedCluster cluster) {
    Map<String, String> latest = new TreeMap<>();
    for (AbuseAlert alert : cluster.alerts()) {
      alert.getEvidence().stream()
          .collect(
              Collectors.groupingBy(
                  Evidence::getSignal,
                  Collectors.mapping(Evidence::getDetail, Collectors.joining("; "))))
          .forEach(latest::put);
    }
    return latest;
  }

  private static void timeline(
      AlertedCluster cluster, ActionLog log, Instant now, PrintWriter out) {
    record Entry(Instant at, String text) {}
    List<Entry> entries = new ArrayList<>();
    for (AbuseAlert alert : cluster.alerts()) {
      entries.add(
          new Entry(
              alert.getRaisedAt(),
              "alert %s: %,d accounts added, %,d in all, score %.2f%s"
                  .formatted(
                      alert.getAlertId(),
                      alert.getAccountsAdded().size(),
                      alert.getAccountCount(),
                      alert.getScore(),
                      alert.getSuppressedBy() == null
                          ? ""
                          : ", suppressed by exemption " + alert.getSuppressedBy())));
    }
    // One command is many records.
    Map<String, List<AccountAction>> commands = new LinkedHashMap<>();
    for (AccountAction each : log.ofCluster(cluster.id())) {
      String command =
          "%s %s %s %s %s"
              .formatted(
                  each.getAt(),
                  each.getAction(),
                  each.getActive(),
                  each.getActor(),
                  each.getReason());
      commands.computeIfAbsent(command, none -> new ArrayList<>()).add(each);
    }
    commands.values().forEach(same -> entries.add(new Entry(same.get(0).getAt(), told(same))));
    out.println("timeline");
    entries.stream()
        .sorted((one, two) -> one.at().compareTo(two.at()))
        .forEach(each -> out.println("  " + second(each.at()) + "  " + each.text()));
  }

  private static String told(List<AccountAction> same) {
    AccountAction first = same.get(0);
    String what = first.getAction().name().toLowerCase(Locale.ROOT);
    if (first.getRequestsPerMinute() != null) {
      what += " to %d requests a minute".formatted(first.getRequestsPerMinute());
    }
    if (first.getUntil() != null) {
      what += " until " + second(first.getUntil());
    }
    return "%s: %s of %,d accounts by %s%s, \"%s\""
        .formatted(
            first.getUndoes() == null ? first.getActionId() : "undoes " + first.getUndoes(),
            what,
            same.size(),
            first.getActor(),
            first.getAutomatic() ? " (automatic)" : "",
            first.getReason());
  }

  private void members(AlertedCluster cluster, ActionLog log, Instant now, PrintWriter out) {
    List<AlertedCluster.Member> members = cluster.members();
    Map<String, String> held = new TreeMap<>();
    for (AccountAction each : log.inForce(now)) {
      held.merge(
          each.getTenant() + "/" + each.getAccount(),
          each.getAction().name().toLowerCase(Locale.ROOT),
          (one, two) -> one.equals(two) ? one : one + ", " + two);
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("tenant", "account", "first seen", "in force"));
    members.stream()
        .skip(pageStart())
        .limit(limit)
        .forEach(
            member ->
                rows.add(
                    List.of(
                        member.tenant().isEmpty() ? "-" : member.tenant(),
                        member.account(),
                        second(member.firstSeen()),
                        held.getOrDefault(member.tenant() + "/" + member.account(), "-"))));
    out.println("members");
    TextTable.print(rows, MEMBER_TEXTS, out);
    if (members.size() > rows.size() - 1) {
      out.println(
          "%,d of %,d; --page and --limit show others".formatted(rows.size() - 1, members.size()));
    }
  }

  private static String second(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
