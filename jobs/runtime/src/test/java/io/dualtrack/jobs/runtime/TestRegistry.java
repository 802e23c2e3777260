package io.dualtrack.jobs.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * As much of Confluent's registry API as the genuine client asks of it, over HTTP: tasks of a job
 * are serialized, so a registry in memory cannot be handed to them.
 */
public final class TestRegistry implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpServer server;
  private final List<String> schemas = new ArrayList<>();
  private final Map<String, Set<Integer>> subjects = new HashMap<>();
  private final AtomicBoolean down = new AtomicBoolean();

  private record Answer(int status, Object body) {}

  public TestRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  public RegistryLocation location(Path folder) {
    return new RegistryLocation(
        URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
        folder.resolve("registry-cache.jsonl").toString());
  }

  /** From now on every question gets status 503, or again an answer. */
  public void setDown(boolean isDown) {
    down.set(isDown);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      JsonNode question = JSON.readTree(exchange.getRequestBody());
      Answer answer = answer(exchange.getRequestMethod(), exchange.getRequestURI(), question);
      byte[] body = JSON.writeValueAsBytes(answer.body());
      exchange.getResponseHeaders().add("Content-Type", "application/vnd.schemaregistry.v1+json");
      exchange.sendResponseHeaders(answer.status(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private synchronized Answer answer(String method, URI uri, JsonNode question) {
    if (down.get()) {
      return error(503, "down");
    }
    String[] path = uri.getPath().substring(1).split("/", -1);
    return switch (method + " " + path[0]) {
      case "GET schemas" -> schema(Integer.parseInt(path[2]));
      case "GET subjects" ->
          subjects.containsKey(path[1])
              ? new Answer(200, subjects.get(path[1]))
              : error(404, "no such subject");
      case "POST subjects" -> new Answer(200, Map.of("id", register(path[1], question)));
      case "PUT config" -> new Answer(200, question);
      default -> error(404, method + " " + uri);
    };
  }

  private Answer schema(int id) {
    return id >= 1 && id <= schemas.size()
        ? new Answer(200, Map.of("schema", schemas.get(id - 1)))
        : error(404, "no such schema");
  }

  private int register(String subject, JsonNode question) {
    String schema = question.get("schema").asText();
    if (!schemas.contains(schema)) {
      schemas.add(schema);
    }
    int id = schemas.indexOf(schema) + 1;
    subjects.computeIfAbsent(subject, name -> new TreeSet<>()).add(id);
    return id;
  }

  private static Answer error(int status, String message) {
    return new Answer(status, Map.of("error_code", status * 100, "message", message));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
