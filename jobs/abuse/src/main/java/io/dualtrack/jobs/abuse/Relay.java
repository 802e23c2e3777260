package io.dualtrack.jobs.abuse;

import io.dualtrack.jobs.abuse.VariedToday.Of;
import io.dualtrack.schemas.Evidence;
import java.util.ArrayList;
import java.util.List;

/**
 * S6: whether one account looks like many people. A traveller has several networks and countries, a
 * translator several languages, a developer several system prompts; who has three of these at once,
 * in one day, is no one person.
 */
final class Relay {

  /** Kinds of variety that together are more than one person's. */
  static final int KINDS = 3;

  private static final int LANGUAGES = 6;
  private static final int NETWORKS = 16;
  private static final int SYSTEM_PROMPTS = 12;
  private static final int COUNTRIES = 5;
  private static final int JUMPS = 6;

  private Relay() {}

  /** The kinds of variety in which the account is beyond one person; empty for most. */
  static List<Evidence> evidence(AccountProfile profile) {
    List<Evidence> found = new ArrayList<>(5);
    add(found, profile.distinct(Of.LANGUAGES), LANGUAGES, "about %d languages in one day");
    add(found, profile.distinct(Of.NETWORKS), NETWORKS, "about %d networks in one day");
    add(
        found,
        profile.distinct(Of.SYSTEM_PROMPTS),
        SYSTEM_PROMPTS,
        "about %d system prompts in one day");
    add(found, profile.distinct(Of.COUNTRIES), COUNTRIES, "about %d countries in one day");
    add(
        found,
        profile.jumps(),
        JUMPS,
        "%d changes of country within an hour each, which nobody travels");
    return found;
  }

  private static void add(List<Evidence> found, int value, int atLeast, String words) {
    if (value >= atLeast) {
      found.add(new Evidence(Signal.S6.name(), words.formatted(value)));
    }
  }
}
