package io.dualtrack.gateway.output;

import io.dualtrack.gateway.feeder.InputLine;
import io.dualtrack.gateway.output.Ended.Kind;
import io.dualtrack.schemas.InferenceResult;
import java.io.IOException;

/** How the lines of a batch's output are written for its caller. */
public interface LineForm {

  /** The line of a result. */
  Ended of(long line, InferenceResult result);

  /**
   * The line of a request that was not sent, or has no result.
   *
   * @param kind EXPIRED or CANCELLED
   */
  Ended unanswered(long line, String requestId, String customId, Kind kind);

  /** Whether what was not answered stands in a file of its own. */
  boolean separatesErrors();

  /** Whether the line of an answer says something that only its input knows. */
  default boolean repeatsInput() {
    return false;
  }

  /**
   * The line of an answer as its caller will read it, where {@link #repeatsInput}.
   *
   * @param text the line as it was kept
   */
  default byte[] answer(byte[] text, InputLine.Accepted asked) throws IOException {
    return text;
  }
}
