package io.dualtrack.inference.adapter.vertex;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.access.Access;
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

/**
 * Google's models on Vertex AI: generateContent. An offering's endpoint ends in its location,
 * {@code https://LOCATION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/LOCATION}, and
 * its key is an access token. Tokens end after an hour, so it should be a file that is kept fresh.
 */
public final class VertexAdapter extends ProviderAdapter {

  private final Access access;
  private final InstantSource clock;

  public VertexAdapter(Access access, InstantSource clock) {
    super(clock);
    this.access = access;
    this.clock = clock;
  }

  @Override
  public String dialect() {
    return "vertex";
  }

  @Override
  protected ProviderRequest request(
      DispatchOrder order, Offering offering, ObjectNode body, Delivery delivery)
      throws ImpossibleException {
    if (!order.getEndpoint().equals(Chat.ENDPOINT)) {
      throw Unsupported.endpoint(offering, order.getEndpoint());
    }
    GenerateBody made = GenerateBody.of(new Chat(body, offering));
    boolean streamed = streams(delivery, made.outputLimit());
    String path =
        "/publishers/google/models/"
            + URLEncoder.encode(offering.getProviderModel(), StandardCharsets.UTF_8)
            + (streamed ? ":streamGenerateContent?alt=sse" : ":generateContent");
    ProviderRequest request =
        new ProviderRequest(
                access.uri(offering, path),
                headers(order, streamed, "text/event-stream"),
                Json.bytes(made.json()),
                estimate(order, made.outputLimit(), true))
            .authorizedBy(access.header(offering, "Authorization", "Bearer "));
    long input = TokenCount.estimate(order.getBody().length());
    return streamed ? request.streamedInto(() -> new GenerateAnswer(input, clock)) : request;
  }

  @Override
  protected Optional<Verdict> success(
      DispatchOrder order, int statusCode, JsonNode body, String text) {
    if (!body.has("candidates") && !body.has("promptFeedback")) {
      return Optional.empty();
    }
    GenerateAnswer answer =
        new GenerateAnswer(TokenCount.estimate(order.getBody().length()), clock);
    answer.add(body);
    return answer.verdict(statusCode);
  }

  @Override
  protected Optional<ObjectNode> error(JsonNode body) {
    JsonNode error = body.path("error");
    return error.path("message").isTextual()
        ? Optional.of(openAiError(error.path("message").textValue(), "invalid_request_error", null))
        : Optional.empty();
  }
}
