package io.dualtrack.tracing;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * One request's way through the processes as spans of one trace. A span is one stage's work on it
 * and ends there; the next stage's has it as its parent, by the W3C {@code traceparent} that goes
 * along in the record's head. Off, nothing is read, made or sent on.
 *
 * <p>Of a context only {@code traceparent} is taken on: {@code tracestate} and baggage hold what
 * their sender likes. The attributes are those here; none has a text, a key or an account.
 */
public final class Traces implements AutoCloseable {

  /** Of an HTTP request, and of a record. */
  public static final String HEADER = "traceparent";

  /** {@code on} or {@code off}; off where it is not set. */
  public static final String VARIABLE = "DUALTRACK_TRACES";

  public static final AttributeKey<String> REQUEST = AttributeKey.stringKey("dualtrack.request");
  public static final AttributeKey<String> BATCH = AttributeKey.stringKey("dualtrack.batch");
  public static final AttributeKey<String> OFFERING = AttributeKey.stringKey("dualtrack.offering");
  public static final AttributeKey<String> LANE = AttributeKey.stringKey("dualtrack.lane");

  /** What the stage made of the request; of an enumerated few. */
  public static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("dualtrack.outcome");

  private static final String SCOPE = "io.dualtrack";
  private static final String OTEL = "OTEL_";

  /** As long as it is in version 00; a later version may be longer, which is cut off. */
  private static final int LONGEST = 512;

  private static final TextMapGetter<String> ONLY_PARENT =
      new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(String carrier) {
          return List.of(HEADER);
        }

        @Override
        public String get(String carrier, String key) {
          return key.equals(HEADER) ? carrier : null;
        }
      };

  private final boolean on;
  private final Tracer tracer;
  private final Runnable close;

  private Traces(boolean on, OpenTelemetry telemetry, Runnable close) {
    this.on = on;
    this.tracer = telemetry.getTracer(SCOPE);
    this.close = close;
  }

  public static Traces off() {
    return new Traces(false, OpenTelemetry.noop(), () -> {});
  }

  /** Tells an SDK that somebody else closes. */
  public static Traces to(OpenTelemetry telemetry) {
    return new Traces(true, telemetry, () -> {});
  }

  /**
   * Reads {@code DUALTRACK_TRACES}, and where it is on OpenTelemetry's own variables: unless they
   * say otherwise, spans go to a collector on this machine by OTLP over HTTP.
   *
   * @param service name of the process's kind in traces
   * @throws IllegalArgumentException naming what is wrong
   */
  public static Traces fromEnvironment(Map<String, String> environment, String service) {
    String value = environment.getOrDefault(VARIABLE, "off").strip();
    if (value.isEmpty() || value.equalsIgnoreCase("off")) {
      return off();
    }
    if (!value.equalsIgnoreCase("on")) {
      throw new IllegalArgumentException(
          "%s is %s; it must be on or off".formatted(VARIABLE, value));
    }
    try {
      OpenTelemetrySdk sdk = sdk(environment, service);
      return new Traces(true, sdk, sdk::close);
    } catch (ConfigurationException e) {
      throw new IllegalArgumentException(
          "the settings of traces cannot be used: " + e.getMessage(), e);
    }
  }

  private static OpenTelemetrySdk sdk(Map<String, String> environment, String service) {
    Map<String, String> given = new TreeMap<>();
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(OTEL)) {
            given.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value);
          }
        });
    return AutoConfiguredOpenTelemetrySdk.builder()
        .addPropertiesSupplier(
            () ->
                Map.of(
                    "otel.service.name", service,
                    "otel.exporter.otlp.protocol", "http/protobuf",
                    "otel.metrics.exporter", "none",
                    "otel.logs.exporter", "none"))
        .addPropertiesCustomizer(properties -> given)
        .disableShutdownHook()
        .build()
        .getOpenTelemetrySdk();
  }

  public boolean on() {
    return on;
  }

  /**
   * Begins a span. Whoever begins one ends it.
   *
   * @param parent null for the first span of a trace
   */
  public Span begin(String name, SpanKind kind, String parent) {
    return on
        ? tracer.spanBuilder(name).setSpanKind(kind).setParent(context(parent)).startSpan()
        : Span.getInvalid();
  }

  /**
   * Begins a span of a trace that is there already.
   *
   * @param parent null where nothing is traced: then nothing begins
   */
  public Span follow(String name, SpanKind kind, String parent) {
    return parent == null ? Span.getInvalid() : begin(name, kind, parent);
  }

  /**
   * Says that a span has to do with one of another trace.
   *
   * @param other null for none
   */
  public void link(Span span, String other) {
    if (on && other != null) {
      span.addLink(Span.fromContext(context(other)).getSpanContext());
    }
  }

  private static Context context(String parent) {
    return parent == null || parent.length() > LONGEST
        ? Context.root()
        : W3CTraceContextPropagator.getInstance().extract(Context.root(), parent, ONLY_PARENT);
  }

  /** What the next stage's span has as its parent; null where nothing is traced. */
  public static String parent(Span span) {
    if (!span.getSpanContext().isValid()) {
      return null;
    }
    String[] written = new String[1];
    W3CTraceContextPropagator.getInstance()
        .inject(
            Context.root().with(span),
            written,
            (carrier, name, value) -> {
              if (name.equals(HEADER)) {
                carrier[0] = value;
              }
            });
    return written[0];
  }

  /** What a record says of its trace; null where it says nothing, or traces are off. */
  public String parent(Headers headers) {
    if (!on) {
      return null;
    }
    Header last = headers.lastHeader(HEADER);
    return last == null || last.value() == null || last.value().length > LONGEST
        ? null
        : new String(last.value(), StandardCharsets.US_ASCII);
  }

  /**
   * Has a record say what its trace is.
   *
   * @param parent null for none
   */
  public static void put(Headers headers, String parent) {
    headers.remove(HEADER);
    if (parent != null) {
      headers.add(HEADER, parent.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** Sends what is still to be sent, for some seconds at most. */
  @Override
  public void close() {
    close.run();
  }
}
