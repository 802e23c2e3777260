package io.dualtrack.local.command;

import io.dualtrack.local.fraud.AlertJson;
import io.dualtrack.local.fraud.OcsfFinding;
import io.dualtrack.operations.fraud.AbuseTopics;
import io.dualtrack.operations.fraud.ActionLog;
import io.dualtrack.operations.fraud.AlertedCluster;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.Evidence;
import java.io.PrintWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.InterruptException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The fraud team's view. */
@Command(
    name = "alerts",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "What the search for distillation found: one line for each cluster of accounts as it stands"
            + " now. `dualtrack abuse show CLUSTER` has everything of one.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:all that is wanted was printed", "2:wrong usage", "3:no stack answers"})
public final class AlertsCommand implements Callable<Integer> {

  private static final List<String> HEAD =
      List.of(
          "cluster",
          "kind",
          "tenants",
          "evidence",
          "recommended",
          "done",
          "last alert",
          "accounts",
          "score");
  private static final int TEXT_COLUMNS = 7;
  private static final int TENANTS_SHOWN = 3;

  @Spec private CommandSpec spec;

  @Option(names = "--follow", description = "then print alerts as they come, until Ctrl-C")
  private boolean follow;

  @Option(names = "--json", description = "print JSON, a line for each cluster")
  private boolean json;

  @Option(
      names = "--ocsf",
      description =
          "print each alert as an OCSF Detection Finding (class 2004, schema 1.3), a line for each,"
              + " the oldest first: for a SIEM")
  private boolean ocsf;

  @Option(names = "--tenant", paramLabel = "T", description = "only with accounts of this tenant")
  private String tenant;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      converter = SinceText.class,
      description = "only with alerts since then: 24h, 7d, 2026-11-21 or 2026-11-21T08:00:00Z")
  private Instant since = Instant.MIN;

  @Option(names = "--suppressed", description = "those too that an exemption suppressed")
  private boolean suppressed;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "at most so many clusters, the last ones (default: ${DEFAULT-VALUE})")
  private int limit = 100;

  @Mixin private StackOption stack;

  private final Map<String, Instant> firsts = new HashMap<>();

  @Override
  public Integer call() {
    AbuseTopics topics = stack.connect().abuse();
    if (!follow) {
      print(topics.alerts(), topics.actions());
      return Exit.DONE;
    }
    try (Interruption interruption = Interruption.open()) {
      topics.follow(earlier -> print(earlier, topics.actions()), this::next);
    } catch (InterruptException e) {
      // The end that was asked for.
      return Exit.DONE;
    }
    return Exit.DONE;
  }

  private void print(List<AbuseAlert> alerts, ActionLog log) {
    PrintWriter out = spec.commandLine().getOut();
    Instant now = Instant.now();
    List<AlertedCluster> all = AlertedCluster.of(alerts);
    all.forEach(each -> firsts.put(each.id(), each.firstRaised()));
    List<AlertedCluster> wanted =
        all.stream()
            .filter(each -> suppressed || !each.suppressed())
            .filter(each -> !each.latest().getRaisedAt().isBefore(since))
            .filter(each -> tenant == null || each.tenants().contains(tenant))
            .toList();
    List<AlertedCluster> shown = wanted.stream().limit(limit).toList();
    if (ocsf) {
      shown.stream()
          .flatMap(each -> each.alerts().stream())
          .filter(this::isWanted)
          .sorted(
              Comparator.comparing(AbuseAlert::getRaisedAt).thenComparing(AbuseAlert::getAlertId))
          .forEach(this::finding);
    } else if (json) {
      shown.forEach(each -> out.println(AlertJson.cluster(each, log, now)));
    } else {
      table(shown, log, now, out);
      if (wanted.size() > shown.size()) {
        out.println("%,d more; see --limit and --since".formatted(wanted.size() - shown.size()));
      }
    }
    out.flush();
  }

  private void table(List<AlertedCluster> clusters, ActionLog log, Instant now, PrintWriter out) {
    if (clusters.isEmpty()) {
      out.println("no alerts");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    for (AlertedCluster each : clusters) {
      AbuseAlert latest = each.latest();
      rows.add(
          List.of(
              each.id(),
              latest.getKind().name().toLowerCase(Locale.ROOT),
              tenants(each.tenants()),
              String.join("+", each.signals()),
              each.suppressed()
                  ? "none, " + latest.getSuppressedBy()
                  : latest.getRecommendedAction().name().toLowerCase(Locale.ROOT),
              standing(each, log, now),
              latest.getRaisedAt().truncatedTo(ChronoUnit.SECONDS).toString(),
              "%,d".formatted(latest.getAccountCount()),
              "%.2f".formatted(latest.getScore())));
    }
    TextTable.print(rows, TEXT_COLUMNS, out);
  }

  static String standing(AlertedCluster cluster, ActionLog log, Instant now) {
    String done =
        AlertJson.standing(cluster, log, now).entrySet().stream()
            .map(entry -> "%s %,d".formatted(entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
    return done.isEmpty() ? "-" : done;
  }

  private static String tenants(List<String> tenants) {
    if (tenants.isEmpty()) {
      return "-";
    }
    String shown = tenants.stream().limit(TENANTS_SHOWN).collect(Collectors.joining(", "));
    return tenants.size() > TENANTS_SHOWN
        ? "%s and %,d more".formatted(shown, tenants.size() - TENANTS_SHOWN)
        : shown;
  }

  private boolean isWanted(AbuseAlert alert) {
    return (suppressed || alert.getSuppressedBy() == null) && !alert.getRaisedAt().isBefore(since);
  }

  private void finding(AbuseAlert alert) {
    spec.commandLine().getOut().println(OcsfFinding.of(alert, firsts.get(alert.getClusterId())));
  }

  private void next(AbuseAlert alert) {
    PrintWriter out = spec.commandLine().getOut();
    firsts.merge(
        alert.getClusterId(), alert.getRaisedAt(), (one, two) -> one.isBefore(two) ? one : two);
    boolean ofTenant =
        tenant == null
            || tenant.equals(alert.getTenant())
            || alert.getTenantsAdded().contains(tenant);
    if (!isWanted(alert) || !ofTenant) {
      return;
    }
    if (ocsf) {
      finding(alert);
    } else if (json) {
      out.println(AlertJson.alert(alert));
    } else {
      out.println(
          "%s  %s  %,d accounts (%,d new)  score %.2f  %s  %s"
              .formatted(
                  alert.getRaisedAt().truncatedTo(ChronoUnit.SECONDS),
                  alert.getClusterId(),
                  alert.getAccountCount(),
                  alert.getAccountsAdded().size(),
                  alert.getScore(),
                  alert.getRecommendedAction().name().toLowerCase(Locale.ROOT),
                  alert.getEvidence().stream()
                      .map(Evidence::getSignal)
                      .distinct()
                      .collect(Collectors.joining("+"))));
    }
    out.flush();
  }
}
