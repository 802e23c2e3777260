package io.dualtrack.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Vertex AI's generateContent. */
final class VertexDialect implements Dialect {

  private static final Pattern PATH =
      Pattern.compile(
          ".*/publishers/google/models/([^/:]+):(generateContent|streamGenerateContent)");

  private static final Set<String> PARAMETERS =
      Set.of(
          "contents",
          "systemInstruction",
          "generationConfig",
          "tools",
          "toolConfig",
          "safetySettings",
          "labels",
          "cachedContent");

  private static final Set<String> CONFIG =
      Set.of(
          "temperature",
          "topP",
          "topK",
          "candidateCount",
          "maxOutputTokens",
          "stopSequences",
          "presencePenalty",
          "frequencyPenalty",
          "responseMimeType",
          "responseSchema",
          "responseJsonSchema",
          "seed",
          "responseLogprobs",
          "logprobs",
          "thinkingConfig");

  @Override
  public Call read(String path, String query, HttpHeaders headers, byte[] body) {
    Matcher matcher = PATH.matcher(path);
    if (!matcher.matches()) {
      throw Refusal.of(404, "NOT_FOUND", "Requested entity was not found.");
    }
    boolean streamed = matcher.group(2).startsWith("stream");
    if (streamed && !query.contains("alt=sse")) {
      throw Refusal.of(400, "INVALID_ARGUMENT", "The sandbox streams with alt=sse only.");
    }
    ObjectNode request = Checks.object(body);
    known(request, PARAMETERS);
    JsonNode config = request.path("generationConfig");
    known(config, CONFIG);
    StringBuilder prompt = new StringBuilder();
    request.path("systemInstruction").findValuesAsText("text").forEach(prompt::append);
    JsonNode contents = request.path("contents");
    if (!contents.isArray() || contents.isEmpty()) {
      throw invalid("at least one contents field is required");
    }
    for (JsonNode content : contents) {
      if (!Set.of("user", "model").contains(content.path("role").asText())) {
        throw invalid("Please use a valid role: user, model.");
      }
      if (content.path("parts").isEmpty()) {
        throw invalid("Unable to submit request because it must have at least one part.");
      }
      content.path("parts").findValuesAsText("text").forEach(prompt::append);
    }
    String tool = null;
    JsonNode calling = request.at("/toolConfig/functionCallingConfig");
    if (calling.path("mode").asText().equals("ANY")) {
      tool =
          calling
              .at("/allowedFunctionNames/0")
              .asText(request.at("/tools/0/functionDeclarations/0/name").asText());
    }
    JsonNode schema = config.has("responseJsonSchema") ? config.get("responseJsonSchema") : null;
    if (schema == null && config.path("responseMimeType").asText().equals("application/json")) {
      schema = Checks.MAPPER.createObjectNode();
    }
    return new Generate(
        new Generation.Asked(
            matcher.group(1),
            Hash.of(body),
            prompt.toString(),
            prompt.length(),
            config.path("maxOutputTokens").asLong(Long.MAX_VALUE),
            streamed,
            tool,
            schema));
  }

  private static void known(JsonNode object, Set<String> names) {
    String unknown = Checks.unknown(object, names);
    if (unknown != null) {
      throw invalid(
          "Invalid JSON payload received. Unknown name \"%s\": Cannot find field."
              .formatted(unknown));
    }
  }

  private static Refusal invalid(String message) {
    return Refusal.of(400, "INVALID_ARGUMENT", message);
  }

  @Override
  public byte[] error(Refusal refusal) {
    return Checks.bytes(errorNode(refusal));
  }

  private static ObjectNode errorNode(Refusal refusal) {
    String status =
        switch (refusal.status()) {
          case 401 -> "UNAUTHENTICATED";
          case 403 -> "PERMISSION_DENIED";
          case 404 -> "NOT_FOUND";
          case 429 -> "RESOURCE_EXHAUSTED";
          case 503 -> "UNAVAILABLE";
          default -> refusal.status() < 500 ? "INVALID_ARGUMENT" : "INTERNAL";
        };
    ObjectNode root = Checks.MAPPER.createObjectNode();
    root.putObject("error")
        .put("code", refusal.status())
        .put("message", refusal.getMessage())
        .put("status", status);
    return root;
  }

  private record Generate(Generation.Asked asked) implements GeneratingCall {

    @Override
    public byte[] errorEvent() {
      return Checks.event("", errorNode(Refusal.of(503, "UNAVAILABLE", "Overloaded")));
    }

    @Override
    public Body answer(Behaviour behaviour, long cachedTokens) {
      Generation answer = asked.answer(behaviour, cachedTokens);
      String finish = answer.isCutOff() ? "MAX_TOKENS" : "STOP";
      if (!asked.streamed()) {
        ObjectNode whole = piece(answer, answer.content(), finish);
        whole.set("usageMetadata", usage(answer));
        return new Body("application/json", List.of(Checks.bytes(whole)));
      }
      List<byte[]> events = new ArrayList<>();
      List<String> pieces =
          answer.callsTool() ? List.of("") : answer.pieces(behaviour.tokensOfChunk());
      for (int i = 0; i < pieces.size(); i++) {
        boolean last = i == pieces.size() - 1;
        ObjectNode part = piece(answer, pieces.get(i), last ? finish : null);
        if (last) {
          part.set("usageMetadata", usage(answer));
        }
        events.add(Checks.event("", part));
      }
      return new Body("text/event-stream", events);
    }

    private ObjectNode piece(Generation answer, String text, String finish) {
      ObjectNode root = Checks.MAPPER.createObjectNode();
      ObjectNode candidate = root.putArray("candidates").addObject().put("index", 0);
      ObjectNode part =
          candidate.putObject("content").put("role", "model").putArray("parts").addObject();
      if (answer.callsTool()) {
        part.putObject("functionCall")
            .put("name", asked.tool())
            .putObject("args")
            .put("sandbox", "%016x".formatted(asked.hash()));
      } else {
        part.put("text", text);
      }
      if (finish != null) {
        candidate.put("finishReason", finish);
      }
      return root.put("modelVersion", asked.model()).put("responseId", answer.id());
    }

    /** Thoughts are beside the candidates' tokens here, not inside them. */
    private ObjectNode usage(Generation answer) {
      long thoughts = answer.reasoningTokens();
      long total = answer.promptTokens() + answer.completionTokens();
      return Checks.MAPPER
          .createObjectNode()
          .put("promptTokenCount", answer.promptTokens())
          .put("candidatesTokenCount", answer.completionTokens() - thoughts)
          .put("thoughtsTokenCount", thoughts)
          .put("cachedContentTokenCount", answer.cachedTokens())
          .put("totalTokenCount", total);
    }
  }
}
