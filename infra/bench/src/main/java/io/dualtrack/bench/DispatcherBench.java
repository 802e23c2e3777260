package io.dualtrack.bench;

import io.dualtrack.bench.DispatcherRig.Done;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One dispatcher on a broker of its own, beside a plain client on the same sandbox. */
@Command(
    name = "dispatcher",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Orders through one dispatcher, without the rest of the stack: first as fast as it goes on a",
      "sandbox that answers at once, beside a plain client; then with 1,000 calls in flight and",
      "answers after 1 to 60 s, while other orders of the same partitions should be answered at",
      "once. For the figure in 512 MB: DUALTRACK_JAVA_OPTIONS=-Xmx512m."
    })
final class DispatcherBench implements Callable<Integer> {

  private static final String MODEL = "gpt-5.6-sol";
  private static final int CALLS_IN_FLIGHT = 1_000;
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration SPREAD = Duration.ofSeconds(59);

  @Option(names = "--orders", description = "orders of the fast part (default: ${DEFAULT-VALUE})")
  private int orders = 30_000;

  @Option(
      names = "--warm-up",
      description = "orders before the fast part (default: ${DEFAULT-VALUE})")
  private int warmUp = 20_000;

  @Option(
      names = "--slow-seconds",
      description =
          "how long the slow part is measured, after a minute to fill up; 0 leaves it out"
              + " (default: ${DEFAULT-VALUE})")
  private int slowSeconds = 120;

  @Override
  public Integer call() throws Exception {
    Path folder = Files.createTempDirectory("dualtrack-bench-");
    try (Scratch scratch = new Scratch(folder);
        DispatcherRig rig = new DispatcherRig(scratch.path("broker"))) {
      Figures figures = new Figures("dispatcher");
      fast(rig, scratch, figures);
      if (slowSeconds > 0) {
        slow(rig, figures);
      }
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      System.out.println(
          figures
              .put("heap_used_mb", (runtime.totalMemory() - runtime.freeMemory()) >> 20)
              .put("heap_limit_mb", runtime.maxMemory() >> 20));
      return 0;
    }
  }

  private void fast(DispatcherRig rig, Scratch scratch, Figures figures) throws Exception {
    URI sandbox = rig.sandbox(Duration.ZERO, Duration.ZERO);
    rig.offer("fast", sandbox, MODEL, 2 * CALLS_IN_FLIGHT);
    rig.start();
    rig.send("fast", "w", warmUp);
    rig.await(warmUp);
    long begin = System.nanoTime();
    rig.send("fast", "m", orders);
    rig.await(orders);
    double rate = orders / ((System.nanoTime() - begin) / 1e9);
    Path lines = scratch.path("plain.jsonl");
    BatchFile.writeDistinct(lines, orders, "plain", List.of(MODEL));
    double plain = new PlainClient().run(lines, URI.create(sandbox + "/v1"), CALLS_IN_FLIGHT);
    System.err.printf("at once: %.0f orders/s, plain client %.0f%n", rate, plain);
    figures
        .put("orders", orders)
        .put("orders_per_second", rate)
        .put("plain_client_per_second", plain)
        .put("ratio", rate / plain);
  }

  private void slow(DispatcherRig rig, Figures figures) throws Exception {
    rig.offer("slow", rig.sandbox(SHORTEST, SPREAD), MODEL, CALLS_IN_FLIGHT);
    double seconds = SHORTEST.plus(SPREAD.dividedBy(2)).toMillis() / 1_000.0;
    double ideal = CALLS_IN_FLIGHT / seconds;
    int fill = 60;
    // As a feeder does it: what waits is bounded, and for each that ends another one comes.
    int[] sent = {2 * CALLS_IN_FLIGHT};
    rig.send("slow", "s", sent[0]);
    long begin = System.nanoTime();
    Runnable feed =
        () -> {
          double elapsed = (System.nanoTime() - begin) / 1e9;
          int due = 2 * CALLS_IN_FLIGHT + (int) (ideal * elapsed) - sent[0];
          rig.send("slow", "s" + sent[0] + "-", due);
          sent[0] += due;
        };
    List<Done> filled = rig.watch(Duration.ofSeconds(fill), feed);
    int[] number = new int[1];
    List<Done> done =
        rig.watch(
            Duration.ofSeconds(slowSeconds),
            () -> {
              feed.run();
              rig.send("fast", "f" + number[0]++ + "-", 1);
            });
    long answered = done.stream().filter(each -> each.offering().equals("slow")).count();
    double[] waits =
        done.stream()
            .filter(each -> each.offering().equals("fast"))
            .mapToDouble(each -> each.waited().toNanos() / 1e6)
            .sorted()
            .toArray();
    double rate = (double) answered / slowSeconds;
    double p99 = waits[(int) Math.ceil(waits.length * 0.99) - 1];
    System.err.printf(
        "1 to 60 s: %.1f orders/s of %.1f, fast ones wait %.0f ms at p99 of %d; %d while filling%n",
        rate, ideal, p99, waits.length, filled.size());
    figures
        .put("slow_per_second", rate)
        .put("slow_ideal_per_second", ideal)
        .put("slow_share_of_ideal", rate / ideal)
        .put("fast_behind_slow", waits.length)
        .put("fast_wait_p99_ms", p99);
  }
}
