package io.dualtrack.gateway.interactive;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** {@code /v1/embeddings}. */
final class EmbeddingsForm implements AnswerForm {

  private final ObjectNode body;

  EmbeddingsForm(ObjectNode body) {
    AnswerForm.requireModel(body);
    AnswerForm.require(body, "input");
    this.body = body;
  }

  @Override
  public String endpoint() {
    return "/v1/embeddings";
  }

  @Override
  public ObjectNode body() {
    return body;
  }

  @Override
  public boolean streamed() {
    return false;
  }

  @Override
  public void write(String answer, OutputStream out) throws IOException {
    out.write(answer.getBytes(StandardCharsets.UTF_8));
  }
}
