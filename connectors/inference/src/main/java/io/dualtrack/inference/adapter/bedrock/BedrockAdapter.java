package io.dualtrack.inference.adapter.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.access.AwsSignature;
import io.dualtrack.inference.access.ImpossibleException;
import io.dualtrack.inference.adapter.Chat;
import io.dualtrack.inference.adapter.Json;
import io.dualtrack.inference.adapter.ProviderAdapter;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.TokenCount;
import io.dualtrack.inference.adapter.Unsupported;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Offering;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Optional;

/** Bedrock's Converse. */
public final class BedrockAdapter extends ProviderAdapter {

  private final Access access;
  private final AwsSignature signature;
  private final InstantSource clock;

  public BedrockAdapter(Access access, InstantSource clock) {
    super(clock);
    this.access = access;
    this.signature = new AwsSignature(access, clock);
    this.clock = clock;
  }

  @Override
  public String dialect() {
    return "bedrock";
  }

  @Override
  protected ProviderRequest request(
      DispatchOrder order, Offering offering, ObjectNode body, Delivery delivery)
      throws ImpossibleException {
    if (!order.getEndpoint().equals(Chat.ENDPOINT)) {
      throw Unsupported.endpoint(offering, order.getEndpoint());
    }
    boolean bySchema = ConverseBody.bySchema(body);
    String model = body.path("model").asText();
    ConverseBody made = ConverseBody.of(new Chat(body, offering));
    boolean streamed = streams(delivery, made.outputLimit());
    String path =
        "/model/"
            + URLEncoder.encode(offering.getProviderModel(), StandardCharsets.UTF_8)
            + (streamed ? "/converse-stream" : "/converse");
    ProviderRequest request =
        new ProviderRequest(
                access.uri(offering, path),
                headers(order, streamed, "application/vnd.amazon.eventstream"),
                Json.bytes(made.json()),
                estimate(order, made.outputLimit(), true))
            .authorizedBy(signature.of(offering));
    long input = TokenCount.estimate(order.getBody().length());
    return streamed
        ? request.streamedInto(
            () ->
                new ConverseStream(
                    input, () -> new ConverseAnswer(order.getOrderId(), model, bySchema), clock))
        : request;
  }

  @Override
  protected Optional<Verdict> success(
      DispatchOrder order, int statusCode, JsonNode body, String text) {
    JsonNode content = body.at("/output/message/content");
    if (!content.isArray() || !body.path("stopReason").isTextual()) {
      return Optional.empty();
    }
    JsonNode request = Json.parse(order.getBody());
    // The model as the caller named it: Converse's answers name none.
    ConverseAnswer answer =
        new ConverseAnswer(
            order.getOrderId(), request.path("model").asText(), ConverseBody.bySchema(request));
    for (JsonNode block : content) {
      if (block.has("text")) {
        answer.text(block.path("text").asText());
      } else if (block.has("toolUse")) {
        answer.toolUse(
            block.at("/toolUse/toolUseId").asText(),
            block.at("/toolUse/name").asText(),
            Json.string(block.at("/toolUse/input")));
      } else if (block.has("reasoningContent")) {
        answer.reasoning(block.at("/reasoningContent/reasoningText/text").asText(""));
      }
    }
    return Optional.of(
        answer.verdict(
            statusCode,
            body.path("stopReason").asText(),
            BedrockUsage.of(body.path("usage")),
            clock.instant()));
  }

  @Override
  protected Optional<ObjectNode> error(JsonNode body) {
    JsonNode message = body.has("message") ? body.path("message") : body.path("Message");
    return message.isTextual()
        ? Optional.of(openAiError(message.textValue(), "invalid_request_error", null))
        : Optional.empty();
  }
}
