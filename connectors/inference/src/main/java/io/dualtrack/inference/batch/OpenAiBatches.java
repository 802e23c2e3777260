package io.dualtrack.inference.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.adapter.Caller;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.ProviderBatch;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** OpenAI's files and batches. The job's id travels in the batch's metadata. */
final class OpenAiBatches implements BatchApi {

  static final String METADATA = "dualtrack_job";

  private static final String BOUNDARY = "dualtrack-7c1d5f0e2b";
  private static final Set<String> ENDED = Set.of("completed", "failed", "expired", "cancelled");
  private static final int PAGE = 100;

  private final BatchHttp http;

  OpenAiBatches(Access access, Caller caller) {
    this.http = new BatchHttp(access, caller, "Authorization", "Bearer ", Map.of());
  }

  @Override
  public CompletableFuture<String> submit(Offering offering, ProviderBatch job, List<Line> lines) {
    return http.post(
            offering,
            "/files",
            "multipart/form-data; boundary=" + BOUNDARY,
            file(job, lines),
            Map.of("Idempotency-Key", job.getJobId() + "-file"))
        .thenCompose(BatchHttp::json)
        .thenCompose(file -> create(offering, job, file.path("id").asText()))
        .thenCompose(BatchHttp::json)
        .thenApply(batch -> batch.path("id").asText());
  }

  private CompletableFuture<byte[]> create(Offering offering, ProviderBatch job, String file) {
    ObjectNode body =
        BatchHttp.JSON
            .createObjectNode()
            .put("input_file_id", file)
            .put("endpoint", job.getEndpoint())
            .put("completion_window", "24h");
    body.putObject("metadata").put(METADATA, job.getJobId());
    return http.post(
        offering,
        "/batches",
        "application/json",
        body.toString().getBytes(StandardCharsets.UTF_8),
        Map.of("Idempotency-Key", job.getJobId()));
  }

  private static byte[] file(ProviderBatch job, List<Line> lines) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BatchHttp.write(
        out,
        "--%s\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
            .formatted(BOUNDARY));
    BatchHttp.write(
        out,
        "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s.jsonl\"\r\nContent-Type: application/jsonl\r\n\r\n"
            .formatted(BOUNDARY, job.getJobId()));
    for (Line line : lines) {
      BatchHttp.write(
          out,
          "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"%s\",\"body\":"
              .formatted(line.name(), job.getEndpoint()));
      out.writeBytes(line.body());
      BatchHttp.write(out, "}\n");
    }
    BatchHttp.write(out, "\r\n--%s--\r\n".formatted(BOUNDARY));
    return out.toByteArray();
  }

  @Override
  public CompletableFuture<Optional<String>> find(Offering offering, ProviderBatch job) {
    return find(offering, job, "");
  }

  /** Page by page, newest first, until a batch is older than the job. */
  private CompletableFuture<Optional<String>> find(
      Offering offering, ProviderBatch job, String after) {
    return http.get(offering, "/batches?limit=" + PAGE + after)
        .thenCompose(BatchHttp::json)
        .thenCompose(
            page -> {
              String last = "";
              for (JsonNode batch : page.path("data")) {
                if (batch.path("metadata").path(METADATA).asText().equals(job.getJobId())) {
                  return CompletableFuture.completedFuture(Optional.of(batch.path("id").asText()));
                }
                last = batch.path("id").asText();
                if (batch.path("created_at").asLong() + 3_600
                    < job.getCreatedAt().getEpochSecond()) {
                  return CompletableFuture.completedFuture(Optional.<String>empty());
                }
              }
              return page.path("has_more").asBoolean() && !last.isEmpty()
                  ? find(offering, job, "&after=" + last)
                  : CompletableFuture.completedFuture(Optional.<String>empty());
            });
  }

  @Override
  public CompletableFuture<Progress> poll(Offering offering, String id) {
    return batch(offering, id)
        .thenApply(
            batch -> {
              if (!ENDED.contains(batch.path("status").asText())) {
                return new Progress(false, List.of());
              }
              List<String> files = new ArrayList<>();
              for (String field : List.of("output_file_id", "error_file_id")) {
                if (batch.path(field).isTextual()) {
                  files.add(batch.path(field).asText());
                }
              }
              return new Progress(true, files);
            });
  }

  private CompletableFuture<JsonNode> batch(Offering offering, String id) {
    return http.get(offering, "/batches/" + id).thenCompose(BatchHttp::json);
  }

  @Override
  public CompletableFuture<Void> cancel(Offering offering, String id) {
    return http.post(
            offering, "/batches/" + id + "/cancel", "application/json", new byte[0], Map.of())
        .thenApply(done -> null);
  }

  @Override
  public CompletableFuture<List<Result>> results(Offering offering, String place) {
    return http.get(offering, "/files/" + place + "/content")
        .thenApply(file -> BatchHttp.lines(file).stream().map(OpenAiBatches::result).toList());
  }

  private static Result result(JsonNode line) {
    JsonNode response = line.path("response");
    // A line without a response was not worked on, for example because the batch expired.
    return new Result(
        line.path("custom_id").asText(),
        response.path("status_code").asInt(),
        response.isObject()
            ? response.path("body").toString().getBytes(StandardCharsets.UTF_8)
            : new byte[0]);
  }

  @Override
  public CompletableFuture<Void> forget(Offering offering, String id) {
    return batch(offering, id)
        .thenCompose(
            batch -> {
              List<CompletableFuture<byte[]>> deletions = new ArrayList<>();
              for (String field : List.of("input_file_id", "output_file_id", "error_file_id")) {
                if (batch.path(field).isTextual()) {
                  deletions.add(http.delete(offering, "/files/" + batch.path(field).asText()));
                }
              }
              return CompletableFuture.allOf(deletions.toArray(CompletableFuture[]::new));
            });
  }
}
