package io.dualtrack.bench;

import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackOptions;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Interactive calls through the gateway, beside the same calls straight to the sandbox. */
@Command(
    name = "interactive",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Chats that nobody asked before, through the gateway and the whole stack in this process, and",
      "straight to the sandbox in the same run: one in flight for the latency that is added, then",
      "with many connections for the rate."
    })
final class InteractiveBench implements Callable<Integer> {

  @Option(names = "--calls", description = "calls with one in flight (default: ${DEFAULT-VALUE})")
  private int calls = 500;

  @Option(
      names = "--connections",
      description = "connections of the second part (default: ${DEFAULT-VALUE})")
  private int connections = 64;

  @Option(names = "--many", description = "calls of the second part (default: ${DEFAULT-VALUE})")
  private int many = 15_000;

  @Option(
      names = "--warm-up",
      description = "calls with many connections before (default: ${DEFAULT-VALUE})")
  private int warmUp = 15_000;

  @Option(
      names = "--latency-ms",
      description = "how long the sandbox takes to answer (default: ${DEFAULT-VALUE})")
  private long latencyMs = 0;

  @Option(names = "--partitions", description = "partitions of a topic (default: ${DEFAULT-VALUE})")
  private int partitions = StackOptions.DEFAULT_PARTITIONS;

  @Override
  public Integer call() throws Exception {
    Path folder = Files.createTempDirectory("dualtrack-bench-");
    try (Scratch scratch = new Scratch(folder);
        LocalStack stack =
            LocalStack.start(
                StackOptions.onFreePorts(scratch.path("data"))
                    .withPartitions(partitions)
                    .withSandboxLatency(Duration.ofMillis(latencyMs)),
                ShippedControl::publish,
                System.err::println)) {
      StackAddress address = stack.address();
      Chats chats = new Chats();
      URI gateway = URI.create(address.http() + "/v1/chat/completions");
      URI sandbox = URI.create(address.sandbox() + "/v1/chat/completions");
      chats.load(gateway, warmUp, connections);
      chats.load(sandbox, warmUp / 4, connections);
      chats.load(gateway, calls / 5, 1);
      chats.forgetFailed();

      Chats.Load direct = chats.load(sandbox, calls, 1);
      Chats.Load single = chats.load(gateway, calls, 1);
      Duration cpuBefore = CpuTime.ofThisAndChildren();
      Chats.Load loaded = chats.load(gateway, many, connections);
      double cpu = CpuTime.ofThisAndChildren().minus(cpuBefore).toNanos() / 1e6 / many;
      Chats.Load directLoaded = chats.load(sandbox, many, connections);
      System.err.printf(
          "one in flight: p50 %.1f ms, sandbox alone %.1f ms; %d connections: %.0f requests/s%n",
          single.percentile(50), direct.percentile(50), connections, loaded.perSecond());
      System.out.println(
          new Figures("interactive")
              .put("calls", calls)
              .put("latency_ms", latencyMs)
              .put("direct_p50_ms", direct.percentile(50))
              .put("direct_p99_ms", direct.percentile(99))
              .put("p50_ms", single.percentile(50))
              .put("p99_ms", single.percentile(99))
              .put("added_p50_ms", single.percentile(50) - direct.percentile(50))
              .put("added_p99_ms", single.percentile(99) - direct.percentile(99))
              .put("connections", connections)
              .put("requests_per_second", loaded.perSecond())
              .put("loaded_p50_ms", loaded.percentile(50))
              .put("loaded_p99_ms", loaded.percentile(99))
              .put("cpu_ms_per_request", cpu)
              .put("direct_per_second", directLoaded.perSecond())
              .put("failed", chats.failed()));
      return chats.failed() == 0 ? 0 : 1;
    }
  }
}
