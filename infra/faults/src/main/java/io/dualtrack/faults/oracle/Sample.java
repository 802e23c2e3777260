package io.dualtrack.faults.oracle;

import java.util.Collection;
import java.util.stream.Collectors;

/** A count and the first few of what was counted. */
final class Sample {

  private static final int SHOWN = 5;

  private Sample() {}

  static String of(Collection<?> things) {
    return things.stream().limit(SHOWN).map(Object::toString).collect(Collectors.joining(", "))
        + (things.size() > SHOWN ? ", …" : "");
  }
}
