package io.dualtrack.local;

import io.dualtrack.local.stack.ControlDefaults;
import io.dualtrack.local.stack.KafkaChoice;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackHook;
import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.local.stack.StackProgress;
import io.dualtrack.local.stack.StackTexts;
import io.dualtrack.local.stack.Zones;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the whole stack until it is told to stop. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Runs the whole stack on loopback until Ctrl-C. A port of 0 is a free one. With --kafka and"
            + " --registry it works on a cluster that exists: it makes topics and schemas there,"
            + " starts none of its own, and leaves everything there when it ends. A folder belongs"
            + " to one cluster.")
final class UpCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "folder of everything that lasts (default: ~/.dualtrack)")
  private Path data = StackOptions.defaultData();

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "the gateway, health and metrics (default: ${DEFAULT-VALUE})")
  private int port = StackOptions.DEFAULT_HTTP_PORT;

  @Option(
      names = "--zones",
      paramLabel = "NAME,…",
      split = ",",
      description =
          "a stack for each zone, every one with its own broker, a folder of its name in DIR and the"
              + " next ports; what is given in the first one holds in all, and no text leaves its"
              + " zone")
  private List<String> zones = List.of();

  @Mixin private KafkaOptions kafka;

  @Option(
      names = "--sandbox-port",
      paramLabel = "PORT",
      description = "the sandbox (default: ${DEFAULT-VALUE})")
  private int sandboxPort = StackOptions.DEFAULT_SANDBOX_PORT;

  @Option(
      names = "--sandbox-latency",
      paramLabel = "TIME",
      converter = DurationText.class,
      description = "how long the sandbox takes to answer: 250ms, 1s, 2m (default: 0ms)")
  private Duration sandboxLatency = Duration.ZERO;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      description =
          "partitions of a topic; the same at every start with the same folder (default:"
              + " ${DEFAULT-VALUE})")
  private int partitions = StackOptions.DEFAULT_PARTITIONS;

  @Option(
      names = "--encrypt",
      description =
          "encrypts prompts and answers in topics, stores and files, from now on at every start"
              + " with the same folder; docs/security.md")
  private boolean encrypt;

  private final ControlDefaults defaults;

  UpCommand(ControlDefaults defaults) {
    this.defaults = defaults;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    StackOptions options = options();
    LogFiles.ofStack(options.data());
    if (encrypt) {
      StackTexts.encrypt(options.data());
      for (String zone : zones) {
        StackTexts.encrypt(data.resolve(zone));
      }
    }
    PrintWriter out = spec.commandLine().getOut();
    StackProgress progress =
        line -> {
          out.println(line);
          out.flush();
        };
    LocalStack stack = StackHook.start(options, defaults, progress);
    try (stack) {
      CompletableFuture<?> stopped = stack.stopped();
      if (!zones.isEmpty()) {
        Zones others = Zones.start(stack, options, zones, progress);
        out.println("zone %s is ready: %s".formatted(zones.get(0), stack.address().http()));
        others
            .gateways()
            .forEach((name, http) -> out.println("zone %s is ready: %s".formatted(name, http)));
        stopped = CompletableFuture.anyOf(stopped, others.stopped());
      }
      out.println("dualtrack is ready: " + stack.address().http());
      out.flush();
      stopped.get();
      return 0;
    } catch (ExecutionException e) {
      spec.commandLine().getErr().println("dualtrack: " + e.getCause().getMessage());
      return spec.exitCodeOnExecutionException();
    }
  }

  private StackOptions options() {
    try {
      KafkaChoice choice = kafka.choice(System.getenv());
      if (!zones.isEmpty()) {
        Zones.check(zones);
        if (!(choice instanceof KafkaChoice.Own)) {
          throw new IllegalArgumentException(
              "--zones has a broker of its own for each zone; leave --kafka and --registry out");
        }
      }
      return new StackOptions(
          zones.isEmpty() ? data : data.resolve(zones.get(0)),
          port,
          choice,
          sandboxPort,
          partitions,
          sandboxLatency,
          StackOptions.Services.EMBEDDED);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
