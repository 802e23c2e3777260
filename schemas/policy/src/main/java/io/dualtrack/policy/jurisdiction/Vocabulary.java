package io.dualtrack.policy.jurisdiction;

import java.util.List;

/**
 * The words that contracts and callers say things of requests with. A word that is not known is
 * refused wherever it is written: a misspelt restriction must not count as none.
 */
public final class Vocabulary {

  /** Classes of data. Data of which no class is known counts as personal. */
  public static final List<String> DATA_CLASSES =
      List.of(
          "personal",
          "special",
          "health",
          "card",
          "financial",
          "child",
          "export-controlled",
          "us-bulk",
          "government",
          "public");

  /** Regimes that bind a request because of who asks or what for, and not because of its data. */
  public static final List<String> REGIMES =
      List.of(
          "AI-ACT-HIGH-RISK", "CN-PUBLIC", "COMPLIANCE-TIER", "DORA", "GLBA", "HIPAA", "PCI-DSS");

  private Vocabulary() {}
}
