package io.dualtrack.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ProcessMetricsTest {

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void aProcessTellsItsMetersAndWhetherItWorks() throws Exception {
    String port = Integer.toString(freePort());
    AtomicBoolean working = new AtomicBoolean();
    try (ProcessMetrics metrics =
        ProcessMetrics.fromEnvironment(Map.of("DUALTRACK_METRICS_PORT", port))) {
      metrics.registry().counter("dualtrack.test.records").increment();

      assertThat(get(port, "/healthz").statusCode()).isEqualTo(200);
      assertThat(get(port, "/readyz").statusCode()).isEqualTo(503);
      metrics.readyWhen(working::get);
      assertThat(get(port, "/readyz").body()).isEqualTo("{\"ready\":false}");
      working.set(true);
      assertThat(get(port, "/readyz").statusCode()).isEqualTo(200);
      assertThat(get(port, "/metrics").body())
          .contains(
              "dualtrack_test_records_total 1.0",
              "dualtrack_process_ready 1.0",
              "jvm_memory_used_bytes",
              "process_uptime_seconds");
    }
  }

  @Test
  void aProcessThatIsGivenNoPortStillCounts() {
    try (ProcessMetrics metrics = ProcessMetrics.fromEnvironment(Map.of())) {
      assertThat(metrics.registry().scrape()).contains("jvm_gc_", "process_cpu_usage");
    }
  }

  @Test
  void aPortThatIsNoneOrInUseIsNamed() throws Exception {
    assertThatThrownBy(
            () -> ProcessMetrics.fromEnvironment(Map.of("DUALTRACK_METRICS_PORT", "many")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("DUALTRACK_METRICS_PORT must be a port, not many");
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      assertThatThrownBy(
              () -> ProcessMetrics.fromEnvironment(Map.of("DUALTRACK_METRICS_PORT", port)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("set DUALTRACK_METRICS_PORT to a free one");
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private HttpResponse<String> get(String port, String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        BodyHandlers.ofString());
  }
}
