package io.dualtrack.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Anthropic's message batches. One thread only. */
final class AnthropicBatches {

  private static final int MOST_REQUESTS = 100_000;

  private record Line(String customId, ObjectNode params) {}

  private static final class Batch {
    private final ObjectNode about;
    private final List<Line> lines;
    private final String address;
    private final long madeAt;
    private long cancelledAt;
    private boolean settled;
    private byte[] results = new byte[0];

    Batch(ObjectNode about, List<Line> lines, String address, long madeAt) {
      this.about = about;
      this.lines = lines;
      this.address = address;
      this.madeAt = madeAt;
    }
  }

  private final Batches owner;
  private final AnthropicDialect dialect = new AnthropicDialect();
  private final Map<String, Batch> batches = new LinkedHashMap<>();

  AnthropicBatches(Batches owner) {
    this.owner = owner;
  }

  Batches.Answer answer(Route route, FullHttpRequest request) {
    AnthropicDialect.version(request.headers());
    // /messages/batches/{id}/{action}
    String[] parts = route.path().split("/", -1);
    HttpMethod method = request.method();
    if (parts.length < 4 || parts[3].isEmpty()) {
      return Batches.Answer.json(method.equals(HttpMethod.POST) ? create(request) : list(route));
    }
    Batch batch = batches.get(parts[3]);
    if (batch == null) {
      throw Refusal.of(404, "not_found_error", "No such batch.");
    }
    String action = parts.length > 4 ? parts[4] : "";
    settle(batch);
    if (action.equals("cancel") && method.equals(HttpMethod.POST)) {
      if (!batch.settled && batch.cancelledAt == 0) {
        batch.cancelledAt = System.currentTimeMillis();
        owner.oneCancelled();
        batch.about.put("processing_status", "canceling").put("cancel_initiated_at", now());
      }
      return Batches.Answer.json(batch.about);
    }
    if (action.equals("results")) {
      if (!batch.settled) {
        throw Refusal.of(404, "not_found_error", "The results are not available yet.");
      }
      return Batches.Answer.lines("application/x-jsonl", batch.results);
    }
    if (method.equals(HttpMethod.DELETE)) {
      if (!batch.settled) {
        throw Refusal.of(400, "invalid_request_error", "The batch is in progress.");
      }
      batches.remove(parts[3]);
      return Batches.Answer.json(
          Checks.MAPPER
              .createObjectNode()
              .put("id", parts[3])
              .put("type", "message_batch_deleted"));
    }
    return Batches.Answer.json(batch.about);
  }

  private ObjectNode list(Route route) {
    List<ObjectNode> all = new ArrayList<>();
    for (Batch batch : batches.values()) {
      settle(batch);
      all.add(batch.about);
    }
    Collections.reverse(all);
    return Batches.page(all, route, "after_id", 20);
  }

  private ObjectNode create(FullHttpRequest request) {
    JsonNode requests = Checks.object(ByteBufUtil.getBytes(request.content())).path("requests");
    if (!requests.isArray() || requests.isEmpty() || requests.size() > MOST_REQUESTS) {
      throw Refusal.of(400, "invalid_request_error", "requests: 1 to 100000 requests are required");
    }
    List<Line> lines = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (JsonNode each : requests) {
      String id = each.path("custom_id").asText("");
      if (!id.matches("[a-zA-Z0-9_-]{1,64}")
          || !(each.path("params") instanceof ObjectNode params)) {
        throw Refusal.of(
            400,
            "invalid_request_error",
            "requests: custom_id (1-64 of a-z A-Z 0-9 _ -) and params");
      }
      if (params.path("stream").asBoolean()) {
        throw Refusal.of(
            400, "invalid_request_error", "requests: stream is not supported in batches");
      }
      if (!ids.add(id)) {
        throw Refusal.of(400, "invalid_request_error", "requests: custom_id is not unique");
      }
      lines.add(new Line(id, params));
    }
    String id = "msgbatch_sandbox" + owner.made() + "_" + System.nanoTime() % 1_000_000;
    ObjectNode about =
        Checks.MAPPER
            .createObjectNode()
            .put("id", id)
            .put("type", "message_batch")
            .put("processing_status", "in_progress")
            .put("created_at", now())
            .put("expires_at", Instant.now().plus(1, ChronoUnit.DAYS).toString())
            .putNull("ended_at")
            .putNull("cancel_initiated_at")
            .putNull("archived_at")
            .putNull("results_url");
    counts(about, lines.size(), 0, 0, 0, 0);
    String uri = request.uri();
    int query = uri.indexOf('?');
    String address =
        "http://" + request.headers().get("host") + (query < 0 ? uri : uri.substring(0, query));
    batches.put(id, new Batch(about, lines, address, System.currentTimeMillis()));
    owner.oneMade();
    return about.deepCopy();
  }

  private static void counts(
      ObjectNode about, int processing, int succeeded, int errored, int canceled, int expired) {
    about
        .putObject("request_counts")
        .put("processing", processing)
        .put("succeeded", succeeded)
        .put("errored", errored)
        .put("canceled", canceled)
        .put("expired", expired);
  }

  private void settle(Batch batch) {
    if (batch.settled) {
      return;
    }
    long until = batch.cancelledAt == 0 ? System.currentTimeMillis() : batch.cancelledAt;
    int total = batch.lines.size();
    int done = Batches.done(total, batch.madeAt, until, owner.behaviour().delayMs());
    if (batch.cancelledAt == 0 && done < total) {
      return;
    }
    batch.settled = true;
    StringBuilder results = new StringBuilder();
    int[] kinds = new int[4];
    for (int i = 0; i < total; i++) {
      ObjectNode line =
          Checks.MAPPER.createObjectNode().put("custom_id", batch.lines.get(i).customId());
      ObjectNode result = line.putObject("result");
      kinds[result(result, batch, i, i < done)]++;
      results.append(line).append('\n');
    }
    batch.results = results.toString().getBytes(UTF_8);
    counts(batch.about, 0, kinds[0], kinds[1], kinds[2], kinds[3]);
    batch
        .about
        .put("processing_status", "ended")
        .put("ended_at", now())
        .put("results_url", batch.address + "/" + batch.about.path("id").asText() + "/results");
  }

  /**
   * @return 0 succeeded, 1 errored, 2 canceled, 3 expired
   */
  private int result(ObjectNode result, Batch batch, int at, boolean done) {
    Line line = batch.lines.get(at);
    if (!done) {
      result.put("type", "canceled");
      return 2;
    }
    if (Batches.expires(line.customId(), owner.behaviour().expireShare())) {
      result.put("type", "expired");
      return 3;
    }
    try {
      Dialect.Call call = dialect.message(line.params(), Hash.of(Checks.bytes(line.params())));
      byte[] body = call.answer(Behaviour.PROMPT, 0).parts().get(0);
      result.put("type", "succeeded").set("message", Checks.object(body));
      return 0;
    } catch (Refusal e) {
      result.put("type", "errored").set("error", Checks.object(dialect.error(e)));
      return 1;
    }
  }

  private static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
