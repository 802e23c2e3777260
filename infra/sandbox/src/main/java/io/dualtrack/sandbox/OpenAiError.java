package io.dualtrack.sandbox;

/** An error in OpenAI's shape. */
final class OpenAiError extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String type;
  private final String code;
  private final String param;

  private OpenAiError(int status, String type, String code, String param, String message) {
    super(message, null, false, false);
    this.status = status;
    this.type = type;
    this.code = code;
    this.param = param;
  }

  /**
   * @param param the property at fault; null where there is none
   */
  static OpenAiError badRequest(String code, String param, String message) {
    return new OpenAiError(400, "invalid_request_error", code, param, message);
  }

  static OpenAiError unknownModel(String model) {
    return new OpenAiError(
        404,
        "invalid_request_error",
        "model_not_found",
        "model",
        "The model `%s` does not exist in the sandbox.".formatted(model));
  }

  static OpenAiError unknownPath(String method, String path) {
    return new OpenAiError(
        404,
        "invalid_request_error",
        "unknown_url",
        null,
        "The sandbox does not know %s %s.".formatted(method, path));
  }

  static OpenAiError limited(String model) {
    return new OpenAiError(
        429,
        "requests",
        "rate_limit_exceeded",
        null,
        "The sandbox's limit for %s is reached.".formatted(model));
  }

  /** A failure that the model's behaviour asks for. */
  static OpenAiError asSet(int status) {
    String message = "The sandbox is set to fail with status %d.".formatted(status);
    return switch (status) {
      case 401 -> new OpenAiError(401, "invalid_request_error", "invalid_api_key", null, message);
      case 403 -> new OpenAiError(403, "invalid_request_error", "permission_denied", null, message);
      case 404 -> new OpenAiError(404, "invalid_request_error", "model_not_found", null, message);
      case 429 -> new OpenAiError(429, "requests", "rate_limit_exceeded", null, message);
      default ->
          status < 500
              ? new OpenAiError(status, "invalid_request_error", null, null, message)
              : new OpenAiError(status, "server_error", null, null, message);
    };
  }

  int status() {
    return status;
  }

  String type() {
    return type;
  }

  /** Null where OpenAI gives none. */
  String code() {
    return code;
  }

  /** Null where no property is at fault. */
  String param() {
    return param;
  }
}
