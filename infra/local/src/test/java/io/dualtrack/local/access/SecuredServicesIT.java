package io.dualtrack.local.access;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualtrack.audit.AuditVerification;
import io.dualtrack.audit.SealingService;
import io.dualtrack.audit.Verdict;
import io.dualtrack.gateway.GatewayConfig;
import io.dualtrack.gateway.GatewayService;
import io.dualtrack.inference.DispatcherConfig;
import io.dualtrack.inference.DispatcherService;
import io.dualtrack.inference.access.Hosts;
import io.dualtrack.local.batches.BatchClient;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.sandbox.Behaviour;
import io.dualtrack.sandbox.Sandbox;
import io.dualtrack.sandbox.SandboxOptions;
import io.dualtrack.schemas.Component;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.topology.TopologyConfig;
import io.dualtrack.topology.TopologyService;
import io.dualtrack.tracing.Traces;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each service with a user of its own, which may do what {@link Component} says and no more. */
class SecuredServicesIT {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int LINES = 40;

  /** What a caller says of its own trace. */
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  private static final String CALLER = "b7ad6b7169203331";

  @TempDir Path folder;

  private final SchemaRegistry registry = SchemaRegistry.inMemory();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final Traces traces =
      Traces.to(
          OpenTelemetrySdk.builder()
              .setTracerProvider(
                  SdkTracerProvider.builder()
                      .addSpanProcessor(SimpleSpanProcessor.create(spans))
                      .build())
              .build());

  @Test
  void requestsAreAnsweredAndTracedPeopleWorkAtTheConsoleAndTheAuditTrailIsSealed()
      throws Exception {
    Path policyKey = folder.resolve(TopologyConfig.POLICY_KEYS.replace(".pub", ""));
    try (SecuredKafka kafka = new SecuredKafka();
        Sandbox sandbox = Sandbox.start(SandboxOptions.localCatalogue(0, Behaviour.PROMPT));
        SealingService sealer = sealer(kafka)) {
      SigningKey key = SigningKey.openOrCreate(policyKey);
      ShippedControl.publish(kafka.as(Component.OPERATOR), registry, key);
      ConsoleJobs.admitStaff(kafka, registry, key);
      try (TopologyService topology =
              new TopologyService(
                  TopologyConfig.local(
                      kafka.as(Component.TOPOLOGY),
                      URI.create("http://unused"),
                      folder,
                      "0",
                      SecuredKafka.PARTITIONS),
                  registry,
                  meters,
                  traces);
          DispatcherService api = dispatcher(Lane.API, Component.DISPATCHER_API, kafka, sandbox);
          DispatcherService local =
              dispatcher(Lane.LOCAL, Component.DISPATCHER_LOCAL, kafka, sandbox);
          GatewayService gateway =
              new GatewayService(
                  GatewayConfig.of(kafka.as(Component.GATEWAY), "0", 0),
                  gatewaySettings(kafka),
                  registry,
                  meters,
                  traces)) {
        topology.start();
        api.start();
        local.start();
        gateway.listen(List.of());
        gateway.start();
        gateway.ready().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        assertThat(batch(gateway.uri()))
            .hasSize(LINES)
            .allMatch(line -> line.contains("\"status_code\":200"));
        eachLineIsATraceFromItsReleaseToItsOutput();
        aCallIsOneTraceThroughAllProcesses(gateway.uri());
        new ConsoleJobs(kafka, registry, gateway.uri()).doAll(LINES + 1);
      }
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                Verdict verdict = verify(kafka);
                assertThat(verdict.findings()).isEmpty();
                assertThat(verdict.records()).isGreaterThanOrEqualTo(LINES);
              });
      assertThat(sealer.stopped()).isNotDone();
    }
  }

  private Map<String, String> gatewaySettings(SecuredKafka kafka) throws IOException {
    Map<String, String> settings = new HashMap<>(ConsoleJobs.settings(kafka, folder));
    settings.put("DUALTRACK_DATA", folder.resolve("gateway").toString());
    settings.put("DUALTRACK_FEATURE_FOLDER", folder.toString());
    return settings;
  }

  private void eachLineIsATraceFromItsReleaseToItsOutput() {
    Map<String, List<String>> traced =
        spans.getFinishedSpanItems().stream()
            .collect(groupingBy(SpanData::getTraceId, mapping(SpanData::getName, toList())));
    assertThat(traced.values())
        .hasSize(LINES)
        .allSatisfy(names -> assertThat(names).startsWith("release").endsWith("collect"));
  }

  private void aCallIsOneTraceThroughAllProcesses(URI gateway) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(gateway.resolve("/v1/chat/completions"))
                    .header("Authorization", "Bearer dt-local-acme")
                    .header(Traces.HEADER, "00-%s-%s-01".formatted(TRACE, CALLER))
                    .POST(
                        BodyPublishers.ofString(
                            """
                            {"model":"gpt-5.6-sol","messages":[\
                            {"role":"user","content":"What is left?"}]}\
                            """))
                    .build(),
                BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(parents())
                    .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                            "POST /v1/chat/completions", "the caller",
                            "decide", "POST /v1/chat/completions",
                            "place", "decide",
                            "dispatch", "place",
                            "call", "dispatch",
                            "settle", "dispatch",
                            "reply", "settle")));
  }

  /** The names of the call's spans, each with its parent's. */
  private Map<String, String> parents() {
    List<SpanData> ofTrace =
        spans.getFinishedSpanItems().stream()
            .filter(span -> span.getTraceId().equals(TRACE))
            .toList();
    Map<String, String> names = new HashMap<>(Map.of(CALLER, "the caller"));
    ofTrace.forEach(span -> names.put(span.getSpanId(), span.getName()));
    return ofTrace.stream()
        .collect(
            Collectors.toMap(
                SpanData::getName,
                span -> names.getOrDefault(span.getParentSpanId(), "nothing known")));
  }

  private SealingService sealer(SecuredKafka kafka) throws Exception {
    return SealingService.start(
        kafka.as(Component.AUDIT_SEALER),
        folder.resolve("checkpoints"),
        folder.resolve("keys/audit"),
        registry,
        meters);
  }

  private Verdict verify(SecuredKafka kafka) throws Exception {
    return AuditVerification.verify(
        kafka.as(Component.OPERATOR),
        folder.resolve("checkpoints"),
        SigningKey.publicFile(folder.resolve("keys/audit")),
        Instant.now());
  }

  private DispatcherService dispatcher(
      Lane lane, Component component, SecuredKafka kafka, Sandbox sandbox) {
    return new DispatcherService(
        DispatcherConfig.of(
            lane,
            kafka.as(component),
            "0",
            Map.of("sandbox", URI.create(sandbox.uri() + "/:dialect/:offering/v1")),
            Map.of("DUALTRACK_HOSTS", Hosts.LOOPBACK)),
        registry,
        meters,
        traces);
  }

  private static List<String> batch(URI gateway) throws Exception {
    BatchClient client = new BatchClient(gateway, "dt-local-acme");
    String lines =
        IntStream.range(0, LINES)
            .mapToObj(
                """
                {"custom_id":"line-%1$d","method":"POST","url":"/v1/chat/completions",\
                "body":{"model":"gpt-5.6-sol","messages":[\
                {"role":"user","content":"What is %1$d times 17?"}]}}\
                """
                    ::formatted)
            .collect(Collectors.joining("\n"));
    String file = client.upload("in.jsonl", BodyPublishers.ofString(lines));
    String id = client.create(file).id();
    await().atMost(PATIENCE).until(() -> client.batch(id).ended());
    try (BufferedReader output =
        new BufferedReader(
            new InputStreamReader(
                client.content(client.batch(id).outputFile().orElseThrow()),
                StandardCharsets.UTF_8))) {
      return output.lines().toList();
    }
  }
}
