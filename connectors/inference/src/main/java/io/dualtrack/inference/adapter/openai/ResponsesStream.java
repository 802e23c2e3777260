package io.dualtrack.inference.adapter.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.adapter.Json;
import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.TokenCount;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.inference.adapter.stream.EventAnswer;
import io.dualtrack.schemas.Usage;
import java.util.Optional;

/** The events of OpenAI's responses API, the last of which holds the whole response. */
final class ResponsesStream extends EventAnswer {

  private final long estimatedInput;
  private JsonNode response;
  private boolean began;
  private long generated;

  /**
   * @param estimatedInput tokens, for an answer that breaks off before the provider counts
   */
  ResponsesStream(long estimatedInput) {
    this.estimatedInput = estimatedInput;
  }

  @Override
  protected void take(String event, byte[] data) {
    if (!(Json.parse(data) instanceof ObjectNode object)) {
      malformed();
      return;
    }
    began = true;
    switch (object.path("type").asText()) {
      case "response.completed", "response.incomplete" -> {
        response = object.path("response");
        kept(data.length);
        done();
      }
      case "response.failed", "error" -> failed("server_error", true, false);
      default -> {
        // Of the deltas only the length matters, for one that breaks off.
        if (object.path("delta").isTextual()) {
          generated += object.path("delta").textValue().length();
        }
      }
    }
  }

  @Override
  protected Optional<Verdict> answer(int statusCode) {
    return response == null || !response.path("output").isArray()
        ? Optional.empty()
        : Optional.of(
            new Verdict.Answer(
                statusCode, Json.string(response), OpenAiAdapter.metered(response.path("usage"))));
  }

  @Override
  public Optional<Metered> soFar() {
    return !began
        ? Optional.empty()
        : estimated(
            Usage.newBuilder()
                .setUncachedInput(estimatedInput)
                .setOutput(TokenCount.estimate(generated))
                .build());
  }
}
