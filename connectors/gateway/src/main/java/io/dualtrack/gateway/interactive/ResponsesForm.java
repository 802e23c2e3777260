package io.dualtrack.gateway.interactive;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.responses.ResponsesAnswer;
import io.dualtrack.gateway.responses.ResponsesRequest;
import java.io.IOException;
import java.io.OutputStream;

/** {@code /v1/responses}. */
final class ResponsesForm implements AnswerForm {

  private static final JsonMapper JSON = new JsonMapper();

  private final ObjectNode asked;
  private final ObjectNode body;

  ResponsesForm(ObjectNode asked) {
    AnswerForm.requireModel(asked);
    AnswerForm.require(asked, "input");
    if (AnswerForm.takeStream(asked)) {
      throw ResponsesRequest.unsupported("stream");
    }
    this.asked = asked;
    this.body = ResponsesRequest.toChat(asked);
  }

  @Override
  public String endpoint() {
    return ResponsesRequest.ASKED_AT;
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
    JSON.writeValue(out, ResponsesAnswer.of(JSON.readTree(answer), asked));
  }
}
