package io.dualtrack.policy;

import dev.cel.runtime.CelVariableResolver;
import io.dualtrack.policy.Expression.Outcome;
import java.util.Map;
import java.util.Optional;

/**
 * The variables of a request, or of an offering, and what expressions over them alone came to. For
 * one thread.
 */
final class Side {

  private final Map<String, Object> values;
  private final Outcome[] outcomes;
  private final CelVariableResolver variables;

  /**
   * @param expressions how many the bundle has
   */
  Side(Map<String, Object> values, int expressions) {
    this.values = values;
    this.outcomes = new Outcome[expressions];
    this.variables = name -> Optional.ofNullable(values.get(name));
  }

  CelVariableResolver variables() {
    return variables;
  }

  /** Null where it was not evaluated yet. */
  Outcome outcome(int expression) {
    return outcomes[expression];
  }

  void keep(int expression, Outcome outcome) {
    outcomes[expression] = outcome;
  }

  /** The variables of both; those of the other side are looked for first. */
  CelVariableResolver with(Side other) {
    return name -> {
      Object value = other.values.get(name);
      return Optional.ofNullable(value == null ? values.get(name) : value);
    };
  }
}
