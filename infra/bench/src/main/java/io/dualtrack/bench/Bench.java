package io.dualtrack.bench;

import io.dualtrack.bench.abuse.AbuseLogCommand;
import io.dualtrack.bench.abuse.AbuseScoreCommand;
import io.dualtrack.bench.cost.CostBench;
import io.dualtrack.local.LogFiles;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The benchmarks. Each prints one JSON line of figures last. */
@Command(
    name = "dualtrack bench",
    mixinStandardHelpOptions = true,
    subcommands = {
      AbuseLogCommand.class,
      AbuseScoreCommand.class,
      BatchBench.class,
      CostBench.class,
      DispatcherBench.class,
      GatewayBench.class,
      InteractiveBench.class,
      PolicyBench.class,
      PrefixBench.class,
      StartupBench.class
    },
    description = "Benchmarks, each beside a baseline; one JSON line of figures last.")
public final class Bench implements Runnable {

  @Spec private CommandSpec spec;

  private Bench() {}

  public static void main(String[] args) {
    LogFiles.ofStack(Path.of(System.getProperty("java.io.tmpdir"), "dualtrack-bench"));
    System.exit(new CommandLine(new Bench()).execute(args));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which benchmark?");
  }
}
