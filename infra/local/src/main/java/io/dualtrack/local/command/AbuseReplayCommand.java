package io.dualtrack.local.command;

import io.dualtrack.jobs.abuse.AbuseThresholds;
import io.dualtrack.local.abuse.AbuseReplay;
import io.dualtrack.local.control.ControlFiles;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.review.control.InvalidControlException;
import io.dualtrack.schemas.AbuseExemption;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The abuse job over a recorded log. Needs no stack. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs the abuse job over a recorded log in the log's own time, and writes its alerts.",
      "The log has one JSON object a line, ordered by time; .gz is read as it is. Fields: at,",
      "account and prompt, and where known request_id, tenant, account_created_at,",
      "payment_fingerprint, device_fingerprint, ip, country (of the address), asn, hosting,",
      "declared_country, billing_country, model, system, tools, outcome."
    },
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the whole log was read",
      "1:lines could not be read; they are named, and the others count",
      "2:wrong usage, or a log that cannot be read",
      "3:the job failed"
    })
final class AbuseReplayCommand implements Callable<Integer> {

  private static final int PROBLEMS_SHOWN = 10;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "LOG", description = "the recorded log")
  private Path log;

  @Option(
      names = "--alerts",
      required = true,
      paramLabel = "OUT",
      description = "where the alerts go, one JSON object a line")
  private Path alerts;

  @Option(
      names = "--accounts",
      paramLabel = "N",
      description = "accounts that make a cluster (default: ${DEFAULT-VALUE})")
  private int accounts = AbuseThresholds.DEFAULT.accounts();

  @Option(
      names = "--exchanges",
      paramLabel = "N",
      description = "exchanges in which they must agree (default: ${DEFAULT-VALUE})")
  private int exchanges = AbuseThresholds.DEFAULT.exchanges();

  @Option(
      names = "--exemptions",
      paramLabel = "FILE",
      description =
          "control file with what is left alone, as `control apply` takes it; payments as the log"
              + " names them")
  private Path exemptions;

  @Override
  public Integer call() throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    if (!Files.isRegularFile(log) || !Files.isReadable(log)) {
      err.println("dualtrack: %s cannot be read; name a file of JSON lines".formatted(log));
      return Exit.USAGE;
    }
    AbuseThresholds thresholds;
    try {
      thresholds = AbuseThresholds.DEFAULT.with(accounts, exchanges);
    } catch (IllegalArgumentException e) {
      err.println("dualtrack: " + e.getMessage());
      return Exit.USAGE;
    }
    try {
      // Before hours of work, not after them.
      Files.newOutputStream(alerts).close();
    } catch (IOException e) {
      err.println("dualtrack: %s cannot be written; name another file".formatted(alerts));
      return Exit.USAGE;
    }
    List<AbuseExemption> exempted;
    try {
      exempted =
          exemptions == null
              ? List.of()
              : ControlFiles.read(exemptions, ControlSet.empty()).exemptions();
    } catch (InvalidControlException e) {
      e.problems().forEach(err::println);
      return Exit.USAGE;
    } catch (IOException e) {
      err.println("dualtrack: %s cannot be read: %s".formatted(exemptions, e.getMessage()));
      return Exit.USAGE;
    }
    Instant begin = Instant.now();
    AbuseReplay.Outcome outcome =
        AbuseReplay.of(
            log, alerts, thresholds, exempted, lines -> err.printf("%,d lines …%n", lines));
    double seconds = Duration.between(begin, Instant.now()).toMillis() / 1e3;
    outcome.problems().stream()
        .limit(PROBLEMS_SHOWN)
        .forEach(problem -> err.println("dualtrack: %s %s".formatted(log, problem)));
    err.printf(
        "%,d exchanges in %.1f s (%,.0f/s), %,d alerts; %,d lines could not be read%n",
        outcome.exchanges(),
        seconds,
        outcome.exchanges() / seconds,
        outcome.alerts(),
        outcome.badLines());
    return outcome.badLines() == 0 ? Exit.DONE : Exit.INCOMPLETE;
  }
}
