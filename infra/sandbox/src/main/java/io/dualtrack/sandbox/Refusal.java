package io.dualtrack.sandbox;

/** A call that is answered with an error; each dialect has its own form for it. */
final class Refusal extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String type;
  private final String code;
  private final String param;

  private Refusal(int status, String type, String code, String param, String message) {
    super(message, null, false, false);
    this.status = status;
    this.type = type;
    this.code = code;
    this.param = param;
  }

  /**
   * @param param the property at fault; null where there is none
   */
  static Refusal badRequest(String code, String param, String message) {
    return new Refusal(400, "invalid_request_error", code, param, message);
  }

  /** A request that the provider's parser does not let through. */
  static Refusal of(int status, String type, String message) {
    return new Refusal(status, type, null, null, message);
  }

  static Refusal unauthorized(String message) {
    return new Refusal(401, "invalid_request_error", "invalid_api_key", null, message);
  }

  static Refusal unknownModel(String model) {
    return new Refusal(
        404,
        "invalid_request_error",
        "model_not_found",
        "model",
        "The model `%s` does not exist in the sandbox.".formatted(model));
  }

  static Refusal unknownPath(String method, String path) {
    return new Refusal(
        404,
        "invalid_request_error",
        "unknown_url",
        null,
        "The sandbox does not know %s %s.".formatted(method, path));
  }

  static Refusal limited(String model) {
    return new Refusal(
        429,
        "requests",
        "rate_limit_exceeded",
        null,
        "The sandbox's limit for %s is reached.".formatted(model));
  }

  /** A failure that the behaviour asks for. */
  static Refusal asSet(int status) {
    String message = "The sandbox is set to fail with status %d.".formatted(status);
    return switch (status) {
      case 401 -> new Refusal(401, "invalid_request_error", "invalid_api_key", null, message);
      case 403 -> new Refusal(403, "invalid_request_error", "permission_denied", null, message);
      case 404 -> new Refusal(404, "invalid_request_error", "model_not_found", null, message);
      case 429 -> new Refusal(429, "requests", "rate_limit_exceeded", null, message);
      default ->
          status < 500
              ? new Refusal(status, "invalid_request_error", null, null, message)
              : new Refusal(status, "server_error", null, null, message);
    };
  }

  int status() {
    return status;
  }

  String type() {
    return type;
  }

  /** Null where there is none. */
  String code() {
    return code;
  }

  /** Null where no property is at fault. */
  String param() {
    return param;
  }
}
