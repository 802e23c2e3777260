package io.dualtrack.gateway.error;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The two ways in which clients expect an error to be written. */
public enum ErrorShape {
  /** {@code {"error":{"message","type","param","code"}}}, all four keys present. */
  OPENAI,
  /** {@code {"type":"error","error":{"type","message"},"request_id"}}. */
  ANTHROPIC;

  private static final JsonFactory JSON = new JsonFactory();

  /** The shape that the clients of a path expect. */
  public static ErrorShape of(String path) {
    return path != null && path.startsWith("/v1/messages") ? ANTHROPIC : OPENAI;
  }

  public byte[] write(ApiError error, String requestId) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      switch (this) {
        case OPENAI -> {
          json.writeObjectFieldStart("error");
          json.writeStringField("message", error.message());
          json.writeStringField("type", error.type());
          json.writeStringField("param", error.param());
          json.writeStringField("code", error.code());
          json.writeEndObject();
        }
        case ANTHROPIC -> {
          json.writeStringField("type", "error");
          json.writeObjectFieldStart("error");
          json.writeStringField("type", anthropicType(error.status()));
          json.writeStringField("message", error.message());
          json.writeEndObject();
          json.writeStringField("request_id", requestId);
        }
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static String anthropicType(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 413 -> "request_too_large";
      case 429 -> "rate_limit_error";
      case 503 -> "overloaded_error";
      case 504 -> "timeout_error";
      default -> status < 500 ? "invalid_request_error" : "api_error";
    };
  }
}
