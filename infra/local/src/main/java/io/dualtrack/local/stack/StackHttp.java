package io.dualtrack.local.stack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.gateway.http.OpenRoute;
import io.dualtrack.gateway.http.OpenRoute.Answer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the stack says of itself beside the gateway's endpoints: {@code /healthz}, {@code /readyz},
 * {@code /metrics}, {@code /stack}.
 */
final class StackHttp {

  private static final ObjectMapper JSON = new ObjectMapper();

  private StackHttp() {}

  /**
   * @param parts each part and whether it is ready; asked at every call of {@code /readyz}
   * @param address empty until it is known
   */
  static List<OpenRoute> routes(
      PrometheusMeterRegistry meters,
      Supplier<Map<String, Boolean>> parts,
      Supplier<Optional<StackAddress>> address) {
    return List.of(
        new OpenRoute("/healthz", () -> Answer.json(200, "{\"alive\":true}")),
        new OpenRoute("/readyz", () -> ready(parts.get())),
        new OpenRoute(
            "/metrics",
            () ->
                new Answer(
                    200,
                    "text/plain; version=0.0.4; charset=utf-8",
                    meters.scrape().getBytes(StandardCharsets.UTF_8))),
        new OpenRoute("/stack", () -> stack(address.get())));
  }

  private static Answer ready(Map<String, Boolean> parts) {
    boolean all = !parts.isEmpty() && !parts.containsValue(false);
    try {
      return Answer.json(
          all ? 200 : 503, JSON.writeValueAsString(Map.of("ready", all, "parts", parts)));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Answer stack(Optional<StackAddress> address) {
    return address
        .map(found -> new Answer(200, "application/json", found.toJson()))
        .orElseGet(() -> Answer.json(503, "{\"error\":\"the stack is starting\"}"));
  }
}
