package io.dualtrack.inference.adapter.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.access.ImpossibleException;
import io.dualtrack.inference.adapter.Authorization;
import io.dualtrack.inference.adapter.Chat;
import io.dualtrack.inference.adapter.ChatAnswer;
import io.dualtrack.inference.adapter.Json;
import io.dualtrack.inference.adapter.Metered;
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
import java.util.Map;
import java.util.Optional;

/**
 * Anthropic's Messages, at Anthropic itself or on Google's Vertex AI, where an offering's endpoint
 * ends in its location as for Google's own models and the key is an access token.
 */
public final class AnthropicAdapter extends ProviderAdapter {

  private static final String VERSION = "2026-10-21";

  /** The last version that takes temperature, top_p and top_k, from models that still do. */
  private static final String SAMPLING_VERSION = "2023-06-01";

  /** The one version there, in the body. */
  private static final String VERTEX_VERSION = "vertex-2023-10-16";

  private enum Place {
    ANTHROPIC("anthropic"),
    VERTEX("vertex-anthropic");

    private final String dialect;

    Place(String dialect) {
      this.dialect = dialect;
    }
  }

  private final Place place;
  private final Access access;
  private final InstantSource clock;

  private AnthropicAdapter(Place place, Access access, InstantSource clock) {
    super(clock);
    this.place = place;
    this.access = access;
    this.clock = clock;
  }

  public static AnthropicAdapter direct(Access access, InstantSource clock) {
    return new AnthropicAdapter(Place.ANTHROPIC, access, clock);
  }

  public static AnthropicAdapter onVertex(Access access, InstantSource clock) {
    return new AnthropicAdapter(Place.VERTEX, access, clock);
  }

  @Override
  public String dialect() {
    return place.dialect;
  }

  @Override
  protected ProviderRequest request(
      DispatchOrder order, Offering offering, ObjectNode body, Delivery delivery)
      throws ImpossibleException {
    if (!order.getEndpoint().equals(Chat.ENDPOINT)) {
      throw Unsupported.endpoint(offering, order.getEndpoint());
    }
    Chat chat = new Chat(body, offering);
    MessageBody made = MessageBody.of(chat);
    boolean streamed = streams(delivery, made.outputLimit());
    ObjectNode message = made.json();
    if (streamed) {
      message.put("stream", true);
    }
    Map<String, String> headers = headers(order, streamed, "text/event-stream");
    String path;
    Authorization authorization;
    switch (place) {
      case ANTHROPIC -> {
        headers.put("anthropic-version", made.samples() ? SAMPLING_VERSION : VERSION);
        path = "/messages";
        authorization = access.header(offering, "x-api-key", "");
      }
      case VERTEX -> {
        message.remove("model");
        message.put("anthropic_version", VERTEX_VERSION);
        path =
            "/publishers/anthropic/models/"
                + URLEncoder.encode(offering.getProviderModel(), StandardCharsets.UTF_8)
                + (streamed ? ":streamRawPredict" : ":rawPredict");
        authorization = access.header(offering, "Authorization", "Bearer ");
      }
      default -> throw new IllegalStateException("no such place: " + place);
    }
    ProviderRequest request =
        new ProviderRequest(
                access.uri(offering, path),
                headers,
                Json.bytes(message),
                estimate(order, made.outputLimit(), true))
            .authorizedBy(authorization);
    long input = TokenCount.estimate(order.getBody().length());
    return streamed ? request.streamedInto(() -> new MessageStream(input, clock)) : request;
  }

  @Override
  protected Optional<Verdict> success(
      DispatchOrder order, int statusCode, JsonNode body, String text) {
    if (!body.path("type").asText().equals("message") || !body.path("content").isArray()) {
      return Optional.empty();
    }
    ChatAnswer answer =
        new ChatAnswer().id(body.path("id").asText()).model(body.path("model").asText());
    for (JsonNode block : body.path("content")) {
      switch (block.path("type").asText()) {
        case "text" -> answer.text(block.path("text").asText());
        case "thinking" -> answer.reasoning(block.path("thinking").asText());
        case "tool_use" ->
            answer.toolCall(
                block.path("id").asText(),
                block.path("name").asText(),
                Json.string(block.path("input")));
        default -> {
          // Redacted thinking and the like: nothing that OpenAI's form could hold.
        }
      }
    }
    Metered metered = AnthropicUsage.of(body.path("usage"));
    return Optional.of(
        new Verdict.Answer(
            statusCode,
            answer.json(
                finishReason(body.path("stop_reason").asText()), metered.usage(), clock.instant()),
            metered));
  }

  static String finishReason(String stopReason) {
    return switch (stopReason) {
      case "max_tokens", "model_context_window_exceeded" -> "length";
      case "tool_use" -> "tool_calls";
      case "refusal" -> "content_filter";
      default -> "stop";
    };
  }

  @Override
  protected Optional<ObjectNode> error(JsonNode body) {
    JsonNode error = body.path("error");
    return error.isObject()
        ? Optional.of(
            openAiError(
                error.path("message").asText(),
                error.path("type").asText("invalid_request_error"),
                error.path("type").asText(null)))
        : Optional.empty();
  }
}
