package io.dualtrack.inference.batch;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.adapter.Caller;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ProviderBatch;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Anthropic's message batches. They carry no metadata, so a batch is known as a job's by the names
 * of its lines, which can be read when it has ended.
 */
final class AnthropicBatches implements BatchApi {

  private static final String PATH = "/messages/batches";
  private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(5);
  private static final int OK = 200;
  private static final int PAGE = 100;

  private final BatchHttp http;

  AnthropicBatches(Access access, Caller caller) {
    this.http =
        new BatchHttp(access, caller, "x-api-key", "", Map.of("anthropic-version", "2023-06-01"));
  }

  @Override
  public CompletableFuture<String> submit(Offering offering, ProviderBatch job, List<Line> lines) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BatchHttp.write(out, "{\"requests\":[");
    String comma = "";
    for (Line line : lines) {
      BatchHttp.write(out, comma + "{\"custom_id\":\"" + line.name() + "\",\"params\":");
      out.writeBytes(line.body());
      BatchHttp.write(out, "}");
      comma = ",";
    }
    BatchHttp.write(out, "]}");
    return http.post(offering, PATH, "application/json", out.toByteArray(), Map.of())
        .thenCompose(BatchHttp::json)
        .thenApply(batch -> batch.path("id").asText());
  }

  @Override
  public CompletableFuture<Optional<String>> find(Offering offering, ProviderBatch job) {
    return candidates(offering, job, "", new ArrayList<>())
        .thenCompose(candidates -> find(offering, job, candidates, 0, false));
  }

  /** Page by page, newest first, until a batch is older than the job. */
  private CompletableFuture<List<JsonNode>> candidates(
      Offering offering, ProviderBatch job, String after, List<JsonNode> found) {
    return http.get(offering, PATH + "?limit=" + PAGE + after)
        .thenCompose(BatchHttp::json)
        .thenCompose(
            page -> {
              String last = "";
              for (JsonNode batch : page.path("data")) {
                if (isOlder(batch, job)) {
                  return CompletableFuture.completedFuture(found);
                }
                if (requests(batch) <= job.getOffsets().size()) {
                  found.add(batch);
                }
                last = batch.path("id").asText();
              }
              return page.path("has_more").asBoolean() && !last.isEmpty()
                  ? candidates(offering, job, "&after_id=" + last, found)
                  : CompletableFuture.completedFuture(found);
            });
  }

  private static boolean isOlder(JsonNode batch, ProviderBatch job) {
    try {
      Instant at = OffsetDateTime.parse(batch.path("created_at").asText()).toInstant();
      return at.isBefore(job.getCreatedAt().minus(CLOCKS_DIFFER));
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  private static int requests(JsonNode batch) {
    int all = 0;
    for (JsonNode count : batch.path("request_counts")) {
      all += count.asInt();
    }
    return all;
  }

  private CompletableFuture<Optional<String>> find(
      Offering offering, ProviderBatch job, List<JsonNode> candidates, int index, boolean open) {
    if (index == candidates.size()) {
      return open
          ? CompletableFuture.failedFuture(
              new BatchFailure("a batch that may be this job has not ended", true))
          : CompletableFuture.completedFuture(Optional.empty());
    }
    JsonNode batch = candidates.get(index);
    String id = batch.path("id").asText();
    if (!ended(batch)) {
      return find(offering, job, candidates, index + 1, true);
    }
    return results(offering, id)
        .thenCompose(
            results ->
                !results.isEmpty() && results.get(0).name().startsWith(job.getJobId() + "-")
                    ? CompletableFuture.completedFuture(Optional.of(id))
                    : find(offering, job, candidates, index + 1, open));
  }

  private static boolean ended(JsonNode batch) {
    return batch.path("processing_status").asText().equals("ended");
  }

  @Override
  public CompletableFuture<Progress> poll(Offering offering, String id) {
    return http.get(offering, PATH + "/" + id)
        .thenCompose(BatchHttp::json)
        .thenApply(
            batch ->
                ended(batch) ? new Progress(true, List.of(id)) : new Progress(false, List.of()));
  }

  @Override
  public CompletableFuture<Void> cancel(Offering offering, String id) {
    return http.post(
            offering, PATH + "/" + id + "/cancel", "application/json", new byte[0], Map.of())
        .thenApply(done -> null);
  }

  @Override
  public CompletableFuture<List<Result>> results(Offering offering, String place) {
    return http.get(offering, PATH + "/" + place + "/results")
        .thenApply(file -> BatchHttp.lines(file).stream().map(AnthropicBatches::result).toList());
  }

  private static Result result(JsonNode line) {
    JsonNode result = line.path("result");
    String name = line.path("custom_id").asText();
    return switch (result.path("type").asText()) {
      case "succeeded" -> new Result(name, OK, bytes(result.path("message")));
      case "errored" -> new Result(name, status(result.path("error")), bytes(result.path("error")));
      default -> new Result(name, 0, new byte[0]);
    };
  }

  /** The error's type says what would have been the status of a call. */
  private static int status(JsonNode error) {
    return switch (error.path("error").path("type").asText()) {
      case "invalid_request_error" -> 400;
      case "request_too_large" -> 413;
      case "authentication_error" -> 401;
      case "permission_error" -> 403;
      case "not_found_error" -> 404;
      case "rate_limit_error" -> 429;
      default -> 500;
    };
  }

  private static byte[] bytes(JsonNode node) {
    return node.toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public CompletableFuture<Void> forget(Offering offering, String id) {
    return http.delete(offering, PATH + "/" + id).thenApply(done -> null);
  }
}
