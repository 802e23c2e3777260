package io.dualtrack.bench.abuse;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What a log is made of. Equal recipes make equal logs.
 *
 * @param texts files of prompts, see {@link Texts#read}
 * @param honest honest accounts
 * @param median exchanges a day of the median honest account; the mean is some six times as many
 * @param behindOnePrefix honest accounts behind one carrier's address prefix, beside the others
 * @param hidden accounts of each campaign
 * @param scenarioAccounts accounts of each scenario
 * @param hours length of the log
 * @param startHour when campaigns and scenarios begin
 */
record LogRecipe(
    long seed,
    Family family,
    List<String> texts,
    int honest,
    double median,
    int behindOnePrefix,
    List<Campaign> campaigns,
    int hidden,
    List<Scenario> scenarios,
    int scenarioAccounts,
    int hours,
    int startHour)
    implements Serializable {

  static final Instant BEGIN = Instant.parse("2026-06-01T00:00:00Z");

  /** Examples that come with the project. */
  static final List<Path> EXAMPLES =
      List.of(Path.of("examples", "acme.jsonl"), Path.of("examples", "globex.jsonl"));

  /** Exchanges a day of the median account. */
  static final double MEDIAN = 5;

  /** Somebody's log, with its members known. */
  record Made(List<Member> members, RecordedLog log) {}

  /**
   * @throws IOException if the texts cannot be used
   */
  Made make() throws IOException {
    World world =
        new World(
            BEGIN,
            Texts.read(texts.stream().map(Path::of).toList(), family),
            family,
            new ClientShapes(),
            seed);
    long length = length().toMillis();
    long start = Duration.ofHours(startHour).toMillis();
    List<Member> members = new ArrayList<>(Honest.of(world, honest, median, behindOnePrefix));
    for (Campaign campaign : campaigns) {
      members.addAll(campaign.members(world, hidden, start, length));
    }
    for (Scenario scenario : scenarios) {
      members.addAll(scenario.members(world, scenarioAccounts, start, length));
    }
    Collections.shuffle(members, new Random(seed));
    return new Made(members, new RecordedLog(world, members, length));
  }

  Duration length() {
    return Duration.ofHours(hours);
  }
}
