package io.dualtrack.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
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

  private static final String KEY = "dt-local-acme";
  private static final String MODEL = "gpt-5.6-sol";
  private static final ObjectMapper JSON = new ObjectMapper();

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

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final AtomicLong number = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  private record Load(double perSecond, double[] millis) {}

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
      URI gateway = URI.create(address.http() + "/v1/chat/completions");
      URI sandbox = URI.create(address.sandbox() + "/v1/chat/completions");
      load(gateway, warmUp, connections);
      load(sandbox, warmUp / 4, connections);
      load(gateway, calls / 5, 1);
      failed.set(0);

      double[] direct = load(sandbox, calls, 1).millis();
      Load single = load(gateway, calls, 1);
      Duration cpuBefore = CpuTime.ofThisAndChildren();
      Load loaded = load(gateway, many, connections);
      double cpu = CpuTime.ofThisAndChildren().minus(cpuBefore).toNanos() / 1e6 / many;
      Load directLoaded = load(sandbox, many, connections);
      System.err.printf(
          "one in flight: p50 %.1f ms, sandbox alone %.1f ms; %d connections: %.0f requests/s%n",
          percentile(single.millis(), 50), percentile(direct, 50), connections, loaded.perSecond());
      System.out.println(
          new Figures("interactive")
              .put("calls", calls)
              .put("latency_ms", latencyMs)
              .put("direct_p50_ms", percentile(direct, 50))
              .put("direct_p99_ms", percentile(direct, 99))
              .put("p50_ms", percentile(single.millis(), 50))
              .put("p99_ms", percentile(single.millis(), 99))
              .put("added_p50_ms", percentile(single.millis(), 50) - percentile(direct, 50))
              .put("added_p99_ms", percentile(single.millis(), 99) - percentile(direct, 99))
              .put("connections", connections)
              .put("requests_per_second", loaded.perSecond())
              .put("loaded_p50_ms", percentile(loaded.millis(), 50))
              .put("loaded_p99_ms", percentile(loaded.millis(), 99))
              .put("cpu_ms_per_request", cpu)
              .put("direct_per_second", directLoaded.perSecond())
              .put("failed", failed.get()));
      return failed.get() == 0 ? 0 : 1;
    }
  }

  /** As many calls as asked for, each connection with the next as soon as it has an answer. */
  private Load load(URI endpoint, int count, int atATime) throws Exception {
    Queue<Double> millis = new ConcurrentLinkedQueue<>();
    AtomicLong left = new AtomicLong(count);
    ExecutorService callers = Executors.newFixedThreadPool(atATime);
    long begin = System.nanoTime();
    try {
      for (Future<?> each :
          IntStream.range(0, atATime)
              .mapToObj(
                  i ->
                      callers.submit(
                          () -> {
                            while (left.getAndDecrement() > 0) {
                              millis.add(ask(endpoint));
                            }
                            return null;
                          }))
              .toList()) {
        each.get();
      }
    } finally {
      callers.shutdownNow();
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    double[] sorted = millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return new Load(count / seconds, sorted);
  }

  private double ask(URI endpoint) throws IOException, InterruptedException {
    ObjectNode body = JSON.createObjectNode().put("model", MODEL).put("temperature", 0);
    body.putArray("messages")
        .addObject()
        .put("role", "user")
        .put("content", "What is %d times 17?".formatted(number.incrementAndGet()));
    HttpRequest request =
        HttpRequest.newBuilder(endpoint)
            .timeout(Duration.ofMinutes(1))
            .header("Authorization", "Bearer " + KEY)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString()))
            .build();
    long begin = System.nanoTime();
    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 200 && failed.incrementAndGet() == 1) {
      System.err.println(answer.statusCode() + " " + answer.body());
    }
    return (System.nanoTime() - begin) / 1e6;
  }

  private static double percentile(double[] sorted, int percent) {
    return sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
  }
}
