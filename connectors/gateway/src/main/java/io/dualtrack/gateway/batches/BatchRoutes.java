package io.dualtrack.gateway.batches;

import io.dualtrack.gateway.batches.Batches.NewBatch;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.gateway.records.Listing;
import io.dualtrack.gateway.records.Owner;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.BatchDialect;
import io.dualtrack.schemas.BatchState;
import io.javalin.http.HandlerType;
import java.io.IOException;

/** {@code /v1/batches} as at OpenAI. */
final class BatchRoutes {

  private static final long MAX_BODY_BYTES = 64 * 1024;
  private static final int USUAL_PAGE = 20;
  private static final int MAX_PAGE = 100;

  private final Batches batches;

  BatchRoutes(Batches batches) {
    this.batches = batches;
  }

  void addTo(Routes routes) {
    routes.add(
        HandlerType.POST,
        "/v1/batches",
        AccessScope.SUBMIT,
        Body.streamed(MAX_BODY_BYTES),
        this::create);
    routes.add(HandlerType.GET, "/v1/batches", AccessScope.READ, Body.none(), this::list);
    routes.add(
        HandlerType.GET,
        "/v1/batches/{id}",
        AccessScope.READ,
        Body.none(),
        call -> answer(call, batches.get(owner(call), call.http().pathParam("id"))));
    routes.add(
        HandlerType.POST,
        "/v1/batches/{id}/cancel",
        AccessScope.SUBMIT,
        Body.streamed(MAX_BODY_BYTES),
        call -> answer(call, batches.cancel(owner(call), call.http().pathParam("id"))));
  }

  private static Owner owner(Call call) {
    return new Owner(call.caller().tenantId(), call.caller().accountId());
  }

  private void create(Call call) throws IOException {
    CreateBody body = CreateBody.read(call.bodyBytes());
    NewBatch batch =
        new NewBatch(
            body.inputFile(),
            body.inputFile(),
            body.endpoint(),
            body.completionWindow(),
            body.window(),
            body.metadata(),
            body.outputSeconds(),
            Creates.idempotencyKey(call),
            BatchTerms.of(call.http().headerMap(), body.metadata()),
            call.clientAddress(),
            BatchDialect.OPENAI);
    answer(call, batches.create(owner(call), batch, Creates.maxOpen(call)));
  }

  private void list(Call call) {
    var page =
        batches.list(
            owner(call),
            BatchDialect.OPENAI,
            call.http().queryParam("after"),
            null,
            Listing.limit(call.http().queryParam("limit"), USUAL_PAGE, MAX_PAGE));
    call.http()
        .contentType("application/json")
        .result(Listing.page(page, BatchState::getBatchId, BatchJson::write));
  }

  private static void answer(Call call, BatchState batch) {
    call.http().contentType("application/json").result(Listing.one(batch, BatchJson::write));
  }
}
