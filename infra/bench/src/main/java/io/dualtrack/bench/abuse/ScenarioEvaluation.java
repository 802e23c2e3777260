package io.dualtrack.bench.abuse;

import io.dualtrack.bench.abuse.Score.Found;
import io.dualtrack.bench.abuse.Score.Share;
import io.dualtrack.jobs.abuse.AbuseThresholds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Abuse that no cluster shows, in a log of its own: a tenant has to have a past of days before it
 * can be held against it.
 */
final class ScenarioEvaluation {

  private static final String LEAKING = "telecom";
  private static final int HONEST = 500;
  private static final int ACCOUNTS = 20;
  private static final int HOURS = 144;

  /** So that a leak begins after four days; see {@link Scenario#LEAK}. */
  private static final int START_HOUR = 80;

  private static final Duration LEAKS_AFTER =
      Duration.ofHours(START_HOUR + (HOURS - START_HOUR) / 4);

  /**
   * What was found in one log.
   *
   * @param relays accounts behind which many people are
   * @param harmed honest organisations with a named account, by kind
   * @param leakFound after it began; empty where it was not
   * @param otherTenants that were named and leak nothing
   */
  record Row(
      long seed,
      Share relays,
      Map<String, Integer> harmed,
      Optional<Duration> leakFound,
      int otherTenants) {}

  private ScenarioEvaluation() {}

  static String conditions() {
    return "%d honest accounts of all kinds, %d accounts that are each resold to 20 to 50 people,"
            .formatted(HONEST, ACCOUNTS)
        + " a tenant of %d seats of which half move to a country where it has nobody, %d hours."
            .formatted(ACCOUNTS, HOURS);
  }

  static Row of(long seed, Family family, double median, List<Path> texts, Path folder)
      throws Exception {
    LogRecipe recipe =
        new LogRecipe(
            seed,
            family,
            texts.stream().map(Path::toString).toList(),
            HONEST,
            median,
            0,
            List.of(),
            0,
            List.of(Scenario.RELAY, Scenario.LEAK),
            ACCOUNTS,
            HOURS,
            START_HOUR);
    Path exchanges = folder.resolve("scenarios-%d".formatted(seed));
    Path alerts = folder.resolve("scenario-alerts.jsonl");
    MadeLog made = MadeLog.of(recipe, exchanges);
    DetectorRun.of(made.file(), alerts, AbuseThresholds.DEFAULT);
    Files.delete(exchanges);
    return row(seed, made.score(alerts), alerts);
  }

  private static Row row(long seed, Score score, Path alerts) throws IOException {
    Found relays = score.campaigns().get(Scenario.RELAY.name());
    Map<String, Instant> tenants = LogFiles.tenants(alerts);
    Instant leaks = LogRecipe.BEGIN.plus(LEAKS_AFTER);
    Optional<Duration> found =
        Optional.ofNullable(tenants.remove(LEAKING)).map(at -> Duration.between(leaks, at));
    return new Row(seed, relays.recall(), score.harmed(), found, tenants.size());
  }
}
