package io.dualtrack.topology.jurisdiction;

import java.util.Set;

/** Legal regions of countries. */
final class Regions {

  /** Neither a country nor a region is known. */
  static final String UNKNOWN = "UNKNOWN";

  /** The member states of the European Union, ISO 3166-1 alpha-2, as of 2026. */
  private static final Set<String> EU_MEMBERS =
      Set.of(
          "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT",
          "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE");

  private Regions() {}

  /** The legal region of a country or region code in capitals; codes without one stand alone. */
  static String of(String code) {
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
}
