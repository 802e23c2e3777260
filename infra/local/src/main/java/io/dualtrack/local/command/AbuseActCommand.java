package io.dualtrack.local.command;

import io.dualtrack.operations.fraud.AbuseTopics;
import io.dualtrack.operations.fraud.ActionCommand;
import io.dualtrack.operations.fraud.ActionCommand.Outcome;
import io.dualtrack.operations.fraud.AlertedCluster;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.RecommendedAction;
import io.dualtrack.schemas.Tenant;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.apache.kafka.common.errors.ProducerFencedException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Does something about accounts, and undoes it. */
@Command(
    name = "act",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Does something about an account, or about all accounts of a cluster, within seconds: review"
          + " is recorded and changes nothing, throttle answers so many requests a minute and"
          + " refuses the others with 429, suspend refuses all with 403.",
      "Accounts that join a cluster later are not held: give the command again. --undo lifts what"
          + " was done; both stay on record."
    },
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:another command came in between (try again), or of some accounts nobody can say whose they"
          + " are",
      "2:wrong usage, nothing of that name, or it is so already",
      "3:no stack answers"
    })
final class AbuseActCommand implements Callable<Integer> {

  private static final int USUAL_PER_MINUTE = 6;

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "CLUSTER|ACCOUNT",
      description = "id of a cluster, see `dualtrack alerts`, or of an account")
  private String target;

  @Option(
      names = "--action",
      paramLabel = "ACTION",
      description = "review, throttle or suspend; with --undo only what is of that kind")
  private RecommendedAction action;

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "why; it stays on record and is not told to the account")
  private String reason;

  @Option(
      names = "--tenant",
      paramLabel = "T",
      description = "whose account it is, where several tenants have one of that name")
  private String tenant;

  @Option(
      names = "--per-minute",
      paramLabel = "N",
      description = "of throttle: requests that are answered in any minute (default: 6)")
  private Integer perMinute;

  @Option(
      names = "--days",
      paramLabel = "D",
      description = "ends by itself after so many days (default: it does not)")
  private Integer days;

  @Option(names = "--undo", description = "lift what was done")
  private boolean undo;

  @Mixin private PersonOption person;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    ActionCommand command = command(now);
    PrintWriter err = spec.commandLine().getErr();
    try {
      StackClient client = stack.connect();
      AbuseTopics topics = client.abuse();
      List<AlertedCluster> clusters = AlertedCluster.of(topics.alerts());
      List<Tenant> tenants = client.control().read().tenants();
      String id = "act-" + UUID.randomUUID().toString().substring(0, 8);
      return report(
          topics.command(
              log ->
                  undo
                      ? command.undo(clusters, tenants, log, id, now)
                      : command.act(clusters, tenants, log, id, now)));
    } catch (ProducerFencedException e) {
      err.println("dualtrack: another command came in between, nothing was done; try again");
      return Exit.INCOMPLETE;
    } finally {
      err.flush();
    }
  }

  private ActionCommand command(Instant now) {
    if (reason.isBlank() || person.name().isEmpty()) {
      throw usage("--reason and --as must say something");
    }
    if (!undo && action == null) {
      throw usage("what is to be done? --action review, throttle or suspend, or --undo");
    }
    boolean throttles = !undo && action == RecommendedAction.THROTTLE;
    if (perMinute != null
        && (!throttles || perMinute < 1 || perMinute > ActionCommand.MOST_PER_MINUTE)) {
      throw usage(
          "--per-minute is for throttle, from 1 to %,d".formatted(ActionCommand.MOST_PER_MINUTE));
    }
    if (days != null && (undo || days < 1)) {
      throw usage("--days is 1 or more, and not for --undo");
    }
    Integer limit = perMinute == null ? Integer.valueOf(USUAL_PER_MINUTE) : perMinute;
    return new ActionCommand(
        target,
        tenant,
        action,
        throttles ? limit : null,
        days == null ? null : now.plus(Duration.ofDays(days)),
        reason.strip(),
        person.name());
  }

  private ParameterException usage(String what) {
    return new ParameterException(spec.commandLine(), what);
  }

  private int report(Outcome outcome) {
    if (outcome instanceof Outcome.Denied denied) {
      spec.commandLine().getErr().println("dualtrack: " + denied.why());
      return Exit.USAGE;
    }
    Outcome.Done done = (Outcome.Done) outcome;
    AccountAction first = done.actions().get(0);
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        "%s: %s of %,d accounts%s"
            .formatted(
                done.what(),
                (undo ? "undone, " : "") + first.getAction().name().toLowerCase(Locale.ROOT),
                done.actions().size(),
                undo ? "" : ", action " + first.getActionId()));
    if (done.already() > 0) {
      out.println("of %,d more it holds already".formatted(done.already()));
    }
    out.flush();
    if (done.unknown() > 0) {
      spec.commandLine()
          .getErr()
          .println(
              "dualtrack: of %,d accounts nobody can say whose they are; name them with --tenant"
                  .formatted(done.unknown()));
      return Exit.INCOMPLETE;
    }
    return Exit.DONE;
  }
}
