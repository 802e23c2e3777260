package io.dualtrack.gateway.messages;

import com.fasterxml.jackson.core.JsonGenerator;
import io.dualtrack.gateway.batches.BatchTerms;
import io.dualtrack.gateway.batches.Batches;
import io.dualtrack.gateway.batches.Batches.NewBatch;
import io.dualtrack.gateway.batches.Creates;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.files.Files;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.gateway.records.KnownBatch;
import io.dualtrack.gateway.records.Listing;
import io.dualtrack.gateway.records.Owner;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.BatchDialect;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.BatchStatus;
import io.dualtrack.schemas.StoredFile;
import io.dualtrack.schemas.TenantLimits;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code /v1/messages/batches} as at Anthropic, over the same batches. */
public final class MessageBatchRoutes {

  private static final String PATH = "/v1/messages/batches";

  /** Anthropic's: 256 MB. */
  private static final long MAX_BODY_BYTES = 256L * 1024 * 1024;

  private static final long USUAL_STORED_BYTES = 100L * 1024 * 1024 * 1024;
  private static final Duration WINDOW = Duration.ofHours(24);
  private static final int USUAL_PAGE = 20;
  private static final int MAX_PAGE = 1_000;
  private static final String JSON = "application/json";

  private final Batches batches;
  private final Files files;

  public MessageBatchRoutes(Batches batches, Files files) {
    this.batches = batches;
    this.files = files;
  }

  public void addTo(Routes routes) {
    routes.add(
        HandlerType.POST, PATH, AccessScope.SUBMIT, Body.streamed(MAX_BODY_BYTES), this::create);
    routes.add(HandlerType.GET, PATH, AccessScope.READ, Body.none(), this::list);
    routes.add(
        HandlerType.GET,
        PATH + "/{id}",
        AccessScope.READ,
        Body.none(),
        call -> answer(call, get(call)));
    routes.add(
        HandlerType.GET, PATH + "/{id}/results", AccessScope.READ, Body.none(), this::results);
    routes.add(
        HandlerType.POST,
        PATH + "/{id}/cancel",
        AccessScope.SUBMIT,
        Body.streamed(1024),
        call -> answer(call, batches.cancel(owner(call), get(call).getBatchId())));
    routes.add(HandlerType.DELETE, PATH + "/{id}", AccessScope.SUBMIT, Body.none(), this::delete);
  }

  private static Owner owner(Call call) {
    return new Owner(call.caller().tenantId(), call.caller().accountId());
  }

  private BatchState get(Call call) {
    BatchState batch = batches.get(owner(call), call.http().pathParam("id"));
    if (batch.getDialect() != BatchDialect.ANTHROPIC) {
      throw ApiError.notFound("No message batch has this id.").toException();
    }
    return batch;
  }

  private void create(Call call) throws IOException {
    Owner owner = owner(call);
    MessageDigest hash = sha256();
    StoredFile input;
    long stored = call.caller().limit(TenantLimits::getMaxStoredBytes, USUAL_STORED_BYTES);
    try (Files.Upload upload = files.upload(owner, stored)) {
      new MessageRequests()
          .copy(new DigestInputStream(call.body(), hash), upload.sink(2 * MAX_BODY_BYTES));
      input = upload.keep("requests.jsonl", Files.MESSAGES, Optional.empty());
    }
    NewBatch batch =
        new NewBatch(
            input.getFileId(),
            HexFormat.of().formatHex(hash.digest()),
            MessageRequests.CHAT,
            "24h",
            WINDOW,
            Map.of(),
            null,
            Creates.idempotencyKey(call),
            BatchTerms.of(call.http().headerMap(), Map.of()),
            call.clientAddress(),
            BatchDialect.ANTHROPIC);
    boolean used = false;
    try {
      BatchState made = batches.create(owner, batch, Creates.maxOpen(call));
      used = made.getInput().equals(input.getFileId());
      answer(call, made);
    } finally {
      if (!used) {
        files.deleteIfThere(owner, input.getFileId());
      }
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  private void list(Call call) {
    var page =
        batches.list(
            owner(call),
            BatchDialect.ANTHROPIC,
            call.http().queryParam("after_id"),
            call.http().queryParam("before_id"),
            Listing.limit(call.http().queryParam("limit"), USUAL_PAGE, MAX_PAGE));
    call.http()
        .contentType(JSON)
        .result(
            Listing.one(
                page,
                (json, each) -> {
                  json.writeStartObject();
                  Listing.fields(
                      json,
                      each,
                      BatchState::getBatchId,
                      (inner, batch) -> write(inner, batch, base(call)));
                  json.writeEndObject();
                }));
  }

  private void results(Call call) throws IOException {
    BatchState batch = get(call);
    if (batch.getOutputFile() == null) {
      throw ApiError.notFound("The batch has no results yet.").toException();
    }
    StoredFile file = files.get(owner(call), batch.getOutputFile());
    // Before the length is said: an error has another one.
    InputStream content = files.open(file);
    call.http()
        .contentType("application/x-jsonl")
        .header("Content-Length", Long.toString(file.getBytes()))
        .result(content);
  }

  private void delete(Call call) {
    String id = get(call).getBatchId();
    batches.delete(owner(call), id);
    call.http()
        .contentType(JSON)
        .result(
            Listing.one(
                id,
                (json, each) -> {
                  json.writeStartObject();
                  json.writeStringField("id", each);
                  json.writeStringField("type", "message_batch_deleted");
                  json.writeEndObject();
                }));
  }

  private static String base(Call call) {
    return "%s://%s".formatted(call.http().scheme(), call.http().host());
  }

  private static void answer(Call call, BatchState batch) {
    call.http()
        .contentType(JSON)
        .result(Listing.one(batch, (json, each) -> write(json, each, base(call))));
  }

  private static void write(JsonGenerator json, BatchState batch, String base) throws IOException {
    boolean ended = KnownBatch.ended(batch.getStatus());
    json.writeStartObject();
    json.writeStringField("id", batch.getBatchId());
    json.writeStringField("type", "message_batch");
    json.writeStringField(
        "processing_status",
        ended
            ? "ended"
            : batch.getStatus() == BatchStatus.CANCELLING ? "canceling" : "in_progress");
    json.writeObjectFieldStart("request_counts");
    long unanswered = batch.getExpired() + batch.getCancelled();
    json.writeNumberField("processing", ended ? 0 : batch.getTotal());
    json.writeNumberField("succeeded", ended ? batch.getCompleted() : 0);
    json.writeNumberField("errored", ended ? batch.getFailed() - unanswered : 0);
    json.writeNumberField("canceled", ended ? batch.getCancelled() : 0);
    json.writeNumberField("expired", ended ? batch.getExpired() : 0);
    json.writeEndObject();
    time(json, "created_at", batch.getCreatedAt());
    time(json, "expires_at", batch.getDeadline());
    time(json, "ended_at", endedAt(batch));
    time(json, "archived_at", null);
    time(json, "cancel_initiated_at", batch.getCancellingAt());
    json.writeStringField(
        "results_url",
        batch.getOutputFile() == null
            ? null
            : "%s%s/%s/results".formatted(base, PATH, batch.getBatchId()));
    json.writeEndObject();
  }

  private static Instant endedAt(BatchState batch) {
    return Stream.of(
            batch.getCompletedAt(),
            batch.getExpiredAt(),
            batch.getCancelledAt(),
            batch.getFailedAt())
        .filter(at -> at != null)
        .findFirst()
        .orElse(null);
  }

  private static void time(JsonGenerator json, String name, Instant at) throws IOException {
    json.writeStringField(name, at == null ? null : at.toString());
  }
}
