package io.dualtrack.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** What calls of OpenAI's dialects that generate text have in common. */
abstract class OpenAiGenerating implements GeneratingCall {
  final Generation.Asked asked;

  OpenAiGenerating(Generation.Asked asked) {
    this.asked = asked;
  }

  @Override
  public Generation.Asked asked() {
    return asked;
  }

  @Override
  public byte[] errorEvent() {
    return streamError();
  }

  /** The event that a stream breaks off with. */
  static byte[] streamError() {
    ObjectNode root = Checks.MAPPER.createObjectNode();
    root.putObject("error")
        .put("message", "The sandbox is set to fail.")
        .put("type", "server_error")
        .putNull("param")
        .putNull("code");
    return Checks.event("", root);
  }
}
