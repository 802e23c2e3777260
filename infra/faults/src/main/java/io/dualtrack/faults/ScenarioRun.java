package io.dualtrack.faults;

import io.dualtrack.bench.BatchFile;
import io.dualtrack.bench.Scratch;
import io.dualtrack.bench.SilentProgress;
import io.dualtrack.faults.oracle.Exchanged;
import io.dualtrack.faults.oracle.Oracle;
import io.dualtrack.faults.oracle.Verdict;
import io.dualtrack.local.batches.BatchRun;
import io.dualtrack.local.batches.RunOptions;
import io.dualtrack.local.batches.RunSummary;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackProgress;
import io.dualtrack.schemas.SchemaRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Runs one scenario: a stack of its own, a batch, the steps on their shares, the oracle. */
final class ScenarioRun {

  private static final String KEY = "dt-local-acme";
  private static final List<String> MODELS =
      List.of("gpt-5.6-sol", "llama-3.1-405b", "claude-opus-4.8", "kimi-k2.7");

  /**
   * What came of it.
   *
   * @param lines of the batch
   * @param budget most calls that the faults may have had repeated
   * @param missed steps that did not begin before the last line had its outcome
   * @param ended names of processes that ended by themselves, one for each time
   * @param summary of the batch as its caller has it
   * @param time from the beginning of the batch to the verdict
   */
  record Report(
      Scenario scenario,
      int lines,
      int faults,
      int kills,
      long budget,
      List<String> missed,
      List<String> ended,
      RunSummary summary,
      Verdict verdict,
      Duration time) {

    boolean holds() {
      return verdict.holds() && missed.isEmpty() && verdict.requests() == lines;
    }
  }

  private final Scenario scenario;
  private final int lines;
  private final Scratch scratch;
  private final StackProgress progress;

  /**
   * @param scratch where the stack keeps its data
   */
  ScenarioRun(Scenario scenario, int lines, Scratch scratch, StackProgress progress) {
    this.scenario = scenario;
    this.lines = lines;
    this.scratch = scratch;
    this.progress = progress;
  }

  Report run() throws Exception {
    Exchanged files = new Exchanged(scratch.path("batch.jsonl"), scratch.path("out.jsonl"));
    BatchFile.writeDistinct(files.input(), lines, scenario.name(), MODELS);
    int inFlight = scenario.setting().inFlight(lines);
    long budget = (long) scenario.repeats() * inFlight;
    try (Ground ground = Ground.prepare(scenario.setting(), inFlight, scratch, progress)) {
      FaultInjector faults = ground.faults();
      StackAddress address = ground.address();
      SchemaRegistry registry = ground.registry();
      try (Oracle oracle = Oracle.watch(address, registry)) {
        long begin = System.nanoTime();
        Share share = new Share();
        CompletableFuture<List<String>> harm =
            CompletableFuture.supplyAsync(() -> harm(faults, share));
        BatchRun run =
            new BatchRun(
                address,
                registry,
                new RunOptions(
                    files.input(), files.output(), KEY, Duration.ofHours(1), Duration.ofMinutes(2)),
                share);
        RunSummary summary;
        try {
          summary = run.execute();
        } finally {
          share.ended();
        }
        List<String> missed = harm.get();
        progress.step("the batch has ended; judging");
        Verdict verdict =
            oracle.judge(List.of(files), run.batches(), faults.rogue().planted(), budget);
        return new Report(
            scenario,
            lines,
            faults.tally().faults(),
            faults.tally().kills(),
            budget,
            missed,
            faults.endedByThemselves(),
            summary,
            verdict,
            Duration.ofNanos(System.nanoTime() - begin));
      }
    }
  }

  /** Each step when its share has come; nothing waits for what was killed to come back. */
  private List<String> harm(FaultInjector faults, Share share) {
    List<String> missed = new ArrayList<>();
    for (Scenario.Step step : scenario.steps()) {
      try {
        long done = share.await((long) step.percent() * lines / 100);
        if (done >= lines) {
          missed.add(step.what());
          continue;
        }
        progress.step("after %,d of %,d lines: %s".formatted(done, lines, step.what()));
        step.action().harm(faults);
      } catch (Exception e) {
        throw new CompletionException("%s failed".formatted(step.what()), e);
      }
    }
    return missed;
  }

  /** How many lines have an outcome. */
  private final class Share extends SilentProgress {

    private long done;
    private boolean over;

    @Override
    public synchronized void advanced(long outcomes) {
      done = outcomes;
      notifyAll();
    }

    synchronized void ended() {
      over = true;
      notifyAll();
    }

    /** Returns how many there are, when there are so many or the batch has ended. */
    synchronized long await(long wanted) throws InterruptedException {
      while (done < wanted && !over) {
        wait();
      }
      return over ? lines : done;
    }
  }
}
