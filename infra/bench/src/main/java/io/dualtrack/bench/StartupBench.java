package io.dualtrack.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How long {@code dualtrack up} takes to be ready, and how much memory it then holds. */
@Command(
    name = "startup",
    mixinStandardHelpOptions = true,
    description = {
      "Starts the stack in a process of its own, first with an empty data folder and then again",
      "with what the starts before left there."
    })
final class StartupBench implements Callable<Integer> {

  private static final String READY = "dualtrack is ready";

  @Option(
      names = "--restarts",
      description = "starts with the data of the one before (default: ${DEFAULT-VALUE})")
  private int restarts = 2;

  private record Start(double seconds, long residentMb) {}

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-bench-"))) {
      Start empty = start(scratch.path("data"));
      Start[] again = new Start[restarts];
      for (int number = 0; number < restarts; number++) {
        again[number] = start(scratch.path("data"));
      }
      System.out.println(
          new Figures("startup")
              .put("empty_seconds", empty.seconds())
              .put(
                  "restart_seconds_worst",
                  Arrays.stream(again).mapToDouble(Start::seconds).max().orElse(0))
              .put("resident_mb", empty.residentMb()));
      return 0;
    }
  }

  private static Start start(Path data) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    Process process =
        Launcher.start(
            "up",
            "--data",
            data.toString(),
            "--port",
            "0",
            "--kafka-port",
            "0",
            "--registry-port",
            "0",
            "--sandbox-port",
            "0");
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      while (line != null && !line.startsWith(READY)) {
        line = lines.readLine();
      }
      if (line == null) {
        throw new IOException("the stack ended before it was ready");
      }
      double seconds = (System.nanoTime() - begin) / 1e9;
      long resident = ResidentMemory.of(process.toHandle());
      System.err.printf("ready after %.1f s, %d MB resident%n", seconds, resident);
      return new Start(seconds, resident);
    } finally {
      process.destroy();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
  }
}
