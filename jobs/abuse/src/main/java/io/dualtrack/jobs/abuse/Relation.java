package io.dualtrack.jobs.abuse;

import io.dualtrack.schemas.Relations;
import java.util.ArrayList;
import java.util.List;

/**
 * Something that accounts share.
 *
 * @param value keyed hash, as it is on the exchange
 */
record Relation(Kind kind, String value) {

  enum Kind {
    PAYMENT("means of payment"),
    DEVICE("device"),
    NETWORK("network");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  static List<Relation> of(Relations relations) {
    List<Relation> found = new ArrayList<>(3);
    add(found, Kind.PAYMENT, relations.getPayment());
    add(found, Kind.DEVICE, relations.getDevice());
    add(found, Kind.NETWORK, relations.getNetwork());
    return found;
  }

  private static void add(List<Relation> found, Kind kind, String value) {
    if (value != null && !value.isEmpty()) {
      found.add(new Relation(kind, value));
    }
  }

  String key() {
    return kind + ":" + value;
  }

  /**
   * @param key as {@link #key} made it
   */
  static Relation parse(String key) {
    int colon = key.indexOf(':');
    return new Relation(Kind.valueOf(key.substring(0, colon)), key.substring(colon + 1));
  }
}
