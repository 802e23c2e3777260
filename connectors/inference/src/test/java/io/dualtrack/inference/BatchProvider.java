package io.dualtrack.inference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** OpenAI's files, batches and chat completions on loopback; batches end when the test says so. */
final class BatchProvider implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpServer server;
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final Map<String, String> files = new ConcurrentHashMap<>();
  private final Map<String, ObjectNode> batches = new LinkedHashMap<>();
  private final List<String> calls = new ArrayList<>();
  private final List<String> deleted = new ArrayList<>();
  private boolean loseAnswerOfCreate;

  BatchProvider() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    server.setExecutor(executor);
    server.createContext("/v1/", this::handle);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
  }

  synchronized List<ObjectNode> batches() {
    return List.copyOf(batches.values());
  }

  /** Idempotency keys of direct calls. */
  synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  synchronized List<String> deleted() {
    return List.copyOf(deleted);
  }

  /** The next batch is made, but nobody is told. */
  synchronized void loseAnswerOfCreate() {
    loseAnswerOfCreate = true;
  }

  /**
   * Ends a batch.
   *
   * @param answered lines of the input that have an answer; the others have expired
   */
  synchronized void end(ObjectNode batch, String status, int answered) {
    StringBuilder output = new StringBuilder();
    StringBuilder errors = new StringBuilder();
    int number = 0;
    for (String text : files.get(batch.path("input_file_id").asText()).split("\n", -1)) {
      if (text.isBlank()) {
        continue;
      }
      JsonNode line = read(text);
      ObjectNode result = JSON.createObjectNode().put("id", "r-" + number);
      result.set("custom_id", line.path("custom_id"));
      if (number++ < answered) {
        ObjectNode response = result.putObject("response").put("status_code", 200);
        response.set("body", answer(line.path("body")));
        result.putNull("error");
        output.insert(0, result + "\n");
      } else {
        result.putNull("response");
        result.putObject("error").put("code", "batch_expired").put("message", "too late");
        errors.append(result).append('\n');
      }
    }
    if (output.length() > 0) {
      files.put("out-" + batch.path("id").asText(), output.toString());
      batch.put("output_file_id", "out-" + batch.path("id").asText());
    }
    if (errors.length() > 0) {
      files.put("err-" + batch.path("id").asText(), errors.toString());
      batch.put("error_file_id", "err-" + batch.path("id").asText());
    }
    batch.put("status", status);
  }

  private static JsonNode read(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new IllegalArgumentException("not JSON: " + text, e);
    }
  }

  private static ObjectNode answer(JsonNode body) {
    ObjectNode answer =
        JSON.createObjectNode()
            .put("id", "c")
            .put("object", "chat.completion")
            .put("model", body.path("model").asText());
    ObjectNode choice = answer.putArray("choices").addObject().put("index", 0);
    choice.put("finish_reason", "stop");
    choice.putObject("message").put("role", "assistant").put("content", "hi");
    answer
        .putObject("usage")
        .put("prompt_tokens", 7)
        .put("completion_tokens", 3)
        .put("total_tokens", 10);
    return answer;
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String method = exchange.getRequestMethod();
    byte[] body = exchange.getRequestBody().readAllBytes();
    try {
      respond(exchange, 200, answer(exchange, method, path, body));
    } catch (IOException e) {
      exchange.close();
    }
  }

  private synchronized String answer(HttpExchange exchange, String method, String path, byte[] body)
      throws IOException {
    if (path.equals("/v1/chat/completions")) {
      calls.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
      return answer(JSON.readTree(body)).toString();
    }
    if (path.equals("/v1/files")) {
      String text = new String(body, StandardCharsets.UTF_8);
      int start = text.indexOf("\r\n\r\n", text.indexOf("filename=")) + 4;
      String id = "file-" + files.size();
      files.put(id, text.substring(start, text.lastIndexOf("\r\n--")));
      return JSON.createObjectNode().put("id", id).toString();
    }
    if (path.equals("/v1/batches") && method.equals("POST")) {
      ObjectNode batch = (ObjectNode) JSON.readTree(body);
      batch.put("id", "batch-" + batches.size()).put("status", "in_progress");
      batch.put("created_at", System.currentTimeMillis() / 1_000);
      batches.put(batch.path("id").asText(), batch);
      if (loseAnswerOfCreate) {
        loseAnswerOfCreate = false;
        throw new IOException("the answer is lost");
      }
      return batch.toString();
    }
    if (path.equals("/v1/batches")) {
      ObjectNode page = JSON.createObjectNode().put("has_more", false);
      page.putArray("data").addAll(batches.values());
      return page.toString();
    }
    if (path.endsWith("/cancel")) {
      ObjectNode batch = batches.get(path.split("/", -1)[3]);
      end(batch, "cancelled", 0);
      return batch.toString();
    }
    if (path.startsWith("/v1/batches/")) {
      return batches.get(path.split("/", -1)[3]).toString();
    }
    if (method.equals("DELETE")) {
      deleted.add(path.substring("/v1/files/".length()));
      return "{\"deleted\":true}";
    }
    return files.get(path.split("/", -1)[3]);
  }

  private static void respond(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
