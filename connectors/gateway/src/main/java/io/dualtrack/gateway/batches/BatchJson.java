package io.dualtrack.gateway.batches;

import com.fasterxml.jackson.core.JsonGenerator;
import io.dualtrack.schemas.BatchError;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.BatchStatus;
import io.dualtrack.schemas.BatchUsage;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A batch as OpenAI's clients read it. Times are seconds since 1970. */
final class BatchJson {

  private BatchJson() {}

  static String status(BatchStatus status) {
    return status.name().toLowerCase(Locale.ROOT);
  }

  static void write(JsonGenerator json, BatchState batch) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", batch.getBatchId());
    json.writeStringField("object", "batch");
    json.writeStringField("endpoint", batch.getEndpoint());
    json.writeStringField("model", batch.getModel());
    writeErrors(json, batch);
    json.writeStringField("input_file_id", batch.getInput());
    json.writeStringField("completion_window", batch.getCompletionWindow());
    json.writeStringField("status", status(batch.getStatus()));
    json.writeStringField("output_file_id", batch.getOutputFile());
    json.writeStringField("error_file_id", batch.getErrorFile());
    time(json, "created_at", batch.getCreatedAt());
    time(json, "in_progress_at", batch.getInProgressAt());
    time(json, "expires_at", batch.getDeadline());
    time(json, "finalizing_at", batch.getFinalizingAt());
    time(json, "completed_at", batch.getCompletedAt());
    time(json, "failed_at", batch.getFailedAt());
    time(json, "expired_at", batch.getExpiredAt());
    time(json, "cancelling_at", batch.getCancellingAt());
    time(json, "cancelled_at", batch.getCancelledAt());
    json.writeObjectFieldStart("request_counts");
    json.writeNumberField("total", batch.getTotal());
    json.writeNumberField("completed", batch.getCompleted());
    json.writeNumberField("failed", batch.getFailed());
    json.writeEndObject();
    writeUsage(json, batch.getUsage());
    json.writeObjectFieldStart("metadata");
    for (Map.Entry<String, String> each : new TreeMap<>(batch.getMetadata()).entrySet()) {
      json.writeStringField(each.getKey(), each.getValue());
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void writeErrors(JsonGenerator json, BatchState batch) throws IOException {
    if (batch.getErrors().isEmpty()) {
      json.writeNullField("errors");
      return;
    }
    json.writeObjectFieldStart("errors");
    json.writeStringField("object", "list");
    json.writeArrayFieldStart("data");
    for (BatchError error : batch.getErrors()) {
      json.writeStartObject();
      json.writeStringField("code", error.getCode());
      json.writeStringField("message", error.getMessage());
      json.writeStringField("param", error.getParam());
      if (error.getLine() == null) {
        json.writeNullField("line");
      } else {
        json.writeNumberField("line", error.getLine());
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void writeUsage(JsonGenerator json, BatchUsage usage) throws IOException {
    if (usage == null) {
      return;
    }
    json.writeObjectFieldStart("usage");
    json.writeNumberField("input_tokens", usage.getInput());
    json.writeObjectFieldStart("input_tokens_details");
    json.writeNumberField("cached_tokens", usage.getCached());
    json.writeEndObject();
    json.writeNumberField("output_tokens", usage.getOutput());
    json.writeObjectFieldStart("output_tokens_details");
    json.writeNumberField("reasoning_tokens", usage.getReasoning());
    json.writeEndObject();
    json.writeNumberField("total_tokens", usage.getInput() + usage.getOutput());
    json.writeEndObject();
  }

  private static void time(JsonGenerator json, String name, Instant at) throws IOException {
    if (at == null) {
      json.writeNullField(name);
    } else {
      json.writeNumberField(name, at.getEpochSecond());
    }
  }
}
