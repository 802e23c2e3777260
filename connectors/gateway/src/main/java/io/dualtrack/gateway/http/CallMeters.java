package io.dualtrack.gateway.http;

import io.javalin.http.Context;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** Counts and times what was answered, by endpoint and status. */
final class CallMeters {

  private final MeterRegistry meters;

  CallMeters(MeterRegistry meters) {
    this.meters = meters;
  }

  /**
   * @param millis from the request's head to the end of the answer
   */
  void answered(Context context, double millis) {
    Timer.builder("dualtrack.gateway.calls")
        .description("calls of the HTTP interface")
        .tag("endpoint", endpoint(context))
        .tag("status", Integer.toString(context.statusCode()))
        .register(meters)
        .record((long) (millis * 1_000), TimeUnit.MICROSECONDS);
  }

  /** The path as it was registered: a path as it was called would make a series of each id. */
  private static String endpoint(Context context) {
    var last = context.endpoints().lastHttpEndpoint();
    return last == null ? "none" : last.method + " " + last.path;
  }
}
