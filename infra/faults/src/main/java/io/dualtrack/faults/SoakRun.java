package io.dualtrack.faults;

import io.dualtrack.bench.Scratch;
import io.dualtrack.faults.oracle.Oracle;
import io.dualtrack.faults.oracle.Verdict;
import io.dualtrack.local.stack.StackOptions.Services;
import io.dualtrack.local.stack.StackProgress;
import java.time.Duration;
import java.util.List;

/** Faults of a plan on a cluster under steady load, and the oracle behind them. */
final class SoakRun {

  private static final Duration LATENCY = Duration.ofSeconds(2);
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(20);

  /** A batch is over after about this long, and the next one begins. */
  private static final Duration BATCH = Duration.ofSeconds(60);

  /** A fault may have all lines in flight asked again, and asked again while they are. */
  private static final int REPEATS = 2;

  /**
   * What came of it.
   *
   * @param budget most calls that the faults may have had repeated
   * @param ended names of processes that ended by themselves, one for each time
   */
  record Report(
      long seed,
      int faults,
      int kills,
      int batches,
      long budget,
      List<String> ended,
      Verdict verdict,
      Duration time) {

    boolean holds() {
      return verdict.holds();
    }
  }

  private final Duration length;
  private final long seed;
  private final int rate;
  private final Scratch scratch;
  private final StackProgress progress;

  /**
   * @param length of time in which faults begin
   * @param rate lines a second at most
   */
  SoakRun(Duration length, long seed, int rate, Scratch scratch, StackProgress progress) {
    this.length = length;
    this.seed = seed;
    this.rate = rate;
    this.scratch = scratch;
    this.progress = progress;
  }

  Report run() throws Exception {
    int inFlight = Math.toIntExact(rate * LATENCY.toSeconds());
    Setting setting =
        Setting.oneBroker(Services.ALL_APART, LATENCY, CALL_TIMEOUT)
            .onCluster(SoakPlan.WAYS.toArray(String[]::new));
    try (Ground ground = Ground.prepare(setting, inFlight, scratch, progress);
        Oracle oracle = Oracle.watch(ground.address(), ground.registry())) {
      long begin = System.nanoTime();
      SteadyLoad load =
          SteadyLoad.start(
              ground.address().http(), Math.toIntExact(rate * BATCH.toSeconds()), scratch);
      FaultInjector faults = ground.faults();
      SoakPlan plan = new SoakPlan(seed, LATENCY);
      int number = 0;
      while (since(begin).compareTo(length) < 0 && !load.failed()) {
        SoakPlan.Fault fault = plan.next();
        faults.pause(fault.after());
        number++;
        progress.step(
            "fault %d, after %d s: %s".formatted(number, since(begin).toSeconds(), fault.what()));
        fault.action().harm(faults);
      }
      progress.step("the faults are over; waiting for the last batch");
      load.end();
      progress.step("judging");
      long budget = (long) REPEATS * number * inFlight;
      Verdict verdict =
          oracle.judge(load.files(), load.batches(), faults.rogue().planted(), budget);
      return new Report(
          seed,
          number,
          faults.tally().kills(),
          load.batches().size(),
          budget,
          faults.endedByThemselves(),
          verdict,
          since(begin));
    }
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }
}
