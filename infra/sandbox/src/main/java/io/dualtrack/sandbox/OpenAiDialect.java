package io.dualtrack.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** OpenAI's chat, embeddings and responses, and what members of its family do differently. */
final class OpenAiDialect implements Dialect {

  /** 2026-01-01T00:00:00Z: equal requests get equal answers, so no answer tells the time. */
  static final long CREATED = 1_767_225_600L;

  static final String CHAT = "/chat/completions";
  static final String EMBEDDINGS = "/embeddings";
  static final String RESPONSES = "/responses";

  private static final Pattern DEPLOYMENT = Pattern.compile("/openai/deployments/([^/]+)(/.*)");
  private static final Pattern TOOL_NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

  private static final Set<String> ROLES =
      Set.of("developer", "system", "user", "assistant", "tool", "function");

  private static final Set<String> CHAT_PARAMETERS =
      Set.of(
          "model",
          "messages",
          "audio",
          "frequency_penalty",
          "function_call",
          "functions",
          "logit_bias",
          "logprobs",
          "max_completion_tokens",
          "max_tokens",
          "metadata",
          "modalities",
          "n",
          "parallel_tool_calls",
          "prediction",
          "presence_penalty",
          "prompt_cache_key",
          "prompt_cache_retention",
          "reasoning_effort",
          "response_format",
          "safety_identifier",
          "seed",
          "service_tier",
          "stop",
          "store",
          "stream",
          "stream_options",
          "temperature",
          "tool_choice",
          "tools",
          "top_logprobs",
          "top_p",
          "user",
          "verbosity",
          "web_search_options");

  private static final Set<String> MISTRAL_PARAMETERS =
      Set.of(
          "model",
          "messages",
          "temperature",
          "top_p",
          "max_tokens",
          "stream",
          "stop",
          "random_seed",
          "response_format",
          "tools",
          "tool_choice",
          "presence_penalty",
          "frequency_penalty",
          "n",
          "prediction",
          "parallel_tool_calls",
          "prompt_mode",
          "safe_prompt",
          "reasoning_effort");

  private static final Set<String> MISTRAL_EMBEDDINGS =
      Set.of("model", "input", "output_dimension", "output_dtype");

  private final String name;

  /**
   * @param name openai, azure, mistral, together, fireworks, vllm, tgi, llama.cpp or ollama
   */
  OpenAiDialect(String name) {
    this.name = name;
  }

  @Override
  public Call read(String path, String query, HttpHeaders headers, byte[] body) {
    String rest = path;
    String deployment = null;
    if (name.equals("azure")) {
      Matcher matcher = DEPLOYMENT.matcher(path);
      if (!matcher.matches() || !query.contains("api-version=")) {
        throw Refusal.of(404, "404", "Resource not found");
      }
      deployment = matcher.group(1);
      rest = matcher.group(2);
    }
    String type = headers.get("content-type", "application/json");
    if (!type.startsWith("application/json")) {
      throw Refusal.of(415, "invalid_request_error", "The content type must be application/json.");
    }
    ObjectNode request = Checks.object(body);
    if (deployment != null) {
      request.put("model", deployment);
    }
    return switch (rest) {
      case CHAT -> chat(request, Hash.of(body));
      case EMBEDDINGS -> embeddings(request, Hash.of(body));
      case RESPONSES -> responses(request, Hash.of(body));
      default -> throw Refusal.unknownPath("POST", path);
    };
  }

  private void known(JsonNode request, Set<String> parameters) {
    String unknown = Checks.unknown(request, parameters);
    if (unknown == null) {
      return;
    }
    if (name.equals("mistral")) {
      throw Refusal.of(422, "extra_forbidden", unknown);
    }
    throw Refusal.badRequest(
        "unknown_parameter", unknown, "Unknown parameter: '%s'.".formatted(unknown));
  }

  private Call chat(ObjectNode request, long hash) {
    String model = model(request);
    if (name.equals("openai") || name.equals("azure")) {
      known(request, CHAT_PARAMETERS);
    } else if (name.equals("mistral")) {
      known(request, MISTRAL_PARAMETERS);
    }
    JsonNode messages = request.path("messages");
    if (!messages.isArray() || messages.isEmpty()) {
      throw Refusal.badRequest(
          messages.isMissingNode() ? "missing_required_parameter" : "invalid_type",
          "messages",
          "'messages' must be an array with at least one message.");
    }
    StringBuilder prompt = new StringBuilder();
    for (int i = 0; i < messages.size(); i++) {
      message(messages.get(i), "messages[" + i + "]", prompt);
    }
    Checks.range(request, "temperature", 0, 2);
    Checks.range(request, "top_p", 0, 1);
    Checks.range(request, "frequency_penalty", -2, 2);
    Checks.range(request, "presence_penalty", -2, 2);
    Checks.range(request, "n", 1, 128);
    Checks.positive(request, "max_tokens");
    Checks.positive(request, "max_completion_tokens");
    boolean streamed = request.path("stream").asBoolean();
    if (request.hasNonNull("stream_options") && !streamed) {
      throw Refusal.badRequest(
          null, "stream_options", "'stream_options' is only allowed when 'stream' is enabled.");
    }
    JsonNode limit =
        request.hasNonNull("max_completion_tokens")
            ? request.get("max_completion_tokens")
            : request.path("max_tokens");
    return new OpenAiChat(
        new Generation.Asked(
            model,
            hash,
            prompt.toString(),
            prompt.length(),
            limit.isNumber() ? limit.longValue() : Long.MAX_VALUE,
            streamed,
            tool(request),
            schema(request.path("response_format"), request.at("/response_format/json_schema"))),
        name,
        request.at("/stream_options/include_usage").asBoolean() || name.equals("mistral"),
        name.equals("vllm") && request.at("/stream_options/continuous_usage_stats").asBoolean());
  }

  private void message(JsonNode message, String at, StringBuilder prompt) {
    String role = message.path("role").asText("");
    if (!ROLES.contains(role)) {
      throw Refusal.badRequest(
          "invalid_value", at + ".role", "'%s' is not a role of a message.".formatted(role));
    }
    if (role.equals("developer") && !name.equals("openai") && !name.equals("azure")) {
      throw Refusal.badRequest("invalid_value", at + ".role", "The role is not known.");
    }
    if (role.equals("tool") && !message.path("tool_call_id").isTextual()) {
      throw Refusal.badRequest(
          "missing_required_parameter",
          at + ".tool_call_id",
          "Missing required parameter: '%s.tool_call_id'.".formatted(at));
    }
    JsonNode content = message.path("content");
    boolean mayBeEmpty = role.equals("assistant");
    if (content.isTextual()) {
      prompt.append(content.textValue());
    } else if (content.isArray() && !content.isEmpty()) {
      for (JsonNode part : content) {
        part(part, at, prompt);
      }
    } else if (!mayBeEmpty) {
      throw Refusal.badRequest(
          "invalid_type", at + ".content", "'%s.content' must be a text or parts.".formatted(at));
    }
  }

  private void part(JsonNode part, String at, StringBuilder prompt) {
    switch (part.path("type").asText()) {
      case "text" -> prompt.append(part.path("text").asText());
      case "image_url" -> {
        String url = part.at("/image_url/url").asText(part.path("image_url").asText(""));
        if (url.isEmpty() || (name.equals("ollama") && !url.startsWith("data:"))) {
          throw Refusal.badRequest("invalid_image_url", at, "The image cannot be read.");
        }
      }
      case "input_audio", "file", "refusal" -> prompt.append(part.path("refusal").asText());
      default ->
          throw Refusal.badRequest(
              "invalid_value", at + ".content", "The part is of no known type.");
    }
  }

  /** The tool that the caller demands a call of; null where it demands none. */
  private static String tool(JsonNode request) {
    JsonNode tools = request.path("tools");
    for (JsonNode tool : tools) {
      String function = tool.at("/function/name").asText(tool.path("name").asText());
      if (!tool.path("type").asText().equals("function")
          || !TOOL_NAME.matcher(function).matches()) {
        throw Refusal.badRequest("invalid_value", "tools", "A tool is not a function with a name.");
      }
    }
    JsonNode choice = request.path("tool_choice");
    if (choice.isObject()) {
      return choice.at("/function/name").asText(choice.path("name").asText());
    }
    boolean demanded = choice.asText().equals("required") || choice.asText().equals("any");
    return demanded && !tools.isEmpty()
        ? tools.get(0).at("/function/name").asText(tools.get(0).path("name").asText())
        : null;
  }

  private static JsonNode schema(JsonNode format, JsonNode jsonSchema) {
    return switch (format.path("type").asText("text")) {
      case "text" -> null;
      case "json_object" -> Checks.MAPPER.createObjectNode();
      case "json_schema" -> {
        if (!jsonSchema.path("name").isTextual()) {
          throw Refusal.badRequest(
              "missing_required_parameter",
              "response_format.json_schema",
              "Missing required parameter: 'response_format.json_schema.name'.");
        }
        yield jsonSchema.path("schema");
      }
      default ->
          throw Refusal.badRequest(
              "invalid_value", "response_format.type", "The type is not known.");
    };
  }

  private Call responses(ObjectNode request, long hash) {
    String model = model(request);
    StringBuilder prompt = new StringBuilder(request.path("instructions").asText(""));
    JsonNode input = request.path("input");
    if (input.isTextual()) {
      prompt.append(input.textValue());
    } else if (input.isArray() && !input.isEmpty()) {
      input.findValuesAsText("text").forEach(prompt::append);
      input.findValuesAsText("content").forEach(prompt::append);
    } else {
      throw Refusal.badRequest("missing_required_parameter", "input", "'input' is missing.");
    }
    Checks.range(request, "temperature", 0, 2);
    Checks.positive(request, "max_output_tokens");
    return new OpenAiResponse(
        new Generation.Asked(
            model,
            hash,
            prompt.toString(),
            prompt.length(),
            request.path("max_output_tokens").asLong(Long.MAX_VALUE),
            request.path("stream").asBoolean(),
            tool(request),
            schema(request.at("/text/format"), request.at("/text/format"))));
  }

  private Call embeddings(ObjectNode request, long hash) {
    String model = model(request);
    if (name.equals("mistral")) {
      known(request, MISTRAL_EMBEDDINGS);
    }
    JsonNode input = request.path("input");
    List<String> texts = new ArrayList<>();
    if (input.isTextual()) {
      texts.add(input.textValue());
    } else if (input.isArray() && !input.isEmpty() && input.get(0).isNumber()) {
      texts.add(input.toString());
    } else if (input.isArray()) {
      input.forEach(text -> texts.add(text.isTextual() ? text.textValue() : text.toString()));
    }
    if (texts.isEmpty()) {
      throw Refusal.badRequest(
          input.isMissingNode() ? "missing_required_parameter" : "invalid_type",
          "input",
          "'input' must be a text, or an array that is not empty.");
    }
    int dimensions = request.path("dimensions").asInt(request.path("output_dimension").asInt(256));
    if (dimensions < 1 || dimensions > 4_096) {
      throw Refusal.badRequest(
          "invalid_value", "dimensions", "'dimensions' must be within 1 and 4096.");
    }
    return new OpenAiEmbeddings(
        model,
        hash,
        texts,
        dimensions,
        request.path("encoding_format").asText("").equals("base64"));
  }

  private static String model(JsonNode request) {
    JsonNode model = request.path("model");
    if (!model.isTextual() || model.textValue().isBlank()) {
      throw Refusal.badRequest(
          "missing_required_parameter", "model", "You must provide a model parameter.");
    }
    return model.textValue();
  }

  @Override
  public byte[] error(Refusal refusal) {
    ObjectNode root = Checks.MAPPER.createObjectNode();
    if (name.equals("mistral") && refusal.status() == 422) {
      ObjectNode detail = root.putArray("detail").addObject().put("type", refusal.type());
      detail.putArray("loc").add("body").add(refusal.getMessage());
      detail.put("msg", "Extra inputs are not permitted");
      return Checks.bytes(root);
    }
    root.putObject("error")
        .put("message", refusal.getMessage())
        .put("type", refusal.type())
        .put("param", refusal.param())
        .put("code", refusal.code());
    return Checks.bytes(root);
  }
}
