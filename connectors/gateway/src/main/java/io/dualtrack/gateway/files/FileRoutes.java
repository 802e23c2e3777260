package io.dualtrack.gateway.files;

import com.fasterxml.jackson.core.JsonGenerator;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.gateway.records.Listing;
import io.dualtrack.gateway.records.Owner;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.StoredFile;
import io.dualtrack.schemas.TenantLimits;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.InputStream;

/** {@code /v1/files} as at OpenAI. */
public final class FileRoutes {

  /** OpenAI's: 512 MB. */
  private static final long MAX_FILE_BYTES = 512L * 1024 * 1024;

  /** Of a form beside its file. */
  private static final long FORM_BYTES = 64 * 1024;

  private static final long USUAL_STORED_BYTES = 100L * 1024 * 1024 * 1024;
  private static final int MAX_PAGE = 10_000;
  private static final String JSON = "application/json";

  private final Files files;

  public FileRoutes(Files files) {
    this.files = files;
  }

  public void addTo(Routes routes) {
    routes.add(
        HandlerType.POST,
        "/v1/files",
        AccessScope.SUBMIT,
        Body.streamed(MAX_FILE_BYTES + FORM_BYTES),
        this::upload);
    routes.add(HandlerType.GET, "/v1/files", AccessScope.READ, Body.none(), this::list);
    routes.add(
        HandlerType.GET,
        "/v1/files/{id}",
        AccessScope.READ,
        Body.none(),
        call -> answer(call, files.get(owner(call), call.http().pathParam("id"))));
    routes.add(
        HandlerType.GET, "/v1/files/{id}/content", AccessScope.READ, Body.none(), this::download);
    routes.add(HandlerType.DELETE, "/v1/files/{id}", AccessScope.SUBMIT, Body.none(), this::delete);
  }

  private static Owner owner(Call call) {
    return new Owner(call.caller().tenantId(), call.caller().accountId());
  }

  private void upload(Call call) throws IOException {
    long limit =
        Math.min(
            MAX_FILE_BYTES, call.caller().limit(TenantLimits::getMaxFileBytes, MAX_FILE_BYTES));
    long stored = call.caller().limit(TenantLimits::getMaxStoredBytes, USUAL_STORED_BYTES);
    try (Files.Upload upload = files.upload(owner(call), stored)) {
      answer(call, new UploadForm(call.http().contentType(), call.body()).receive(upload, limit));
    }
  }

  private void list(Call call) {
    String order = call.http().queryParam("order");
    if (order != null && !order.equals("asc") && !order.equals("desc")) {
      throw ApiError.invalid("invalid_order", "order", "order must be asc or desc.").toException();
    }
    var page =
        files.list(
            owner(call),
            call.http().queryParam("purpose"),
            call.http().queryParam("after"),
            Listing.limit(call.http().queryParam("limit"), MAX_PAGE, MAX_PAGE),
            !"asc".equals(order));
    call.http()
        .contentType(JSON)
        .result(Listing.page(page, StoredFile::getFileId, FileRoutes::write));
  }

  private void download(Call call) throws IOException {
    StoredFile file = files.get(owner(call), call.http().pathParam("id"));
    // Before the length is said: an error has another one.
    InputStream content = files.open(file);
    call.http()
        .contentType("application/octet-stream")
        .header("Content-Length", Long.toString(file.getBytes()))
        .result(content);
  }

  private void delete(Call call) throws IOException {
    String id = call.http().pathParam("id");
    files.delete(owner(call), id);
    call.http()
        .contentType(JSON)
        .result(
            Listing.one(
                id,
                (json, each) -> {
                  json.writeStartObject();
                  json.writeStringField("id", each);
                  json.writeStringField("object", "file");
                  json.writeBooleanField("deleted", true);
                  json.writeEndObject();
                }));
  }

  private static void answer(Call call, StoredFile file) {
    call.http().contentType(JSON).result(Listing.one(file, FileRoutes::write));
  }

  private static void write(JsonGenerator json, StoredFile file) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", file.getFileId());
    json.writeStringField("object", "file");
    json.writeNumberField("bytes", file.getBytes());
    json.writeNumberField("created_at", file.getCreatedAt().getEpochSecond());
    json.writeStringField("filename", file.getFilename());
    json.writeStringField("purpose", file.getPurpose());
    json.writeStringField("status", "processed");
    if (file.getExpiresAt() != null) {
      json.writeNumberField("expires_at", file.getExpiresAt().getEpochSecond());
    }
    json.writeEndObject();
  }
}
