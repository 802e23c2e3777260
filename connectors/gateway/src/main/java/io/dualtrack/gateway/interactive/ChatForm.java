package io.dualtrack.gateway.interactive;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.error.ApiError;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** {@code /v1/chat/completions}. */
final class ChatForm implements AnswerForm {

  static final String ENDPOINT = "/v1/chat/completions";

  private static final JsonMapper JSON = new JsonMapper();

  private final ObjectNode body;
  private final boolean streamed;
  private final boolean withUsage;

  ChatForm(ObjectNode body) {
    AnswerForm.requireModel(body);
    AnswerForm.require(body, "messages");
    if (!body.get("messages").isArray() || body.get("messages").isEmpty()) {
      throw ApiError.invalid(
              "invalid_type", "messages", "'messages' must be an array with a message at least.")
          .toException();
    }
    this.streamed = AnswerForm.takeStream(body);
    JsonNode options = body.remove("stream_options");
    this.withUsage = options != null && options.path("include_usage").asBoolean();
    this.body = body;
  }

  @Override
  public String endpoint() {
    return ENDPOINT;
  }

  @Override
  public ObjectNode body() {
    return body;
  }

  @Override
  public boolean streamed() {
    return streamed;
  }

  @Override
  public void write(String answer, OutputStream out) throws IOException {
    if (streamed) {
      new ChatChunks(JSON.readTree(answer), withUsage).write(out);
    } else {
      out.write(answer.getBytes(StandardCharsets.UTF_8));
    }
  }
}
