package io.dualtrack.gateway.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.error.ExhaustedQuota;
import io.dualtrack.gateway.output.Ended.Kind;
import io.dualtrack.schemas.BatchUsage;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Lines of OpenAI's batch output: {@code {id, custom_id, response, error}}. A line has a response
 * where a provider answered, with its status, and an error where none did. The id is the request's:
 * {@code explain} takes it.
 */
public final class OutputLines implements LineForm {

  private static final JsonFactory JSON = new JsonFactory();

  @Override
  public Ended of(long line, InferenceResult result) {
    return switch (result.getOutcome()) {
      case ANSWERED ->
          new Ended(line, Kind.ANSWERED, response(result), UsageReader.read(result.getBody()));
      case FAILED ->
          failed(
              line,
              Kind.FAILED,
              result.getBody() == null ? error(result, "failed") : response(result));
      case REFUSED ->
          failed(
              line,
              Kind.FAILED,
              ExhaustedQuota.isWhy(result) ? exhausted(result) : error(result, "refused"));
      case EXPIRED ->
          failed(
              line,
              Kind.EXPIRED,
              error(result.getRequestId(), result.getCustomId(), "batch_expired", message(result)));
    };
  }

  @Override
  public Ended unanswered(long line, String requestId, String customId, Kind kind) {
    return failed(
        line,
        kind,
        switch (kind) {
          case CANCELLED ->
              error(
                  requestId,
                  customId,
                  "batch_cancelled",
                  "This request was not executed because its batch was cancelled.");
          case EXPIRED ->
              error(
                  requestId,
                  customId,
                  "batch_expired",
                  "This request could not be executed before the completion window expired.");
          case ANSWERED, FAILED -> throw new IllegalArgumentException("such a line has a result");
        });
  }

  @Override
  public boolean separatesErrors() {
    return true;
  }

  private static Ended failed(long line, Kind kind, byte[] text) {
    return new Ended(line, kind, text, new BatchUsage(0L, 0L, 0L, 0L));
  }

  private static byte[] response(InferenceResult result) {
    return response(result, result.getStatusCode(), json -> writeBody(json, result.getBody()));
  }

  /** OpenAI has the answer of a refused line as the call itself would have had it. */
  private static byte[] exhausted(InferenceResult result) {
    ApiError error = ExhaustedQuota.error(message(result));
    return response(
        result,
        error.status(),
        json -> {
          json.writeStartObject();
          json.writeObjectFieldStart("error");
          json.writeStringField("message", error.message());
          json.writeStringField("type", error.type());
          json.writeStringField("param", error.param());
          json.writeStringField("code", error.code());
          json.writeEndObject();
          json.writeEndObject();
        });
  }

  private static byte[] response(InferenceResult result, int status, Fields body) {
    return write(
        json -> {
          json.writeStringField("id", result.getRequestId());
          json.writeStringField("custom_id", result.getCustomId());
          json.writeObjectFieldStart("response");
          json.writeNumberField("status_code", status);
          json.writeStringField("request_id", result.getRequestId());
          json.writeFieldName("body");
          body.write(json);
          json.writeEndObject();
          json.writeNullField("error");
        });
  }

  private static byte[] error(InferenceResult result, String otherwise) {
    String code = otherwise;
    if (result.getErrorCode() != null) {
      code = result.getErrorCode();
    } else if (!result.getReasons().isEmpty()) {
      code = result.getReasons().get(0).getCode();
    }
    return error(result.getRequestId(), result.getCustomId(), code, message(result));
  }

  /** What a caller is told of a request that was not answered. */
  public static String message(InferenceResult result) {
    if (!result.getReasons().isEmpty()) {
      return result.getReasons().stream()
          .map(OutputLines::sentence)
          .distinct()
          .collect(Collectors.joining(" "));
    }
    return result.getErrorMessage() != null
        ? result.getErrorMessage()
        : "The request ended as %s.".formatted(result.getOutcome().name().toLowerCase(Locale.ROOT));
  }

  private static String sentence(Reason reason) {
    String text = reason.getText().replaceAll("[.\\s]+$", "");
    String first = text.isEmpty() ? "" : text.substring(0, 1).toUpperCase(Locale.ROOT);
    return "%s%s (%s).".formatted(first, text.isEmpty() ? "" : text.substring(1), reason.getCode());
  }

  private static byte[] error(String id, String customId, String code, String message) {
    return write(
        json -> {
          json.writeStringField("id", id);
          json.writeStringField("custom_id", customId);
          json.writeNullField("response");
          json.writeObjectFieldStart("error");
          json.writeStringField("code", code);
          json.writeStringField("message", message);
          json.writeEndObject();
        });
  }

  /** Line ends between the parts of a JSON text are blanks; inside a text they cannot stand. */
  private static void writeBody(JsonGenerator json, String body) throws IOException {
    if (body == null) {
      json.writeNull();
    } else if (isJson(body)) {
      json.writeRawValue(body.replace('\n', ' ').replace('\r', ' '));
    } else {
      json.writeString(body);
    }
  }

  private static boolean isJson(String body) throws IOException {
    try (JsonParser parser = JSON.createParser(body)) {
      if (parser.nextToken() == null) {
        return false;
      }
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  /** Writes the fields of a line's object. */
  interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  /** A line of one object, with its line end. */
  static byte[] write(Fields fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
      json.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return out.toByteArray();
  }
}
