package io.dualtrack.bench;

import io.dualtrack.bench.abuse.AbuseBench;
import io.dualtrack.bench.abuse.AbuseEvaluationCommand;
import io.dualtrack.bench.abuse.AbuseLogCommand;
import io.dualtrack.bench.abuse.AbuseScoreCommand;
import io.dualtrack.bench.cost.CostBench;
import io.dualtrack.bench.topology.TopologyBench;
import io.dualtrack.local.LogFiles;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The benchmarks. Each prints one JSON line of figures last. */
@Command(
    name = "dualtrack bench",
    mixinStandardHelpOptions = true,
    subcommands = {
      AbuseBench.class,
      AbuseEvaluationCommand.class,
      AbuseLogCommand.class,
      AbuseScoreCommand.class,
      AllBench.class,
      BatchBench.class,
      ConsoleLoad.class,
      CostBench.class,
      DispatcherBench.class,
      EncryptionBench.class,
      GatewayBench.class,
      InteractiveBench.class,
      PolicyBench.class,
      PrefixBench.class,
      ShadowBench.class,
      StartupBench.class,
      TopologyBench.class
    },
    description = "Benchmarks, each beside a baseline; one JSON line of figures last.")
public final class Bench implements Runnable {

  @Spec private CommandSpec spec;

  private Bench() {}

  public static void main(String[] args) {
    LogFiles.ofStack(Path.of(System.getProperty("java.io.tmpdir"), "dualtrack-bench"));
    CommandLine line =
        new CommandLine(new Bench())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionExceptionHandler(Bench::onFailure);
    System.exit(line.execute(args));
  }

  /** A file that is missing is the caller's mistake, and takes no trace to tell. */
  private static int onFailure(Exception failure, CommandLine line, ParseResult parsed)
      throws Exception {
    if (failure instanceof NoSuchFileException missing) {
      line.getErr().printf("dualtrack: there is no %s; name another file%n", missing.getFile());
    } else if (failure instanceof AccessDeniedException denied) {
      line.getErr().printf("dualtrack: %s must not be used; name another file%n", denied.getFile());
    } else if (failure instanceof UnusableInput unusable) {
      line.getErr().println("dualtrack: " + unusable.getMessage());
    } else {
      throw failure;
    }
    return CommandLine.ExitCode.USAGE;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which benchmark?");
  }
}
