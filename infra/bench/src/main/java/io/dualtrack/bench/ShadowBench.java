package io.dualtrack.bench;

import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ShadowPair;
import io.dualtrack.schemas.Shadowing;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.Topics;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What copies for comparison cost the caller whose request is copied. */
@Command(
    name = "shadow",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Chats through the whole stack in this process: without copies at a second offering, with a",
      "copy of one in ten, and with a copy of each at an offering that never answers; in turns, so",
      "that all three have the same machine."
    })
final class ShadowBench implements Callable<Integer> {

  private static final String HANGING_MODEL = "glm-5.2";
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  @Option(names = "--rounds", description = "of each kind (default: ${DEFAULT-VALUE})")
  private int rounds = 10;

  @Option(names = "--calls", description = "calls of a round (default: ${DEFAULT-VALUE})")
  private int calls = 300;

  @Option(
      names = "--connections",
      description = "calls in flight at a time (default: ${DEFAULT-VALUE})")
  private int connections = 4;

  @Option(
      names = "--latency-ms",
      description = "how long the sandbox takes to answer (default: ${DEFAULT-VALUE})")
  private long latencyMs = 50;

  @Option(names = "--warm-up", description = "calls before (default: ${DEFAULT-VALUE})")
  private int warmUp = 10_000;

  /** What is copied. */
  private enum Kind {
    NONE(null, 0),
    TENTH("local-llama-3.1-405b-eu", 10),
    HANGING("local-glm-5.2-eu", 100);

    private final String offering;
    private final int percent;

    Kind(String offering, int percent) {
      this.offering = offering;
      this.percent = percent;
    }

    List<Shadowing> shadowings() {
      return offering == null
          ? List.of()
          : List.of(
              Shadowing.newBuilder()
                  .setId("bench-" + offering)
                  .setModel(Chats.MODEL)
                  .setOffering(offering)
                  .setPercent(BigDecimal.valueOf(percent).setScale(18))
                  .setMonthlyBudget(BigDecimal.valueOf(1_000_000).setScale(18))
                  .build());
    }
  }

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-bench-"));
        LocalStack stack =
            LocalStack.start(
                StackOptions.onFreePorts(scratch.path("data"))
                    .withSandboxLatency(Duration.ofMillis(latencyMs)),
                ShippedControl::publish,
                System.err::println)) {
      StackAddress address = stack.address();
      URI gateway = URI.create(address.http() + "/v1/chat/completions");
      SchemaRegistry registry =
          SchemaRegistry.connect(address.registry(), scratch.path("registry.jsonl"));
      hang(address);
      Chats chats = new Chats();
      chats.load(gateway, warmUp, 16 * connections);
      chats.forgetFailed();
      Map<Kind, List<Double>> millis = new EnumMap<>(Kind.class);
      List<Kind> turns = new ArrayList<>(Arrays.asList(Kind.values()));
      for (int round = 0; round < rounds; round++) {
        Collections.rotate(turns, 1);
        for (Kind kind : turns) {
          copy(address, registry, kind);
          // Until every task has the contract of now.
          chats.load(gateway, calls / 5, connections);
          double[] measured = chats.load(gateway, calls, connections).millis();
          List<Double> all = millis.computeIfAbsent(kind, any -> new ArrayList<>());
          Arrays.stream(measured).forEach(all::add);
        }
      }
      Chats.Load none = all(millis.get(Kind.NONE));
      Chats.Load tenth = all(millis.get(Kind.TENTH));
      Chats.Load hanging = all(millis.get(Kind.HANGING));
      System.out.println(
          new Figures("shadow")
              .put("calls", (long) rounds * calls)
              .put("connections", connections)
              .put("latency_ms", latencyMs)
              .put("p50_ms", none.percentile(50))
              .put("p50_ms_with_a_tenth_copied", tenth.percentile(50))
              .put("p50_ms_with_hanging_copies", hanging.percentile(50))
              .put("more_percent_with_a_tenth_copied", more(none, tenth))
              .put("more_percent_with_hanging_copies", more(none, hanging))
              .put("p99_ms", none.percentile(99))
              .put("p99_ms_with_a_tenth_copied", tenth.percentile(99))
              .put("p99_ms_with_hanging_copies", hanging.percentile(99))
              .put("pairs", pairs(address, registry))
              .put("failed", chats.failed()));
      return chats.failed() == 0 ? 0 : 1;
    }
  }

  /** Calls of one model are read and never answered. */
  private static void hang(StackAddress address) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(address.sandbox() + "/sandbox/behaviours/" + HANGING_MODEL))
            .PUT(BodyPublishers.ofString("{\"hang\": true}"))
            .build();
    int status = HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode();
    if (status != 200) {
      throw new IllegalStateException("the sandbox answered %d".formatted(status));
    }
  }

  private static void copy(StackAddress address, SchemaRegistry registry, Kind kind)
      throws Exception {
    Tenant tenant =
        ShippedControl.read().tenants().stream()
            .filter(each -> each.getId().equals(Chats.TENANT))
            .findFirst()
            .orElseThrow();
    tenant.setShadowings(kind.shadowings());
    new ControlTopics(address.kafka(), registry, Clock.systemUTC())
        .publish(
            new ControlSet(List.of(tenant), List.of(), List.of(), List.of()),
            SigningKey.open(address.data().resolve(LocalStack.POLICY_KEY)),
            "bench");
  }

  private static long pairs(StackAddress address, SchemaRegistry registry) {
    AtomicLong pairs = new AtomicLong();
    try (TopicScan<ShadowPair> scan =
        new TopicScan<>(address.kafka(), registry, Topics.SHADOW_PAIRS)) {
      scan.fromBeginning().toEnd(PATIENCE, key -> true, (key, pair) -> pairs.incrementAndGet());
    }
    return pairs.get();
  }

  private static Chats.Load all(List<Double> millis) {
    return new Chats.Load(0, millis.stream().mapToDouble(Double::doubleValue).sorted().toArray());
  }

  private static double more(Chats.Load without, Chats.Load with) {
    return 100 * (with.percentile(50) / without.percentile(50) - 1);
  }
}
