package io.dualtrack.bench.abuse;

import io.dualtrack.bench.Figures;
import io.dualtrack.bench.abuse.Score.Found;
import io.dualtrack.bench.abuse.Score.Share;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Holds the alerts of a replay against the truth. */
@Command(
    name = "abuse-score",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Precision, recall with 95%% intervals, exchanges leaked before the first alert and before",
      "half and 95%% of the accounts were named, and honest organisations harmed, by kind."
    })
public final class AbuseScoreCommand implements Callable<Integer> {

  @Parameters(paramLabel = "LOG", description = "the log that was replayed")
  private Path log;

  @Option(names = "--labels", required = true, description = "what each account is in truth")
  private Path labels;

  @Option(names = "--alerts", required = true, description = "what the replay wrote")
  private Path alerts;

  @Override
  public Integer call() throws IOException {
    Score score = Score.of(Truth.read(labels), asked(), LogFiles.namings(alerts));
    Figures figures =
        new Figures("abuse-score")
            .put("named", score.named())
            .put("precision_percent", 100 * score.precision().value());
    System.out.printf(
        "named %,d accounts, %s of them hidden%n", score.named(), words(score.precision()));
    score.campaigns().forEach((name, found) -> print(name, found, figures));
    score
        .harmed()
        .forEach(
            (kind, count) -> {
              System.out.printf("harmed: %,d honest organisations (%s)%n", count, kind);
              figures.put("harmed_" + kind.replace('-', '_'), count);
            });
    System.out.println(figures);
    return 0;
  }

  private static void print(String name, Found found, Figures figures) {
    System.out.printf(
        "%s: %s of its accounts named, first alert %s; of %,d exchanges %,d before it,"
            + " %,d before half, %,d before 95%% were named%n",
        name,
        words(found.recall()),
        found.firstAlert().map(after -> "after " + after.toMinutes() + " min").orElse("never"),
        found.exchanges(),
        found.leakedBeforeFirst(),
        found.leakedBeforeHalf(),
        found.leakedBeforeMost());
    figures
        .put(name + "_recall_percent", 100 * found.recall().value())
        .put(name + "_exchanges", found.exchanges())
        .put(name + "_leaked_before_first", found.leakedBeforeFirst())
        .put(name + "_leaked_before_half", found.leakedBeforeHalf())
        .put(name + "_leaked_before_95_percent", found.leakedBeforeMost());
    found.firstAlert().ifPresent(after -> figures.put(name + "_first_alert_s", after.toSeconds()));
  }

  private static String words(Share share) {
    return "%.1f%% (%.1f–%.1f)"
        .formatted(100 * share.value(), 100 * share.low(), 100 * share.high());
  }

  private Map<String, List<Instant>> asked() throws IOException {
    Map<String, List<Instant>> asked = new HashMap<>();
    LogFiles.exchanges(
        log,
        line -> asked.computeIfAbsent(line.account(), account -> new ArrayList<>()).add(line.at()));
    return asked;
  }
}
