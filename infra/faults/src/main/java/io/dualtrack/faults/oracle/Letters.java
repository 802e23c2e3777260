package io.dualtrack.faults.oracle;

import io.dualtrack.faults.oracle.Planted.Letter;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether the dead letters name each record that was planted to be unreadable, once for each
 * component that reads it, and no other record.
 */
final class Letters {

  static final String CHECK = "letters";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration BETWEEN_READINGS = Duration.ofSeconds(1);
  private static final Comparator<Letter> ORDER =
      Comparator.comparing(Letter::key).thenComparing(Letter::component);

  private Letters() {}

  /** Reads until all are there, or for a while. */
  static Check read(Collection<Letter> planted, KafkaAccess kafka, SchemaRegistry registry)
      throws InterruptedException {
    Instant until = Instant.now().plus(PATIENCE);
    while (true) {
      List<Letter> found = new ArrayList<>();
      try (TopicScan<DeadLetter> scan = new TopicScan<>(kafka, registry, Topics.DEAD_LETTERS)) {
        boolean whole =
            scan.fromBeginning()
                .toEnd(
                    PATIENCE,
                    key -> true,
                    (key, letter) -> found.add(new Letter(key, letter.getComponent())));
        if (!whole) {
          return new Check(CHECK, List.of("the dead letters cannot be read to their end"));
        }
      }
      if (found.size() >= planted.size() || Instant.now().isAfter(until)) {
        return judge(planted, found);
      }
      Thread.sleep(BETWEEN_READINGS.toMillis());
    }
  }

  static Check judge(Collection<Letter> planted, Collection<Letter> found) {
    List<String> problems = new ArrayList<>();
    Set<Letter> expected = new HashSet<>(planted);
    Set<Letter> seen = new HashSet<>();
    Set<Letter> twice = new TreeSet<>(ORDER);
    Set<Letter> others = new TreeSet<>(ORDER);
    for (Letter letter : found) {
      if (!expected.contains(letter)) {
        others.add(letter);
      } else if (!seen.add(letter)) {
        twice.add(letter);
      }
    }
    Set<Letter> missing = new TreeSet<>(ORDER);
    missing.addAll(expected);
    missing.removeAll(seen);
    say(problems, "records that nobody can read have no dead letter", missing);
    say(problems, "dead letters were written more than once", twice);
    say(problems, "dead letters are of records that can be read", others);
    return new Check(CHECK, problems);
  }

  private static void say(List<String> problems, String what, Set<Letter> which) {
    if (!which.isEmpty()) {
      problems.add("%,d %s: %s".formatted(which.size(), what, Sample.of(which)));
    }
  }
}
