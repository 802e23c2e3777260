package io.dualtrack.operations.control;

import io.dualtrack.schemas.SuspensionScope;
import java.util.Locale;
import java.util.SortedSet;

/** Something that was to be suspended is in no control record. */
public final class UnknownSubjectException extends Exception {

  UnknownSubjectException(SuspensionScope scope, String id, SortedSet<String> known) {
    super(
        "no %s is called '%s'; there %s"
            .formatted(
                scope.name().toLowerCase(Locale.ROOT),
                id,
                known.isEmpty() ? "is none yet" : "are " + String.join(", ", known)));
  }
}
