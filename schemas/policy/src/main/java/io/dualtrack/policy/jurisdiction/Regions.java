package io.dualtrack.policy.jurisdiction;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Legal regions of countries. */
public final class Regions {

  /** Neither a country nor a region is known. */
  public static final String UNKNOWN = "UNKNOWN";

  /** A region that no offering has: what is left where limits exclude each other. */
  public static final String NOWHERE = "NOWHERE";

  /** Anywhere. As a limit it is none; as a place of processing it is within no limit. */
  public static final String GLOBAL = "GLOBAL";

  /** The member states of the European Union, ISO 3166-1 alpha-2, as of 2026. */
  private static final Set<String> EU_MEMBERS =
      Set.of(
          "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT",
          "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE");

  private Regions() {}

  /** The legal region of a country or region code in capitals; codes without one stand alone. */
  public static String of(String code) {
    if (EU_MEMBERS.contains(code)) {
      return "EU";
    }
    return switch (code) {
      case "GB" -> "UK";
      // The Union's own code for Greece.
      case "EL" -> "EU";
      default -> code;
    };
  }

  /** Whether a limit limits nothing. */
  public static boolean unlimited(Collection<String> limit) {
    return limit.isEmpty() || limit.contains(GLOBAL);
  }

  /** Whether places are all within a limit: DE is within EU, and EU is not within DE. */
  public static boolean within(Collection<String> places, Collection<String> limit) {
    if (unlimited(limit)) {
      return true;
    }
    for (String place : places) {
      if (!limit.contains(place) && !limit.contains(of(place))) {
        return false;
      }
    }
    return !places.isEmpty();
  }

  /** What two limits leave together, sorted; {@link #NOWHERE} where they leave nothing. */
  public static List<String> intersection(Collection<String> one, Collection<String> other) {
    if (unlimited(one)) {
      return unlimited(other) ? List.of() : List.copyOf(new TreeSet<>(other));
    }
    if (unlimited(other)) {
      return List.copyOf(new TreeSet<>(one));
    }
    Set<String> left = new TreeSet<>();
    one.stream().filter(each -> within(List.of(each), other)).forEach(left::add);
    other.stream().filter(each -> within(List.of(each), one)).forEach(left::add);
    return left.isEmpty() ? List.of(NOWHERE) : List.copyOf(left);
  }
}
