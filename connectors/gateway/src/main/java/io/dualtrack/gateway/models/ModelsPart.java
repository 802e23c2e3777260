package io.dualtrack.gateway.models;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.GatewayContext;
import io.dualtrack.gateway.GatewayPart;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.error.ApiException;
import io.dualtrack.gateway.http.Body;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.gateway.http.Routes;
import io.dualtrack.gateway.models.ModelStanding.OfferingStanding;
import io.dualtrack.gateway.models.ModelStanding.Why;
import io.dualtrack.schemas.AccessScope;
import io.javalin.http.HandlerType;
import java.util.List;

/** {@code /v1/models}: OpenAI's list, with why and where beside it. */
public final class ModelsPart implements GatewayPart {

  private static final JsonMapper JSON = new JsonMapper();

  private final GatewayContext context;

  public ModelsPart(GatewayContext context) {
    this.context = context;
  }

  @Override
  public String name() {
    return "models";
  }

  @Override
  public void addTo(Routes routes) {
    routes.add(HandlerType.GET, "/v1/models", AccessScope.READ, Body.none(), this::list);
    routes.add(HandlerType.GET, "/v1/models/{model}", AccessScope.READ, Body.none(), this::one);
  }

  private ModelCatalogue catalogue(Call call) {
    return new ModelCatalogue(
        call.caller().tenant(), context.control().snapshot(), context.clock().instant());
  }

  /**
   * What may be used is the list; what may not is beside it, where OpenAI's clients do not look.
   */
  private void list(Call call) {
    ObjectNode list = JSON.createObjectNode().put("object", "list");
    ArrayNode usable = list.putArray("data");
    ArrayNode rest = list.putArray("unavailable");
    for (ModelStanding standing : catalogue(call).all()) {
      (standing.usable() ? usable : rest).add(write(standing));
    }
    answer(call, list);
  }

  private void one(Call call) {
    String model = call.http().pathParam("model");
    ModelStanding standing =
        catalogue(call)
            .find(model)
            .filter(ModelStanding::usable)
            .orElseThrow(
                () ->
                    new ApiException(
                        new ApiError(
                            404,
                            "invalid_request_error",
                            "model_not_found",
                            "model",
                            "There is no such model for this organisation; /v1/models says which"
                                + " there are, and why not the rest.",
                            null)));
    answer(call, write(standing));
  }

  private static ObjectNode write(ModelStanding standing) {
    ObjectNode model = JSON.createObjectNode();
    model.put("id", standing.model());
    model.put("object", "model");
    model.put("created", standing.created().getEpochSecond());
    model.put(
        "owned_by",
        standing.offerings().stream().map(OfferingStanding::provider).findFirst().orElse("none"));
    ObjectNode own = model.putObject("dualtrack");
    own.put("usable", standing.usable());
    own.set("reasons", write(standing.reasons()));
    ArrayNode offerings = own.putArray("offerings");
    for (OfferingStanding each : standing.offerings()) {
      ObjectNode offering = offerings.addObject();
      offering.put("id", each.offering());
      offering.put("model", each.model());
      offering.put("provider", each.provider());
      offering.put("lane", each.lane().name());
      offering.put("usable", each.reasons().isEmpty());
      offering.set("reasons", write(each.reasons()));
    }
    return model;
  }

  private static ArrayNode write(List<Why> reasons) {
    ArrayNode array = JSON.createArrayNode();
    reasons.forEach(why -> array.addObject().put("code", why.code()).put("message", why.text()));
    return array;
  }

  private static void answer(Call call, ObjectNode body) {
    call.http().contentType("application/json").result(body.toString());
  }

  @Override
  public void start() {}

  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public void close() {}
}
