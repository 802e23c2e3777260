package io.dualtrack.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class TracesTest {

  private static final String PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  @Test
  void spansGoToTheCollectorThatTheEnvironmentNames() throws Exception {
    List<String> received = new CopyOnWriteArrayList<>();
    HttpServer collector =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/v1/traces",
        exchange -> {
          received.add(
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
    try (Traces traces =
        Traces.fromEnvironment(
            Map.of(
                Traces.VARIABLE,
                "on",
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://127.0.0.1:" + collector.getAddress().getPort()),
            "dualtrack-test")) {
      traces
          .begin("stage", SpanKind.CONSUMER, PARENT)
          .setAttribute(Traces.REQUEST, "request-1")
          .end();
    } finally {
      collector.stop(0);
    }

    assertThat(received)
        .singleElement()
        .asString()
        .contains("dualtrack-test", "stage", "request-1", "dualtrack.request");
  }

  @Test
  void aSpanFollowsWhatItsRecordSays() {
    try (Traces traces = Traces.fromEnvironment(ON, "dualtrack-test")) {
      RecordHeaders headers = new RecordHeaders();
      Traces.put(headers, PARENT);

      Span span = traces.begin("stage", SpanKind.CONSUMER, traces.parent(headers));
      Traces.put(headers, Traces.parent(span));

      assertThat(span.getSpanContext().getTraceId()).isEqualTo(PARENT.substring(3, 35));
      assertThat(headers.headers(Traces.HEADER)).hasSize(1);
      assertThat(traces.parent(headers))
          .startsWith(PARENT.substring(0, 36))
          .contains(span.getSpanContext().getSpanId());
    }
  }

  @Test
  void whatIsNotSampledIsPassedOnAsNotSampled() {
    try (Traces traces = Traces.fromEnvironment(ON, "dualtrack-test")) {
      Span span = traces.begin("stage", SpanKind.CONSUMER, PARENT.substring(0, 53) + "00");

      assertThat(span.isRecording()).isFalse();
      assertThat(Traces.parent(span)).startsWith(PARENT.substring(0, 36)).endsWith("-00");
    }
  }

  @Test
  void whatIsNoParentBeginsATraceOfItsOwn() {
    try (Traces traces = Traces.fromEnvironment(ON, "dualtrack-test")) {
      for (String wrong : List.of("", "00-zz", PARENT.replace('a', 'x'), "0".repeat(10_000))) {
        RecordHeaders headers = new RecordHeaders();
        Traces.put(headers, wrong);

        Span span = traces.begin("stage", SpanKind.CONSUMER, traces.parent(headers));

        assertThat(span.getSpanContext().isValid()).isTrue();
        assertThat(span.getSpanContext().getTraceId()).isNotEqualTo(PARENT.substring(3, 35));
      }
    }
  }

  @Test
  void offNothingIsReadMadeOrSentOn() {
    Traces traces = Traces.fromEnvironment(Map.of(), "dualtrack-test");
    Headers headers =
        new RecordHeaders().add(Traces.HEADER, PARENT.getBytes(StandardCharsets.UTF_8));

    assertThat(traces.on()).isFalse();
    assertThat(traces.parent(headers)).isNull();
    Span span = traces.begin("stage", SpanKind.CONSUMER, PARENT);
    assertThat(span.getSpanContext().isValid()).isFalse();
    assertThat(Traces.parent(span)).isNull();
  }

  @Test
  void whatIsNeitherOnNorOffIsRefusedByItsName() {
    assertThatThrownBy(() -> Traces.fromEnvironment(Map.of(Traces.VARIABLE, "yes"), "test"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("DUALTRACK_TRACES");
    assertThatThrownBy(
            () ->
                Traces.fromEnvironment(
                    Map.of(Traces.VARIABLE, "on", "OTEL_TRACES_SAMPLER", "some"), "test"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("some");
  }

  /** Without a collector, which none of these needs. */
  private static final Map<String, String> ON =
      Map.of(Traces.VARIABLE, "on", "OTEL_TRACES_EXPORTER", "none");
}
