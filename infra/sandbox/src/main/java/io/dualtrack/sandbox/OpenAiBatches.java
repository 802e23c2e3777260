package io.dualtrack.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** OpenAI's files and batches. One thread only. */
final class OpenAiBatches {

  private static final int MOST_LINES = 50_000;
  private static final Set<String> URLS =
      Set.of("/v1/chat/completions", "/v1/embeddings", "/v1/responses");

  private static final Set<String> PARAMETERS =
      Set.of("input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after");

  private static final int MOST_METADATA = 16;

  private record Line(String customId, ObjectNode body) {}

  private static final class Batch {
    private final ObjectNode about;
    private final List<Line> lines;
    private final long madeAt;
    private long cancelledAt;
    private boolean settled;

    Batch(ObjectNode about, List<Line> lines, long madeAt) {
      this.about = about;
      this.lines = lines;
      this.madeAt = madeAt;
    }
  }

  private static final class BadLine extends Exception {
    private static final long serialVersionUID = 1L;
    private final String code;
    private final int line;

    BadLine(String code, int line, String message) {
      super(message, null, false, false);
      this.code = code;
      this.line = line;
    }
  }

  private final Batches owner;
  private final Dialect dialect = new OpenAiDialect("openai");
  private final OpenAiFiles files = new OpenAiFiles();
  private final Map<String, Batch> batches = new LinkedHashMap<>();

  OpenAiBatches(Batches owner) {
    this.owner = owner;
  }

  Batches.Answer answer(Route route, FullHttpRequest request) {
    String[] parts = route.path().split("/", -1);
    HttpMethod method = request.method();
    String id = parts.length > 2 ? parts[2] : "";
    String action = parts.length > 3 ? parts[3] : "";
    if (parts[1].equals("files")) {
      return files.answer(route, request, id, action);
    }
    if (id.isEmpty()) {
      return Batches.Answer.json(method.equals(HttpMethod.POST) ? create(request) : list(route));
    }
    Batch batch = batches.get(id);
    if (batch == null) {
      throw OpenAiFiles.missing("batch", id);
    }
    if (action.equals("cancel") && method.equals(HttpMethod.POST)) {
      settle(batch);
      if (batch.settled) {
        throw Refusal.of(409, "invalid_request_error", "The batch has ended.");
      }
      if (batch.cancelledAt == 0) {
        batch.cancelledAt = System.currentTimeMillis();
        owner.oneCancelled();
      }
      return Batches.Answer.json(
          batch.about.deepCopy().put("status", "cancelling").put("cancelling_at", seconds()));
    }
    settle(batch);
    return Batches.Answer.json(batch.about);
  }

  private ObjectNode list(Route route) {
    List<ObjectNode> all = new ArrayList<>();
    batches
        .values()
        .forEach(
            batch -> {
              settle(batch);
              all.add(batch.about);
            });
    Collections.reverse(all);
    return Batches.page(all, route, "after", 20).put("object", "list");
  }

  private ObjectNode create(FullHttpRequest request) {
    ObjectNode asked = Checks.object(io.netty.buffer.ByteBufUtil.getBytes(request.content()));
    for (String name : List.of("input_file_id", "endpoint", "completion_window")) {
      if (!asked.path(name).isTextual()) {
        throw Refusal.badRequest(
            "missing_required_parameter",
            name,
            "Missing required parameter: '%s'.".formatted(name));
      }
    }
    String unknown = Checks.unknown(asked, PARAMETERS);
    if (unknown != null) {
      throw Refusal.badRequest(
          "unknown_parameter", unknown, "Unknown parameter: '%s'.".formatted(unknown));
    }
    if (asked.path("metadata").size() > MOST_METADATA) {
      throw Refusal.badRequest("invalid_value", "metadata", "At most 16 pairs.");
    }
    if (!asked.path("completion_window").asText().equals("24h")) {
      throw Refusal.badRequest("invalid_value", "completion_window", "It must be 24h.");
    }
    String endpoint = asked.path("endpoint").asText();
    if (!URLS.contains(endpoint)) {
      throw Refusal.badRequest("invalid_value", "endpoint", "The endpoint has no batches.");
    }
    OpenAiFiles.File input = files.find(asked.path("input_file_id").asText());
    if (!input.about().path("purpose").asText().equals("batch")) {
      throw Refusal.badRequest(
          "invalid_value", "input_file_id", "The file's purpose must be batch.");
    }
    String id = "batch_sandbox" + owner.made() + "_" + System.nanoTime() % 1_000_000;
    ObjectNode about =
        Checks.MAPPER
            .createObjectNode()
            .put("id", id)
            .put("object", "batch")
            .put("endpoint", endpoint)
            .putNull("errors")
            .put("input_file_id", asked.path("input_file_id").asText())
            .put("completion_window", "24h")
            .put("status", "validating")
            .putNull("output_file_id")
            .putNull("error_file_id")
            .put("created_at", seconds())
            .put("expires_at", seconds() + 86_400);
    about.set("metadata", asked.path("metadata").isObject() ? asked.get("metadata") : null);
    List<Line> lines = List.of();
    try {
      lines = lines(input.content(), endpoint);
    } catch (BadLine e) {
      about.put("status", "failed").put("failed_at", seconds());
      about
          .putObject("errors")
          .put("object", "list")
          .putArray("data")
          .addObject()
          .put("code", e.code)
          .put("line", e.line)
          .put("message", e.getMessage())
          .putNull("param");
    }
    counts(about, lines.size(), 0, 0);
    Batch batch = new Batch(about, lines, System.currentTimeMillis());
    batch.settled = about.path("status").asText().equals("failed");
    batches.put(id, batch);
    owner.oneMade();
    return about.deepCopy();
  }

  private static List<Line> lines(byte[] content, String endpoint) throws BadLine {
    List<Line> lines = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    int number = 0;
    for (String text : new String(content, UTF_8).split("\n", -1)) {
      number++;
      if (text.isBlank()) {
        continue;
      }
      JsonNode line;
      try {
        line = Checks.MAPPER.readTree(text);
      } catch (IOException e) {
        throw new BadLine("invalid_json_line", number, "This line is not parseable as valid JSON.");
      }
      String id = line.path("custom_id").asText("");
      if (!line.path("method").asText().equals("POST")) {
        throw new BadLine("invalid_method", number, "The method must be POST.");
      }
      if (!line.path("url").asText().equals(endpoint)) {
        throw new BadLine("mismatched_url", number, "The URL is not the batch's endpoint.");
      }
      if (id.isEmpty() || !(line.path("body") instanceof ObjectNode body)) {
        throw new BadLine("invalid_json_line", number, "custom_id and body are required.");
      }
      if (!ids.add(id)) {
        throw new BadLine("duplicate_custom_id", number, "The custom_id is not unique.");
      }
      if (body.path("stream").asBoolean()) {
        throw new BadLine("invalid_request", number, "A batch cannot stream.");
      }
      lines.add(new Line(id, body));
    }
    if (lines.isEmpty()) {
      throw new BadLine("empty_file", 1, "The batch input file is empty.");
    }
    if (lines.size() > MOST_LINES) {
      throw new BadLine("too_many_tasks", MOST_LINES + 1, "At most 50,000 requests.");
    }
    return lines;
  }

  private static void counts(ObjectNode about, int total, int completed, int failed) {
    about
        .putObject("request_counts")
        .put("total", total)
        .put("completed", completed)
        .put("failed", failed);
  }

  /** Brings a batch to where it is by now. */
  private void settle(Batch batch) {
    if (batch.settled) {
      return;
    }
    long now = System.currentTimeMillis();
    long until = batch.cancelledAt == 0 ? now : batch.cancelledAt;
    int total = batch.lines.size();
    int done = Batches.done(total, batch.madeAt, until, owner.behaviour().delayMs());
    if (batch.cancelledAt == 0 && done < total) {
      batch.about.put("status", "in_progress").put("in_progress_at", seconds());
      counts(batch.about, total, done, 0);
      return;
    }
    batch.settled = true;
    if (owner.behaviour().failing()) {
      batch.about.put("status", "failed").put("failed_at", seconds());
      return;
    }
    write(batch, done);
  }

  private void write(Batch batch, int done) {
    StringBuilder output = new StringBuilder();
    StringBuilder errors = new StringBuilder();
    int completed = 0;
    int failed = 0;
    boolean expired = false;
    for (int i = 0; i < done; i++) {
      Line line = batch.lines.get(i);
      ObjectNode made =
          Checks.MAPPER
              .createObjectNode()
              .put("id", "batch_req_%d".formatted(i))
              .put("custom_id", line.customId());
      if (Batches.expires(line.customId(), owner.behaviour().expireShare())) {
        expired = true;
        made.putNull("response")
            .putObject("error")
            .put("code", "batch_expired")
            .put(
                "message",
                "This request could not be executed before the completion window expired.");
        errors.append(made).append('\n');
        continue;
      }
      if (run(made, line, batch.about.path("endpoint").asText())) {
        completed++;
        output.append(made).append('\n');
      } else {
        failed++;
        errors.append(made).append('\n');
      }
    }
    String status = batch.cancelledAt != 0 ? "cancelled" : expired ? "expired" : "completed";
    batch.about.put("status", status).put(status + "_at", seconds());
    counts(batch.about, batch.lines.size(), completed, failed);
    if (output.length() > 0) {
      batch.about.put("output_file_id", file(output, "output"));
    }
    if (errors.length() > 0) {
      batch.about.put("error_file_id", file(errors, "error"));
    }
  }

  private String file(StringBuilder content, String name) {
    byte[] bytes = content.toString().getBytes(UTF_8);
    return files.store(bytes, "batch_" + name + ".jsonl", "batch_output").path("id").asText();
  }

  private boolean run(ObjectNode made, Line line, String endpoint) {
    ObjectNode response = made.putObject("response");
    made.putNull("error");
    response.put("request_id", "req_sandbox");
    try {
      Dialect.Call call =
          dialect.read(
              endpoint.substring(3), "", new DefaultHttpHeaders(), Checks.bytes(line.body()));
      response.put("status_code", 200);
      byte[] body = call.answer(io.dualtrack.sandbox.Behaviour.PROMPT, 0).parts().get(0);
      response.set("body", Checks.object(body));
      return true;
    } catch (Refusal e) {
      response.put("status_code", e.status());
      response.set("body", Checks.object(dialect.error(e)));
      return false;
    }
  }

  private static long seconds() {
    return System.currentTimeMillis() / 1_000;
  }
}
