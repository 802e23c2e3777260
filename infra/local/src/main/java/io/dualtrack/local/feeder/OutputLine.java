package io.dualtrack.local.feeder;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;
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
final class OutputLine {

  private static final JsonFactory JSON = new JsonFactory();

  private OutputLine() {}

  /** The line of a result, with its line end. */
  static byte[] of(InferenceResult result) {
    return switch (result.getOutcome()) {
      case ANSWERED -> response(result);
      case FAILED -> result.getBody() == null ? error(result, "failed") : response(result);
      case REFUSED -> error(result, "refused");
      case EXPIRED -> error(result, "batch_expired");
    };
  }

  /** The line of a line that was not sent, with its line end. */
  static byte[] of(BatchLine.Rejected line, String requestId) {
    return error(
        requestId,
        line.customId().orElse(null),
        line.code(),
        "line %d: %s; %s".formatted(line.number(), line.what(), line.remedy()));
  }

  private static byte[] response(InferenceResult result) {
    return write(
        json -> {
          json.writeStringField("id", result.getRequestId());
          json.writeStringField("custom_id", result.getCustomId());
          json.writeObjectFieldStart("response");
          json.writeNumberField("status_code", result.getStatusCode());
          json.writeStringField("request_id", result.getRequestId());
          json.writeFieldName("body");
          writeBody(json, result.getBody());
          json.writeEndObject();
          json.writeNullField("error");
        });
  }

  private static byte[] error(InferenceResult result, String otherwise) {
    String code = otherwise;
    if (result.getOutcome() != Outcome.EXPIRED) {
      if (result.getErrorCode() != null) {
        code = result.getErrorCode();
      } else if (!result.getReasons().isEmpty()) {
        code = result.getReasons().get(0).getCode();
      }
    }
    return error(result.getRequestId(), result.getCustomId(), code, message(result));
  }

  private static String message(InferenceResult result) {
    if (!result.getReasons().isEmpty()) {
      return result.getReasons().stream()
          .map(OutputLine::sentence)
          .distinct()
          .collect(Collectors.joining(" "));
    }
    return result.getErrorMessage() != null
        ? result.getErrorMessage()
        : "the request ended as " + result.getOutcome().name().toLowerCase(Locale.ROOT);
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

  private interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  private static byte[] write(Fields fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
      json.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
