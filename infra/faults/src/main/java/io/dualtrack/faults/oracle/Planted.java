package io.dualtrack.faults.oracle;

import java.util.List;
import java.util.Set;

/**
 * What a scenario wrote into topics itself, past every gateway.
 *
 * @param requests ids of requests that must have one result each, under their own id
 * @param letters that must be written of records that nobody can read
 */
public record Planted(Set<String> requests, List<Letter> letters) {

  /** Nothing at all. */
  public static final Planted NOTHING = new Planted(Set.of(), List.of());

  private static final String KEY = "planted";

  /**
   * A dead letter.
   *
   * @param key topic, partition and offset of the record that it is about, with dashes between
   * @param component that wrote it
   */
  public record Letter(String key, String component) {}

  public Planted {
    requests = Set.copyOf(requests);
    letters = List.copyOf(letters);
  }

  /** Key of a record that nobody can read. */
  public static String key(int number) {
    return KEY + "-" + number;
  }
}
