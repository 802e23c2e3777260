package io.dualtrack.gateway.responses;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.feeder.InputLine;
import io.dualtrack.gateway.output.Ended;
import io.dualtrack.gateway.output.LineForm;
import io.dualtrack.gateway.output.OutputLines;
import io.dualtrack.schemas.InferenceResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Lines of a batch of {@code /v1/responses}. A response repeats settings of its request, which are
 * only at hand when the output is written; until then a line has the chat that answered it.
 */
public final class ResponsesLines implements LineForm {

  private static final JsonMapper JSON = new JsonMapper();

  private final OutputLines lines = new OutputLines();

  @Override
  public Ended of(long line, InferenceResult result) {
    return lines.of(line, result);
  }

  @Override
  public Ended unanswered(long line, String requestId, String customId, Ended.Kind kind) {
    return lines.unanswered(line, requestId, customId, kind);
  }

  @Override
  public boolean separatesErrors() {
    return lines.separatesErrors();
  }

  @Override
  public boolean repeatsInput() {
    return true;
  }

  @Override
  public byte[] answer(byte[] text, InputLine.Accepted asked) throws IOException {
    ObjectNode line = (ObjectNode) JSON.readTree(text);
    if (line.get("response") instanceof ObjectNode response) {
      response.set(
          "body",
          ResponsesAnswer.of(response.path("body"), (ObjectNode) JSON.readTree(asked.body())));
    }
    return (line + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
