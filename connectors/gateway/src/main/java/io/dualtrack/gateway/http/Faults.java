package io.dualtrack.gateway.http;

import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.error.ApiException;
import io.dualtrack.gateway.error.ErrorShape;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns whatever ends a call early into the error shape of its client. What went wrong inside is
 * logged; the caller is told no more than that it did.
 */
final class Faults implements Request.Handler {

  private static final Logger LOG = LoggerFactory.getLogger(Faults.class);
  private static final String JSON = "application/json";

  /** For what endpoints throw. */
  void map(RoutesConfig routes) {
    routes.exception(ApiException.class, (e, context) -> write(context, e.error()));
    routes.exception(
        HttpResponseException.class, (e, context) -> write(context, ofStatus(e.getStatus())));
    routes.exception(EofException.class, (e, context) -> gone(context));
    routes.exception(
        Exception.class,
        (e, context) -> {
          if (e instanceof IOException && context.res().isCommitted()) {
            gone(context);
            return;
          }
          LOG.error(
              "a call failed; requestId={} endpoint={}",
              CallId.of(context),
              context.endpoint().path,
              e);
          write(context, ApiError.internal());
        });
  }

  private static void gone(Context context) {
    LOG.debug("the caller went away; requestId={}", CallId.of(context));
  }

  static void write(Context context, ApiError error) {
    String id = CallId.of(context);
    if (error.retryAfter() != null) {
      Duration wait = error.retryAfter();
      context.header("retry-after-ms", Long.toString(Math.max(1, wait.toMillis())));
      context.header("retry-after", Long.toString(Math.max(1, wait.plusMillis(999).toSeconds())));
    }
    if (error.status() == 413 || error.status() == 408) {
      // Whatever is still coming is not read.
      context.header("Connection", "close");
    }
    context
        .status(error.status())
        .contentType(JSON)
        .result(ErrorShape.of(context.path()).write(error, id));
  }

  /** For what never reaches an endpoint: heads that are no HTTP, paths that are none. */
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String id = CallId.next();
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, JSON);
    response.getHeaders().put("x-request-id", id);
    int status = response.getStatus() < 400 ? 500 : response.getStatus();
    String path = request.getHttpURI() == null ? null : request.getHttpURI().getPath();
    Object cause = request.getAttribute(ErrorHandler.ERROR_EXCEPTION);
    if (cause instanceof EofException) {
      // So HTTP/2 tells that a stream was reset.
      LOG.debug("the caller went away; requestId={}", id);
    } else if (status >= 500 && status != 503) {
      LOG.error(
          "a call failed before its endpoint; requestId={} status={}",
          id,
          status,
          cause instanceof Throwable thrown ? thrown : null);
    }
    byte[] body = ErrorShape.of(path).write(ofStatus(status), id);
    response.write(true, ByteBuffer.wrap(body), callback);
    return true;
  }

  private static ApiError ofStatus(int status) {
    return switch (status) {
      case 404 -> ApiError.notFound("There is no such endpoint.");
      case 500 -> ApiError.internal();
      case 503 -> ApiError.unavailable("The gateway is stopping.", Duration.ofSeconds(1));
      default ->
          new ApiError(
              status,
              status < 500 ? "invalid_request_error" : "server_error",
              code(status),
              null,
              message(status),
              null);
    };
  }

  private static String code(int status) {
    return switch (status) {
      case 405 -> "method_not_allowed";
      case 408 -> "request_timeout";
      case 413 -> "request_too_large";
      case 414 -> "uri_too_long";
      case 431 -> "headers_too_large";
      default -> status < 500 ? "bad_request" : "server_error";
    };
  }

  private static String message(int status) {
    return switch (status) {
      case 405 -> "This endpoint does not take this method.";
      case 408 -> "The request did not arrive in time.";
      case 413 -> "The request is too large.";
      case 414 -> "The address is too long.";
      case 431 -> "The head of the request is too large.";
      default ->
          status < 500
              ? "The request is not valid HTTP."
              : "The gateway could not handle the request.";
    };
  }
}
