package io.dualtrack.gateway.interactive;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.error.ExhaustedQuota;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Reason;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;

/** Says in OpenAI's words why a request has no answer. */
final class Failures {

  private static final JsonMapper JSON = new JsonMapper();
  private static final int GATEWAY_TIMEOUT = 504;

  private Failures() {}

  /** For a result that is not an answer. */
  static ApiError of(InferenceResult result) {
    return switch (result.getOutcome()) {
      case ANSWERED -> throw new IllegalArgumentException("an answer is no failure");
      case EXPIRED ->
          new ApiError(
              GATEWAY_TIMEOUT,
              "server_error",
              "deadline_exceeded",
              null,
              "No answer came before the deadline.",
              null);
      case REFUSED -> refused(result);
      case FAILED -> failed(result);
    };
  }

  private static ApiError refused(InferenceResult result) {
    if (ExhaustedQuota.isWhy(result)) {
      return ExhaustedQuota.error(sentences(result));
    }
    String code =
        result.getErrorCode() == null ? "refused" : result.getErrorCode().toLowerCase(Locale.ROOT);
    if (result.getRetryAfterMillis() != null) {
      return ApiError.tooMany(
          code, sentences(result), Duration.ofMillis(result.getRetryAfterMillis()));
    }
    return new ApiError(
        errorStatus(result, 403), "invalid_request_error", code, null, sentences(result), null);
  }

  /** The provider's own words where it said something in OpenAI's form. */
  private static ApiError failed(InferenceResult result) {
    int status = errorStatus(result, 502);
    String type = status < 500 ? "invalid_request_error" : "server_error";
    String code = result.getErrorCode() == null ? "failed" : result.getErrorCode();
    String message =
        result.getErrorMessage() == null
            ? "No offering could answer."
            : sentence(result.getErrorMessage());
    if (result.getBody() != null) {
      try {
        JsonNode error = JSON.readTree(result.getBody()).path("error");
        return new ApiError(
            status,
            error.path("type").asText(type),
            error.path("code").isTextual() ? error.path("code").textValue() : code,
            error.path("param").textValue(),
            error.path("message").asText(message),
            null);
      } catch (JsonProcessingException e) {
        // Not in OpenAI's form: what settlement says of it stands.
        return new ApiError(status, type, code, null, message, null);
      }
    }
    return new ApiError(status, type, code, null, message, null);
  }

  private static int errorStatus(InferenceResult result, int otherwise) {
    int status = result.getStatusCode();
    return status >= 400 && status < 600 ? status : otherwise;
  }

  private static String sentences(InferenceResult result) {
    String all =
        result.getReasons().stream()
            .map(Reason::getText)
            .map(Failures::sentence)
            .distinct()
            .collect(Collectors.joining(" "));
    return all.isEmpty() ? "The request was refused." : all;
  }

  private static String sentence(String text) {
    String bare = text.replaceAll("[.\\s]+$", "");
    return bare.isEmpty()
        ? ""
        : bare.substring(0, 1).toUpperCase(Locale.ROOT) + bare.substring(1) + ".";
  }
}
