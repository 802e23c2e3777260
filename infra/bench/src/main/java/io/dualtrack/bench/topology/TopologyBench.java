package io.dualtrack.bench.topology;

import io.dualtrack.bench.CpuTime;
import io.dualtrack.bench.Figures;
import io.dualtrack.bench.Scratch;
import io.dualtrack.bench.topology.TopologyRig.Keyed;
import io.dualtrack.bench.topology.TopologyRig.Reader;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The topology alone, beside a bare repartition and dedupe of the same records. */
@Command(
    name = "topology",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Requests through the topology alone: tagged, decided, looked up, ordered; then their answers:",
      "kept, settled, booked. Beside it, in the same run and exactly once too, the same records",
      "repartitioned and let through once for each key, unread. The rate is taken after each",
      "doubling of what is kept; then the topology starts again, with its state and without."
    })
public final class TopologyBench implements Callable<Integer> {

  /** What is kept doubles so many times. */
  private static final int DOUBLINGS = 3;

  private static final String BARE_IN = "bench.in";
  private static final String BARE_OUT = "bench.out";

  @Option(
      names = "--entries",
      description = "answers that are kept in the end (default: ${DEFAULT-VALUE})")
  private int entries = 200_000;

  @Option(
      names = "--warm-up",
      description = "requests before, of either kind (default: ${DEFAULT-VALUE})")
  private int warmUp = 40_000;

  @Option(
      names = "--at-once",
      description = "requests that are written before answers are (default: ${DEFAULT-VALUE})")
  private int atOnce = 20_000;

  @Option(
      names = "--answer-bytes",
      description = "length of an answer's text (default: ${DEFAULT-VALUE})")
  private int answerBytes = 1_000;

  /** Wall clock and processor time of some work. */
  private record Spent(Duration time, Duration cpu) {

    static final Spent NOTHING = new Spent(Duration.ZERO, Duration.ZERO);

    Spent plus(Spent other) {
      return new Spent(time.plus(other.time), cpu.plus(other.cpu));
    }

    double perSecond(int count) {
      return count / (time.toNanos() / 1e9);
    }

    double micros(int count) {
      return cpu.toNanos() / 1e3 / count;
    }
  }

  @FunctionalInterface
  private interface Work {
    void run() throws Exception;
  }

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-bench-"));
        TopologyRig rig = new TopologyRig(scratch.folder())) {
      Traffic traffic = new Traffic(rig.registry(), answerBytes);
      Figures figures =
          new Figures("topology").put("entries", entries).put("answer_bytes", answerBytes);
      Spent bare = bare(rig, traffic);
      Spent last = grow(rig, traffic, figures);
      int lastOnes = entries - (entries >> 1);
      figures
          .put("requests_per_second", last.perSecond(lastOnes))
          .put("cpu_us_per_request", last.micros(lastOnes))
          .put("bare_per_second", bare.perSecond(bareOnes()))
          .put("bare_cpu_us_per_request", bare.micros(bareOnes()))
          .put("ratio", last.perSecond(lastOnes) / bare.perSecond(bareOnes()))
          .put("cpu_ratio", last.micros(lastOnes) / bare.micros(bareOnes()));
      restarts(rig, traffic, figures);
      System.out.println(figures);
      return 0;
    }
  }

  private int bareOnes() {
    return Math.max(atOnce, entries >> 1);
  }

  private Spent bare(TopologyRig rig, Traffic traffic) throws Exception {
    rig.topic(BARE_IN);
    rig.topic(BARE_OUT);
    try (BareDedupe ignored = new BareDedupe(rig, BARE_IN, BARE_OUT)) {
      Reader out = rig.reader(List.of(BARE_OUT));
      bare(rig, traffic, out, warmUp);
      Spent spent = bare(rig, traffic, out, bareOnes());
      System.err.printf(
          "bare: %.0f requests/s, %.0f us CPU each%n",
          spent.perSecond(bareOnes()), spent.micros(bareOnes()));
      return spent;
    }
  }

  private Spent bare(TopologyRig rig, Traffic traffic, Reader out, int count) throws Exception {
    Spent spent = Spent.NOTHING;
    for (int done = 0; done < count; done += atOnce) {
      int some = Math.min(atOnce, count - done);
      List<Keyed> requests = traffic.requests(some);
      spent =
          spent.plus(
              measure(
                  () -> {
                    rig.write(BARE_IN, requests);
                    out.read(some);
                  }));
    }
    return spent;
  }

  /** Returns what the last doubling took. */
  private Spent grow(TopologyRig rig, Traffic traffic, Figures figures) throws Exception {
    rig.startTopology();
    Reader orders =
        rig.reader(
            Stream.of(
                    Topics.ORDERS_API_BATCH, Topics.ORDERS_API_DEFERRED, Topics.ORDERS_LOCAL_BATCH)
                .map(Topic::name)
                .toList());
    Reader results = rig.reader(List.of(Topics.RESULTS.name()));
    answer(rig, traffic, orders, results, warmUp);
    int kept = warmUp;
    Spent spent = Spent.NOTHING;
    for (int doubling = DOUBLINGS; doubling >= 0; doubling--) {
      int until = entries >> doubling;
      int count = doubling == DOUBLINGS ? until : until - (entries >> (doubling + 1));
      spent = answer(rig, traffic, orders, results, count);
      kept += count;
      System.err.printf(
          "%,d kept: %.0f requests/s, %.0f us CPU each%n",
          kept, spent.perSecond(count), spent.micros(count));
      figures.put("per_second_at_1_%d".formatted(1 << doubling), spent.perSecond(count));
    }
    figures.put("kept", kept);
    return spent;
  }

  private Spent answer(TopologyRig rig, Traffic traffic, Reader orders, Reader results, int count)
      throws Exception {
    Spent spent = Spent.NOTHING;
    for (int done = 0; done < count; done += atOnce) {
      int some = Math.min(atOnce, count - done);
      List<Keyed> requests = traffic.requests(some);
      List<Keyed>[] asked = new List[1];
      spent =
          spent.plus(
              measure(
                  () -> {
                    rig.write(Topics.REQUESTS.name(), requests);
                    asked[0] = orders.read(some);
                  }));
      List<Keyed> answers = traffic.answers(asked[0]);
      spent =
          spent.plus(
              measure(
                  () -> {
                    rig.write(Topics.COMPLETIONS.name(), answers);
                    results.read(some);
                  }));
    }
    return spent;
  }

  private void restarts(TopologyRig rig, Traffic traffic, Figures figures) throws Exception {
    Path state = rig.config().stateFolder();
    rig.stopTopology();
    long bytes = size(state) / (warmUp + entries);
    Duration again = rig.startTopology();
    rig.stopTopology();
    try (Scratch gone = new Scratch(state)) {
      System.err.printf("removing %s%n", gone.folder().getFileName());
    }
    Duration restored = rig.startTopology();
    System.err.printf(
        "started again in %.1f s, in %.1f s without its state; %d bytes an entry%n",
        again.toMillis() / 1e3, restored.toMillis() / 1e3, bytes);
    figures
        .put("state_bytes_per_entry", bytes)
        .put("state_bytes_beyond_answer", bytes - traffic.bytesOfAnswer())
        .put("restart_seconds", again.toMillis() / 1e3)
        .put("restore_seconds", restored.toMillis() / 1e3);
  }

  private static long size(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }

  private static Spent measure(Work work) throws Exception {
    Duration cpu = CpuTime.ofThisAndChildren();
    long begin = System.nanoTime();
    work.run();
    return new Spent(
        Duration.ofNanos(System.nanoTime() - begin), CpuTime.ofThisAndChildren().minus(cpu));
  }
}
