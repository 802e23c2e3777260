package io.dualtrack.inference.adapter.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.access.ImpossibleException;
import io.dualtrack.inference.adapter.AnswerStream;
import io.dualtrack.inference.adapter.Json;
import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.ProviderAdapter;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.TokenCount;
import io.dualtrack.inference.adapter.Unsupported;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.inference.adapter.openai.Flavour.StreamUsage;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Offering;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * OpenAI and those that answer like it. The body goes out as the caller wrote it, with the
 * provider's name of the model; what is known to be different at a member of the family is in its
 * {@link Flavour}, and fields that nobody knows here pass through.
 */
public final class OpenAiAdapter extends ProviderAdapter {

  private static final String DEFAULT_API_VERSION = "2024-10-21";
  private static final String VERSION_PATH = "/v1";

  private final Flavour flavour;
  private final Access access;

  private OpenAiAdapter(Flavour flavour, Access access, InstantSource clock) {
    super(clock);
    this.flavour = flavour;
    this.access = access;
  }

  /** One for each member of the family. */
  public static List<OpenAiAdapter> family(Access access, InstantSource clock) {
    return Flavour.all().stream()
        .map(flavour -> new OpenAiAdapter(flavour, access, clock))
        .toList();
  }

  @Override
  public String dialect() {
    return flavour.dialect();
  }

  @Override
  protected ProviderRequest request(
      DispatchOrder order, Offering offering, ObjectNode body, Delivery delivery)
      throws ImpossibleException {
    String endpoint = order.getEndpoint();
    if (!flavour.endpoints().contains(endpoint)) {
      throw Unsupported.endpoint(offering, endpoint);
    }
    // The answer travels in one record: whether it comes as a stream is not the caller's matter.
    body.remove("stream");
    body.remove("stream_options");
    Limits.refuse(body, flavour, offering);
    boolean generates = !endpoint.equals(Flavour.EMBEDDINGS);
    long limit = generates ? Limits.output(body) : 0;
    boolean streamed = generates && streams(delivery, limit);
    Limits.rename(body, flavour);
    boolean modelInPath = flavour.deploymentPaths() && !versioned(offering);
    if (modelInPath) {
      body.remove("model");
    } else {
      body.put("model", offering.getProviderModel());
    }
    if (streamed) {
      askForStream(body, endpoint);
    }
    ProviderRequest request =
        new ProviderRequest(
                access.uri(offering, path(endpoint, offering, modelInPath)),
                headers(order, streamed, "text/event-stream"),
                Json.bytes(body),
                estimate(order, limit, generates))
            .authorizedBy(access.header(offering, flavour.keyHeader(), flavour.keyPrefix()));
    return streamed ? request.streamedInto(stream(order)) : request;
  }

  private void askForStream(ObjectNode body, String endpoint) {
    body.put("stream", true);
    if (endpoint.equals(Flavour.CHAT) && flavour.streamUsage() != StreamUsage.ALWAYS) {
      ObjectNode options = body.putObject("stream_options").put("include_usage", true);
      if (flavour.streamUsage() == StreamUsage.CONTINUOUS) {
        options.put("continuous_usage_stats", true);
      }
    }
  }

  private Supplier<AnswerStream> stream(DispatchOrder order) {
    long input = TokenCount.estimate(order.getBody().length());
    return order.getEndpoint().equals(Flavour.RESPONSES)
        ? () -> new ResponsesStream(input)
        : () -> new ChatStream(input);
  }

  /** Azure's newer addresses end in a version as OpenAI's do, and take the model in the body. */
  private static boolean versioned(Offering offering) {
    return offering.getEndpoint().contains("://") && offering.getEndpoint().contains(VERSION_PATH);
  }

  private String path(String endpoint, Offering offering, boolean modelInPath) {
    String rest = endpoint.substring(VERSION_PATH.length());
    if (!modelInPath) {
      return rest;
    }
    String path =
        "/openai/deployments/"
            + URLEncoder.encode(offering.getProviderModel(), StandardCharsets.UTF_8)
            + rest;
    return access.query(offering, "api-version").isPresent()
        ? path
        : path + "?api-version=" + DEFAULT_API_VERSION;
  }

  @Override
  protected Optional<Verdict> success(
      DispatchOrder order, int statusCode, JsonNode body, String text) {
    String field =
        Map.of(Flavour.EMBEDDINGS, "data", Flavour.RESPONSES, "output")
            .getOrDefault(order.getEndpoint(), "choices");
    boolean holds = body.path(field).isArray() && !body.path(field).isEmpty();
    return holds
        ? Optional.of(new Verdict.Answer(statusCode, text, metered(body.path("usage"))))
        : Optional.empty();
  }

  static Metered metered(JsonNode raw) {
    if (raw.isMissingNode() || raw.isNull()) {
      return new Metered(null, null, "the answer has no usage");
    }
    OpenAiUsage usage = OpenAiUsage.of(raw);
    return new Metered(usage.usage(), raw.toString(), usage.problem());
  }

  @Override
  protected Optional<ObjectNode> error(JsonNode body) {
    if (body.path("error") instanceof ObjectNode error) {
      for (String key : List.of("param", "code", "type")) {
        if (!error.has(key)) {
          error.putNull(key);
        }
      }
      return Optional.of(error);
    }
    // vLLM before 0.10, Mistral and others put the error itself at the top.
    if (body.path("object").asText().equals("error") || body.path("message").isTextual()) {
      ObjectNode error =
          openAiError(body.path("message").asText(), body.path("type").asText(), null);
      JsonNode code = body.path("code");
      return Optional.of(code.isTextual() ? error.set("code", code) : error);
    }
    return Optional.empty();
  }
}
