package io.dualtrack.gateway.interactive;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.error.ApiError;
import java.io.IOException;
import java.io.OutputStream;

/** What one endpoint's callers send, and how they expect its answer. */
sealed interface AnswerForm permits ChatForm, EmbeddingsForm, ResponsesForm {

  /** Endpoint that the request has on the topics. */
  String endpoint();

  /** The body that goes on the topics. */
  ObjectNode body();

  /** Whether the answer is written as server-sent events. */
  boolean streamed();

  /**
   * @param answer of the endpoint on the topics, JSON text
   */
  void write(String answer, OutputStream out) throws IOException;

  /**
   * @throws io.dualtrack.gateway.error.ApiException with 400 where a field is missing
   */
  static void require(ObjectNode body, String field) {
    if (!body.hasNonNull(field)) {
      throw ApiError.invalid(
              "missing_required_parameter",
              field,
              "Missing required parameter: '%s'.".formatted(field))
          .toException();
    }
  }

  /**
   * The model that the caller names.
   *
   * @throws io.dualtrack.gateway.error.ApiException with 400 where there is none
   */
  static void requireModel(ObjectNode body) {
    require(body, "model");
    if (!body.get("model").isTextual() || body.get("model").textValue().isBlank()) {
      throw ApiError.invalid("invalid_type", "model", "'model' must be a text.").toException();
    }
  }

  /**
   * Takes {@code stream} out of a body: how the answer is written is between caller and gateway.
   */
  static boolean takeStream(ObjectNode body) {
    var stream = body.remove("stream");
    if (stream == null || stream.isNull()) {
      return false;
    }
    if (!stream.isBoolean()) {
      throw ApiError.invalid("invalid_type", "stream", "'stream' must be true or false.")
          .toException();
    }
    return stream.booleanValue();
  }
}
