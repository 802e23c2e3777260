package io.dualtrack.schemas;

import java.util.Map;

/** What a process is told by environment variables. */
public final class Environment {

  private Environment() {}

  /**
   * A variable that must be there, without white space around it.
   *
   * @throws IllegalArgumentException naming the variable, if it is not set or blank
   */
  public static String required(Map<String, String> environment, String name) {
    String value = environment.get(name);
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(name + " is not set; set it");
    }
    return value.strip();
  }
}
