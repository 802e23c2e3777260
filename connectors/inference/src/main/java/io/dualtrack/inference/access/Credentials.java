package io.dualtrack.inference.access;

import java.util.Map;
import java.util.Optional;

/** Keys of providers, by the name of the variable that holds them. Never printed. */
public final class Credentials {

  private final Map<String, String> environment;

  public Credentials(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /** Empty where the variable is not set, or set to nothing. */
  public Optional<String> key(String variable) {
    return Optional.ofNullable(environment.get(variable))
        .map(String::strip)
        .filter(key -> !key.isEmpty());
  }

  @Override
  public String toString() {
    return "Credentials";
  }
}
