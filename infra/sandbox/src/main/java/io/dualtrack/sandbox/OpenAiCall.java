package io.dualtrack.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;

/** A call of the sandbox that was understood, and the answer to it. */
sealed interface OpenAiCall {

  /** 2026-01-01T00:00:00Z: equal requests get equal answers, so no answer tells the time. */
  long CREATED = 1_767_225_600L;

  String model();

  long hash();

  long promptTokens();

  long completionTokens();

  void writeAnswer(JsonGenerator json) throws IOException;

  default void writeAnswer(ObjectMapper mapper, OutputStream out) throws IOException {
    try (JsonGenerator json = mapper.createGenerator(out)) {
      writeAnswer(json);
    }
  }

  /** A chat completion. */
  record Chat(String model, long hash, long promptTokens, long wantedTokens, long tokenLimit)
      implements OpenAiCall {

    private static final int CHARS_PER_TOKEN = 4;
    private static final String FILLER =
        "No model has read the request and none has written this: it only has the length that an"
            + " answer might have. ";

    @Override
    public long completionTokens() {
      return Math.min(wantedTokens, tokenLimit);
    }

    private long reasoningTokens() {
      return (hash >>> 40) % (completionTokens() / 2 + 1);
    }

    private String content() {
      String statement =
          "This is Dualtrack's sandbox, not %s. Answer %016x. ".formatted(model, hash);
      int length = (int) Math.min(completionTokens() * CHARS_PER_TOKEN, 1_000);
      StringBuilder text = new StringBuilder(statement);
      while (text.length() < length) {
        text.append(FILLER);
      }
      text.setLength(Math.max(length, statement.length()));
      return text.toString().strip();
    }

    @Override
    public void writeAnswer(JsonGenerator json) throws IOException {
      json.writeStartObject();
      json.writeStringField("id", "chatcmpl-sandbox-%016x".formatted(hash));
      json.writeStringField("object", "chat.completion");
      json.writeNumberField("created", CREATED);
      json.writeStringField("model", model);
      json.writeArrayFieldStart("choices");
      json.writeStartObject();
      json.writeNumberField("index", 0);
      json.writeObjectFieldStart("message");
      json.writeStringField("role", "assistant");
      json.writeStringField("content", content());
      json.writeNullField("refusal");
      json.writeEndObject();
      json.writeNullField("logprobs");
      json.writeStringField("finish_reason", wantedTokens > tokenLimit ? "length" : "stop");
      json.writeEndObject();
      json.writeEndArray();
      json.writeObjectFieldStart("usage");
      json.writeNumberField("prompt_tokens", promptTokens);
      json.writeNumberField("completion_tokens", completionTokens());
      json.writeNumberField("total_tokens", promptTokens + completionTokens());
      json.writeObjectFieldStart("prompt_tokens_details");
      json.writeNumberField("cached_tokens", 0);
      json.writeEndObject();
      json.writeObjectFieldStart("completion_tokens_details");
      json.writeNumberField("reasoning_tokens", reasoningTokens());
      json.writeEndObject();
      json.writeEndObject();
      json.writeStringField("system_fingerprint", "sandbox");
      json.writeEndObject();
    }
  }

  /** Vectors for texts. */
  record Embeddings(
      String model, long hash, long promptTokens, List<Long> seeds, int dimensions, boolean base64)
      implements OpenAiCall {

    @Override
    public long completionTokens() {
      return 0;
    }

    @Override
    public void writeAnswer(JsonGenerator json) throws IOException {
      json.writeStartObject();
      json.writeStringField("object", "list");
      json.writeArrayFieldStart("data");
      for (int i = 0; i < seeds.size(); i++) {
        json.writeStartObject();
        json.writeStringField("object", "embedding");
        json.writeNumberField("index", i);
        writeVector(json, unitVector(seeds.get(i)));
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeStringField("model", model);
      json.writeObjectFieldStart("usage");
      json.writeNumberField("prompt_tokens", promptTokens);
      json.writeNumberField("total_tokens", promptTokens);
      json.writeEndObject();
      json.writeEndObject();
    }

    private void writeVector(JsonGenerator json, float[] vector) throws IOException {
      if (base64) {
        ByteBuffer bytes =
            ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        json.writeStringField("embedding", Base64.getEncoder().encodeToString(bytes.array()));
        return;
      }
      json.writeArrayFieldStart("embedding");
      for (float value : vector) {
        json.writeNumber(value);
      }
      json.writeEndArray();
    }

    private float[] unitVector(long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      double[] values = random.doubles(dimensions, -1, 1).toArray();
      double length = 0;
      for (double value : values) {
        length += value * value;
      }
      length = Math.sqrt(length);
      float[] vector = new float[dimensions];
      for (int i = 0; i < dimensions; i++) {
        vector[i] = (float) (values[i] / length);
      }
      return vector;
    }
  }

  /** Reads calls from request bodies. */
  final class Reader {

    private static final int LEAST_COMPLETION_TOKENS = 20;
    private static final int MOST_COMPLETION_TOKENS = 200;
    private static final int DEFAULT_DIMENSIONS = 256;
    private static final int MOST_DIMENSIONS = 4_096;

    private final ObjectMapper mapper;

    Reader(ObjectMapper mapper) {
      this.mapper = mapper;
    }

    /**
     * @throws OpenAiError if the body is not what OpenAI's endpoint takes
     */
    OpenAiCall chat(byte[] body) {
      JsonNode request = object(body);
      String model = model(request);
      JsonNode messages = request.path("messages");
      if (!messages.isArray() || messages.isEmpty()) {
        throw OpenAiError.badRequest(
            messages.isMissingNode() ? "missing_required_parameter" : "invalid_type",
            "messages",
            "'messages' must be an array with at least one message.");
      }
      if (request.path("stream").asBoolean()) {
        throw OpenAiError.badRequest(
            "unsupported_value", "stream", "The sandbox does not stream answers.");
      }
      long hash = Hash.of(body);
      long chars = 0;
      for (JsonNode message : messages) {
        chars += contentChars(message.path("content"));
      }
      long span = MOST_COMPLETION_TOKENS - LEAST_COMPLETION_TOKENS + 1;
      return new Chat(
          model,
          hash,
          tokens(chars),
          LEAST_COMPLETION_TOKENS + Long.remainderUnsigned(hash, span),
          tokenLimit(request));
    }

    /**
     * @throws OpenAiError if the body is not what OpenAI's endpoint takes
     */
    OpenAiCall embeddings(byte[] body) {
      JsonNode request = object(body);
      String model = model(request);
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
        throw OpenAiError.badRequest(
            input.isMissingNode() ? "missing_required_parameter" : "invalid_type",
            "input",
            "'input' must be a text, or an array that is not empty.");
      }
      int dimensions = request.path("dimensions").asInt(DEFAULT_DIMENSIONS);
      if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
        throw OpenAiError.badRequest(
            "invalid_value",
            "dimensions",
            "'dimensions' must be within 1 and %d.".formatted(MOST_DIMENSIONS));
      }
      return new Embeddings(
          model,
          Hash.of(body),
          texts.stream().mapToLong(text -> tokens(text.length())).sum(),
          texts.stream().map(text -> Hash.of(text.getBytes(UTF_8))).toList(),
          dimensions,
          request.path("encoding_format").asText("").equals("base64"));
    }

    private JsonNode object(byte[] body) {
      JsonNode request;
      try {
        request = mapper.readTree(body);
      } catch (JsonProcessingException e) {
        throw OpenAiError.badRequest(null, null, "The body is not valid JSON.");
      } catch (IOException e) {
        throw new IllegalStateException("reading from memory", e);
      }
      if (request == null || !request.isObject()) {
        throw OpenAiError.badRequest(null, null, "The body is not a JSON object.");
      }
      return request;
    }

    private static String model(JsonNode request) {
      JsonNode model = request.path("model");
      if (!model.isTextual() || model.textValue().isBlank()) {
        throw OpenAiError.badRequest(
            "missing_required_parameter", "model", "You must provide a model parameter.");
      }
      return model.textValue();
    }

    private static long tokenLimit(JsonNode request) {
      JsonNode limit =
          request.hasNonNull("max_completion_tokens")
              ? request.get("max_completion_tokens")
              : request.path("max_tokens");
      if (limit.isMissingNode() || limit.isNull()) {
        return Long.MAX_VALUE;
      }
      if (!limit.isIntegralNumber() || limit.longValue() < 1) {
        throw OpenAiError.badRequest(
            "invalid_value", "max_completion_tokens", "The limit of tokens must be at least 1.");
      }
      return limit.longValue();
    }

    private static long contentChars(JsonNode content) {
      if (content.isTextual()) {
        return content.textValue().length();
      }
      long chars = 0;
      for (JsonNode part : content) {
        chars += part.path("text").asText("").length();
      }
      return chars;
    }

    private static long tokens(long chars) {
      return Math.max(1, (chars + Chat.CHARS_PER_TOKEN - 1) / Chat.CHARS_PER_TOKEN);
    }
  }
}
