package io.dualtrack.topology;

import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.failed;
import static io.dualtrack.topology.Records.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Topics;
import io.dualtrack.tracing.Traces;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TracesTest {

  private static final String ANSWER = "{\"answer\":1}";

  @TempDir Path folder;

  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final SdkTracerProvider provider =
      SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build();
  private final Traces traces =
      Traces.to(OpenTelemetrySdk.builder().setTracerProvider(provider).build());
  private TopologyHarness topology;

  @AfterEach
  void stop() {
    topology.close();
    provider.close();
  }

  private void start(Traces with) {
    topology = new TopologyHarness(folder, with).withControl();
  }

  /** A stage outside of the topology, as what it writes says of it. */
  private String stage(String name, String parent) {
    var span = traces.begin(name, SpanKind.CONSUMER, parent);
    span.end();
    return Traces.parent(span);
  }

  private SpanData span(String name, String requestId) {
    return spans.getFinishedSpanItems().stream()
        .filter(span -> span.getName().equals(name))
        .filter(span -> requestId.equals(span.getAttributes().get(Traces.REQUEST)))
        .reduce((first, second) -> second)
        .orElseThrow();
  }

  private static String header(SpanData span) {
    return header(span.getSpanContext());
  }

  private static String parent(SpanData span) {
    return header(span.getParentSpanContext());
  }

  private static String header(SpanContext of) {
    return "00-%s-%s-%s".formatted(of.getTraceId(), of.getSpanId(), of.getTraceFlags().asHex());
  }

  @Test
  void aRequestsStagesFollowEachOtherInTheTraceThatItCameWith() {
    start(traces);
    String gateway = stage("gateway", null);

    topology.request(request("r1", chat("same")), gateway);
    List<String> ordered = topology.traces(Topics.ORDERS_API_BATCH);
    SpanData decide = span("decide", "r1");
    SpanData place = span("place", "r1");
    assertThat(parent(decide)).isEqualTo(gateway);
    assertThat(parent(place)).isEqualTo(header(decide));
    assertThat(ordered).containsExactly(header(place));

    topology.request(request("r1b", chat("another")), gateway);
    DispatchOrder order = topology.onlyOrder();
    String dispatcher = stage("dispatch", header(span("place", "r1b")));
    topology.complete(answered(order, ANSWER), dispatcher);

    SpanData settle = span("settle", "r1b");
    assertThat(parent(settle)).isEqualTo(dispatcher);
    assertThat(settle.getAttributes().get(Traces.OFFERING)).isEqualTo("gpt-api");
    assertThat(topology.traces(Topics.RESULTS)).containsExactly(header(settle));
  }

  @Test
  void whoJoinsACallStaysInItsOwnTraceAndSaysWhichCallItWas() {
    start(traces);
    topology.request(request("r1", chat("same")), stage("gateway", null));
    DispatchOrder order = topology.onlyOrder();
    topology.request(request("r2", chat("same")), stage("gateway", null));
    String dispatcher = stage("dispatch", header(span("place", "r1")));
    topology.complete(answered(order, ANSWER), dispatcher);

    SpanData joined = span("place", "r2");
    assertThat(joined.getAttributes().get(Traces.OUTCOME)).isEqualTo("joined");
    assertThat(joined.getLinks())
        .extracting(link -> link.getSpanContext().getSpanId())
        .containsExactly(span("place", "r1").getSpanId());
    SpanData settled = span("settle", "r2");
    assertThat(parent(settled)).isEqualTo(header(joined));
    assertThat(settled.getLinks())
        .extracting(link -> header(link.getSpanContext()))
        .containsExactly(dispatcher);
    assertThat(topology.traces(Topics.RESULTS))
        .containsExactly(header(span("settle", "r1")), header(settled));
  }

  @Test
  void anotherTryAndAReplayAndARefusalAreInTheTraceToo() {
    start(traces);
    topology.request(request("r1", chat("same")), stage("gateway", null));
    DispatchOrder first = topology.onlyOrder();
    String dispatcher = stage("dispatch", header(span("place", "r1")));
    topology.complete(failed(first, 429), dispatcher);
    assertThat(topology.traces(Topics.ORDERS_LOCAL_BATCH))
        .containsExactly(header(span("settle", "r1")));

    topology.request(request("r2", "{\"model\":\"no such model\"}"), stage("gateway", null));
    assertThat(topology.traces(Topics.RESULTS)).containsExactly(header(span("decide", "r2")));
  }

  @Test
  void noSpanSaysWhatWasAskedOrAnswered() {
    start(traces);
    topology.request(request("r1", chat("prompt-canary")), stage("gateway", null));
    topology.complete(answered(topology.onlyOrder(), "{\"answer\":\"answer-canary\"}"));

    assertThat(spans.getFinishedSpanItems()).hasSizeGreaterThan(3);
    assertThat(spans.getFinishedSpanItems().toString()).doesNotContain("canary");
  }

  @Test
  void offNothingIsTakenOnAndNoHeaderIsWritten() {
    start(Traces.off());
    topology.request(request("r1", chat("same")), stage("gateway", null));
    topology.complete(answered(topology.onlyOrder(), ANSWER), stage("dispatch", null));
    topology.request(request("r2", chat("other")), stage("gateway", null));

    assertThat(topology.traces(Topics.ORDERS_API_BATCH)).containsExactly((String) null);
    assertThat(topology.traces(Topics.RESULTS)).containsExactly((String) null);
    assertThat(spans.getFinishedSpanItems())
        .extracting(SpanData::getName)
        .containsOnly("gateway", "dispatch");
  }
}
