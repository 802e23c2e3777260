package io.dualtrack.gateway.error;

import java.time.Duration;

/**
 * What a caller is told instead of an answer, in OpenAI's words.
 *
 * @param status HTTP status, 400 to 599
 * @param type kind of error, for example {@code invalid_request_error}
 * @param code what a program would look at; null for none
 * @param param the field of the request that is wrong; null for none
 * @param message for people; no prompt, no answer, no key
 * @param retryAfter after which the same call may do better; null where it never will, or at any
 *     time
 */
public record ApiError(
    int status, String type, String code, String param, String message, Duration retryAfter) {

  private static final String INVALID = "invalid_request_error";
  private static final String SERVER = "server_error";

  public static ApiError invalid(String code, String param, String message) {
    return new ApiError(400, INVALID, code, param, message, null);
  }

  public static ApiError unauthenticated(String message) {
    return new ApiError(401, INVALID, "invalid_api_key", null, message, null);
  }

  public static ApiError forbidden(String code, String message) {
    return new ApiError(403, INVALID, code, null, message, null);
  }

  public static ApiError notFound(String message) {
    return new ApiError(404, INVALID, "not_found", null, message, null);
  }

  public static ApiError conflict(String code, String message) {
    return new ApiError(409, INVALID, code, null, message, null);
  }

  public static ApiError tooLarge(long limitBytes) {
    return new ApiError(
        413,
        INVALID,
        "request_too_large",
        null,
        "The request is larger than %,d bytes, which is the most that is taken here."
            .formatted(limitBytes),
        null);
  }

  public static ApiError tooMany(String code, String message, Duration retryAfter) {
    return new ApiError(429, "requests", code, null, message, retryAfter);
  }

  public static ApiError internal() {
    return new ApiError(
        500, SERVER, "internal_error", null, "The gateway could not handle the request.", null);
  }

  public static ApiError unavailable(String message, Duration retryAfter) {
    return new ApiError(503, SERVER, "unavailable", null, message, retryAfter);
  }

  public static ApiError timeout(String message) {
    return new ApiError(504, SERVER, "deadline_exceeded", null, message, null);
  }

  /** As servers log it; nobody reads it. */
  public static ApiError callerLeft() {
    return new ApiError(499, INVALID, "caller_left", null, "The caller left.", null);
  }

  public ApiException toException() {
    return new ApiException(this);
  }
}
