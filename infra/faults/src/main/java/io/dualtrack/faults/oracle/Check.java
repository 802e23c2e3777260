package io.dualtrack.faults.oracle;

import java.util.List;

/**
 * What one check found.
 *
 * @param name as in docs/reliability.md
 * @param problems a sentence each; empty where all is as it must be
 */
public record Check(String name, List<String> problems) {

  public Check {
    problems = List.copyOf(problems);
  }

  public boolean holds() {
    return problems.isEmpty();
  }
}
