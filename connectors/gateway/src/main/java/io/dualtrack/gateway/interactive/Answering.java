package io.dualtrack.gateway.interactive;

import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;
import io.javalin.http.Context;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes a result to the caller who waits for it. */
final class Answering {

  private static final String REQUEST_ID = "X-Dualtrack-Request-Id";

  private Answering() {}

  /**
   * @throws io.dualtrack.gateway.error.ApiException where the result is not an answer
   */
  static void write(Context http, InferenceResult result, AnswerForm form) {
    http.header(Decided.HEADER, Decided.header(result));
    http.header(REQUEST_ID, result.getRequestId());
    if (result.getOutcome() != Outcome.ANSWERED) {
      // The SDKs try some statuses again by themselves; the answer would be the same, or paid
      // twice.
      http.header("x-should-retry", "false");
      throw Failures.of(result).toException();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(result.getBody().length() + 256);
    try {
      form.write(result.getBody(), out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    http.contentType(form.streamed() ? "text/event-stream" : "application/json");
    if (form.streamed()) {
      http.header("Cache-Control", "no-cache");
    }
    http.status(200).result(out.toByteArray());
  }
}
