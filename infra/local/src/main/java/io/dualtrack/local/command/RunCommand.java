package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.DurationText;
import io.dualtrack.local.LogFiles;
import io.dualtrack.local.batches.BatchClient.RefusedException;
import io.dualtrack.local.batches.BatchFiles;
import io.dualtrack.local.batches.BatchRun;
import io.dualtrack.local.batches.RunOptions;
import io.dualtrack.local.batches.RunSummary;
import io.dualtrack.local.batches.StackLostException;
import io.dualtrack.local.batches.UnusableFileException;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackFailure;
import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.schemas.Tenant;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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

  private static final Duration LONGEST = Duration.ofHours(72);

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
      description = "whose key for local development to use (default: acme)")
  private String tenant;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description =
          "API key of the account that pays, in place of --tenant (default: $"
              + Caller.KEY_VARIABLE
              + ")")
  private String key;

  @Mixin private StackOption stack;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      converter = DurationText.class,
      description = "how long the batch may take, 1s to 72h: 30s, 10m (default: 24h)")
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
    if (deadline.toMillisPart() > 0 || deadline.isZero() || deadline.compareTo(LONGEST) > 0) {
      throw new ParameterException(
          spec.commandLine(), "--deadline must be whole seconds from 1s to 72h");
    }
    if (key != null && tenant != null) {
      throw new ParameterException(
          spec.commandLine(), "--key says whose it is; leave --key or --tenant out");
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
    } catch (UnusableFileException e) {
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

  private int run(StackAddress address, TerminalProgress progress) throws UnusableFileException {
    StackClient client = new StackClient(address);
    Caller caller =
        Caller.find(
            Optional.ofNullable(key),
            Optional.ofNullable(tenant),
            Optional.ofNullable(System.getenv(Caller.KEY_VARIABLE)));
    BatchRun run =
        new BatchRun(
            address,
            client.registry(),
            new RunOptions(file, out, caller.key(), deadline, costWait),
            progress);
    try {
      RunSummary summary = run.execute();
      progress.close();
      print(run.batches(), summary);
      return summary.everyLineAnswered() ? Exit.DONE : Exit.INCOMPLETE;
    } catch (RefusedException e) {
      progress.close();
      if (e.status() == 401) {
        List<String> tenants =
            client.control().read().tenants().stream().map(Tenant::getId).toList();
        return fail(Exit.USAGE, caller.remedy(tenants));
      }
      return fail(Exit.STACK, message(e, run));
    } catch (StackLostException | IOException e) {
      progress.close();
      return fail(Exit.STACK, message(e, run));
    } catch (InterruptedException e) {
      progress.close();
      return fail(Exit.STACK, "stopped" + kept(run));
    }
  }

  private String message(Exception e, BatchRun run) {
    return e.getMessage() + kept(run);
  }

  private void print(List<String> batches, RunSummary summary) {
    PrintWriter terminal = spec.commandLine().getOut();
    if (json) {
      ObjectNode report = SummaryReport.json(summary).put("output", out.toString());
      batches.forEach(report.putArray("batches")::add);
      terminal.println(report);
    } else {
      SummaryReport.print(summary, terminal);
      terminal.println("output %s, %s".formatted(out, String.join(", ", batches)));
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
