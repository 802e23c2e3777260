package io.dualtrack.local.feeder;

import java.util.Optional;

/** A line of a batch file that is not blank. */
sealed interface BatchLine {

  /** 1-based number of the line in its file. */
  long number();

  /**
   * A line that can be sent.
   *
   * @param body JSON text of the request's body, as it stands in the file
   */
  record Accepted(long number, String customId, String body) implements BatchLine {}

  /**
   * A line that cannot be sent.
   *
   * @param callersId its custom_id; null where it has none, or none that could be read
   * @param code lower_snake code for the output file
   * @param what what is wrong, without any text of the line
   * @param remedy what to do about it
   */
  record Rejected(long number, String callersId, String code, String what, String remedy)
      implements BatchLine {

    Optional<String> customId() {
      return Optional.ofNullable(callersId);
    }
  }
}
