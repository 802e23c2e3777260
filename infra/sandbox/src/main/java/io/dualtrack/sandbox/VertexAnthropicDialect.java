package io.dualtrack.sandbox;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Anthropic's Messages as Vertex AI serves them: the model in the path, the version in the body.
 */
final class VertexAnthropicDialect implements Dialect {

  private static final Pattern PATH =
      Pattern.compile(".*/publishers/anthropic/models/([^/:]+):(rawPredict|streamRawPredict)");

  private static final String VERSION = "vertex-2023-10-16";

  private final AnthropicDialect anthropic = new AnthropicDialect();

  @Override
  public Call read(String path, String query, HttpHeaders headers, byte[] body) {
    Matcher matcher = PATH.matcher(path);
    if (!matcher.matches()) {
      throw Refusal.of(404, "NOT_FOUND", "Requested entity was not found.");
    }
    ObjectNode request = Checks.object(body);
    if (!VERSION.equals(request.path("anthropic_version").asText())) {
      throw bad("anthropic_version: must be " + VERSION);
    }
    if (request.has("model")) {
      throw bad("model: Extra inputs are not permitted");
    }
    boolean streamed = matcher.group(2).equals("streamRawPredict");
    if (streamed != request.path("stream").asBoolean()) {
      throw bad("stream: is true with streamRawPredict, and only with it");
    }
    request.remove("anthropic_version");
    return anthropic.message(request.put("model", matcher.group(1)), Hash.of(body));
  }

  private static Refusal bad(String message) {
    return Refusal.of(400, "invalid_request_error", message);
  }

  @Override
  public byte[] error(Refusal refusal) {
    return anthropic.error(refusal);
  }
}
