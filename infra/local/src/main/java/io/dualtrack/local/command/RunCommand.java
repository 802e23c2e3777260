package io.dualtrack.local.command;

import io.dualtrack.local.DurationText;
import io.dualtrack.local.LogFiles;
import io.dualtrack.local.command.Caller.UnknownCallerException;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.feeder.BatchFiles;
import io.dualtrack.local.feeder.BatchRun;
import io.dualtrack.local.feeder.RunOptions;
import io.dualtrack.local.feeder.RunSummary;
import io.dualtrack.local.feeder.StackLostException;
import io.dualtrack.local.feeder.UnusableFileException;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackFailure;
import io.dualtrack.local.stack.StackOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a batch file. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Sends an OpenAI batch file through the stack and writes its output file. Uses a running"
            + " stack, else starts one for the run.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every line is answered",
      "1:the run ended, but some lines have no answer; the output says why",
      "2:wrong usage, or input or output that cannot be used",
      "3:the stack could not start or was lost; what came until then is kept"
    })
public final class RunCommand implements Callable<Integer> {

  private static final String KEY_VARIABLE = "DUALTRACK_API_KEY";

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "FILE", description = "OpenAI batch file, JSON lines")
  private Path file;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "OUT",
      description = "output file; replaced when the run is whole")
  private Path out;

  @Option(
      names = "--tenant",
      paramLabel = "TENANT",
      description = "who pays (default: the key's tenant, else acme)")
  private String tenant;

  @Option(
      names = "--account",
      paramLabel = "ACCOUNT",
      description = "seat of the tenant (default: its first)")
  private String account;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description = "API key in place of --tenant and --account (default: $" + KEY_VARIABLE + ")")
  private String key;

  @Mixin private StackOption stack;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description = "lines that are sent and not answered, at most (default: ${DEFAULT-VALUE})")
  private int inFlight = 4_000;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      converter = DurationText.class,
      description = "how long a line may take: 30s, 10m, 24h (default: 24h)")
  private Duration deadline = Duration.ofHours(24);

  @Option(
      names = "--cost-wait",
      paramLabel = "TIME",
      converter = DurationText.class,
      description = "how long to wait for the costs after the last answer (default: 1m)")
  private Duration costWait = Duration.ofMinutes(1);

  @Option(names = "--json", description = "print the summary as one JSON object")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (inFlight < 1) {
      throw new ParameterException(spec.commandLine(), "--in-flight must be 1 or more");
    }
    if (deadline.isZero()) {
      throw new ParameterException(spec.commandLine(), "--deadline must be above 0");
    }
    try (Interruption interruption = Interruption.open();
        TerminalProgress progress = new TerminalProgress(spec.commandLine().getErr())) {
      BatchFiles.check(file, out);
      Optional<StackAddress> running = running();
      if (running.isPresent()) {
        return run(running.get(), progress);
      }
      StackOptions options = StackOptions.onFreePorts(StackOptions.defaultData());
      LogFiles.ofStack(options.data());
      progress.say("no stack runs, starting one for this run");
      try (LocalStack started = LocalStack.start(options, ShippedControl::publish, progress::say)) {
        return run(started.address(), progress);
      }
    } catch (UnusableFileException | UnknownCallerException e) {
      return fail(Exit.USAGE, e.getMessage());
    }
  }

  private Optional<StackAddress> running() {
    if (stack.given().isPresent()) {
      return Optional.of(StackAddress.fetch(stack.given().get()));
    }
    try {
      return Optional.of(StackAddress.fetch(StackOption.DEFAULT));
    } catch (StackFailure e) {
      return Optional.empty();
    }
  }

  private int run(StackAddress address, TerminalProgress progress)
      throws UnusableFileException, UnknownCallerException, IOException {
    StackClient client = new StackClient(address);
    Caller caller =
        Caller.find(
            Optional.ofNullable(tenant),
            Optional.ofNullable(account),
            apiKey(),
            client.control().read().tenants());
    BatchRun run =
        new BatchRun(
            client.bootstrap(),
            client.registry(),
            client::answers,
            new RunOptions(
                file, out, caller.tenant(), caller.account(), inFlight, deadline, costWait),
            progress,
            Clock.systemUTC());
    try {
      RunSummary summary = run.execute();
      progress.close();
      print(run.id(), summary);
      return summary.everyLineAnswered() ? Exit.DONE : Exit.INCOMPLETE;
    } catch (StackLostException e) {
      progress.close();
      return fail(Exit.STACK, e.getMessage() + kept(run));
    } catch (InterruptedException e) {
      progress.close();
      return fail(Exit.STACK, "stopped" + kept(run));
    }
  }

  /** A key on the command line wins; one in the environment gives way to a named tenant. */
  private Optional<String> apiKey() {
    if (key != null) {
      return Optional.of(key);
    }
    return tenant == null
        ? Optional.ofNullable(System.getenv(KEY_VARIABLE)).filter(found -> !found.isBlank())
        : Optional.empty();
  }

  private void print(String id, RunSummary summary) {
    PrintWriter terminal = spec.commandLine().getOut();
    if (json) {
      terminal.println(SummaryReport.json(summary).put("run", id).put("output", out.toString()));
    } else {
      SummaryReport.print(summary, terminal);
      terminal.println("run %s, output %s".formatted(id, out));
    }
    terminal.flush();
  }

  private String kept(BatchRun run) {
    Path partial = run.partialOutput();
    return Files.exists(partial) ? "; what came until then is in " + partial : "";
  }

  private int fail(int code, String message) {
    spec.commandLine().getErr().println("dualtrack: " + message);
    spec.commandLine().getErr().flush();
    return code;
  }
}
