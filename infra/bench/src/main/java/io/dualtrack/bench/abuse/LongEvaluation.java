package io.dualtrack.bench.abuse;

import io.dualtrack.jobs.abuse.AbuseThresholds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Campaigns as long as the case of June 2026, which an alert's share of their exchanges is about.
 */
final class LongEvaluation {

  /** Those that an alert within an hour and 0.1% of their exchanges is asked of. */
  static final List<Campaign> CAMPAIGNS = List.of(Campaign.V0, Campaign.V1, Campaign.V2);

  private static final int DAYS = 45;

  /** Fewer than in a log of two days, but each kind is among them. */
  private static final int HONEST = 300;

  private static final int HIDDEN = 60;

  /** After the first day of watching. */
  private static final int START_HOUR = 30;

  /** The last account of a campaign begins an hour after the first. */
  private static final int HOURS = START_HOUR + 1 + DAYS * 24;

  private LongEvaluation() {}

  static String conditions() {
    return "%d honest accounts of all kinds, %d hidden ones that ask from hour %d on for %d days."
        .formatted(HONEST, HIDDEN, START_HOUR, DAYS);
  }

  static Score of(
      Campaign campaign, long seed, Family family, double median, List<Path> texts, Path folder)
      throws Exception {
    Path exchanges = folder.resolve("long-%s-%d".formatted(campaign, seed));
    Path alerts = folder.resolve("long-alerts.jsonl");
    MadeLog made = MadeLog.of(recipe(campaign, seed, family, median, texts), exchanges);
    DetectorRun.of(made.file(), alerts, AbuseThresholds.DEFAULT);
    Files.delete(exchanges);
    return made.score(alerts);
  }

  static LogRecipe recipe(
      Campaign campaign, long seed, Family family, double median, List<Path> texts) {
    return new LogRecipe(
        seed,
        family,
        texts.stream().map(Path::toString).toList(),
        HONEST,
        median,
        0,
        List.of(campaign),
        HIDDEN,
        List.of(),
        0,
        HOURS,
        START_HOUR);
  }
}
