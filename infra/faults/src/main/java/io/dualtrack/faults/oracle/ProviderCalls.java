package io.dualtrack.faults.oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

/**
 * What the sandbox counted since its start.
 *
 * @param calls of any outcome
 * @param repeated whose idempotency key had been seen before
 * @param answeredAgain that were answered although a call of the same key had been
 * @param failed that got an error, or half an answer, and so may be repeated
 */
public record ProviderCalls(long calls, long repeated, long answeredAgain, long failed) {

  static final String CHECK = "calls";

  static ProviderCalls read(URI sandbox) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(sandbox + "/sandbox/stats")).build(),
                HttpResponse.BodyHandlers.ofByteArray());
    JsonNode stats = new ObjectMapper().readTree(answer.body());
    long failed = 0;
    for (JsonNode model : stats.get("by_model")) {
      failed += model.get("failed").asLong() + model.get("limited").asLong();
    }
    return new ProviderCalls(
        stats.get("calls").asLong(),
        stats.get("repeated").asLong(),
        stats.get("answered_again").asLong(),
        failed);
  }

  /** Repetitions that no failure of the provider explains. */
  public long unexplained() {
    return Math.max(0, repeated - failed);
  }

  /**
   * @param budget most repetitions that the scenario's faults explain
   */
  Check judge(long budget) {
    return new Check(
        CHECK,
        unexplained() <= budget
            ? List.of()
            : List.of(
                "%,d calls were repeated without a failure, %,d may be"
                    .formatted(unexplained(), budget)));
  }
}
