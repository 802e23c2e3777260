package io.dualtrack.gateway.feeder;

/** What a line of a batch's input says. */
public sealed interface InputLine {

  /** 1-based number of the line in its file. */
  long number();

  /**
   * A line that can be sent.
   *
   * @param model as the body names it
   * @param inputs of an embeddings request; 1 for every other one
   * @param body JSON text of the request's body, as it stands in the file
   */
  record Accepted(long number, String customId, String model, int inputs, String body)
      implements InputLine {}

  /**
   * A line that cannot be sent.
   *
   * @param customId null where it has none, or none that could be read
   * @param code as OpenAI has it where it has one
   * @param param the field that is wrong; null where the line as a whole is
   * @param message what is wrong and what to do, without any text of the line
   */
  record Rejected(long number, String customId, String code, String param, String message)
      implements InputLine {}
}
