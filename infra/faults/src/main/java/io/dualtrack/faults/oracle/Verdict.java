package io.dualtrack.faults.oracle;

import java.util.List;

/**
 * What the oracle says of a scenario.
 *
 * @param requests that the caller was acknowledged
 * @param calls that providers saw
 * @param checks in the order of docs/reliability.md
 */
public record Verdict(long requests, ProviderCalls calls, List<Check> checks) {

  public Verdict {
    checks = List.copyOf(checks);
  }

  public boolean holds() {
    return checks.stream().allMatch(Check::holds);
  }

  /** Every problem behind the name of its check. */
  public List<String> problems() {
    return checks.stream()
        .flatMap(check -> check.problems().stream().map(problem -> check.name() + ": " + problem))
        .toList();
  }
}
