package io.dualtrack.inference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.sandbox.Behaviour;
import io.dualtrack.sandbox.Sandbox;
import io.dualtrack.sandbox.SandboxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;

/** A sandbox that demands keys, and what is to be seen of its batches. */
final class BatchSandbox implements AutoCloseable {

  static final String MODEL = "gpt-5.6-sol";

  private final HttpClient client = HttpClient.newHttpClient();
  private final Sandbox sandbox;

  BatchSandbox(Behaviour behaviour) throws IOException {
    sandbox = Sandbox.start(new SandboxOptions(0, List.of(MODEL), behaviour, Map.of(), true));
  }

  String uri() {
    return sandbox.uri().toString();
  }

  /**
   * @param behaviour of batches, those in progress included, as JSON
   */
  void set(String behaviour) {
    send("PUT", "/sandbox/batches", behaviour);
  }

  /** Batches that were ever made. */
  int made() {
    return stats().at("/batches/made").asInt();
  }

  /** Batches that somebody asked to stop. */
  int cancelled() {
    return stats().at("/batches/cancelled").asInt();
  }

  private JsonNode stats() {
    return send("GET", "/sandbox/stats", "");
  }

  long directCalls(String offering) {
    return stats().path("by_offering").path(offering).path("answered").asLong();
  }

  /** What the provider still holds for us: files, or batches. */
  int kept(String dialect) {
    return list(dialect, dialect.equals("openai") ? "/files" : "/messages/batches").size();
  }

  /** States of the batches. */
  List<String> status(String dialect) {
    return dialect.equals("openai")
        ? list(dialect, "/batches").findValuesAsText("status")
        : list(dialect, "/messages/batches").findValuesAsText("processing_status");
  }

  private JsonNode list(String dialect, String path) {
    return send("GET", "/" + dialect + "/o/v1" + path, "").path("data");
  }

  private JsonNode send(String method, String path, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(uri() + path))
            .method(method, BodyPublishers.ofString(body))
            .header("anthropic-version", "2023-06-01")
            .header("Authorization", "Bearer k")
            .header("x-api-key", "k")
            .build();
    try {
      return new ObjectMapper().readTree(client.send(request, BodyHandlers.ofString()).body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    sandbox.close();
  }
}
