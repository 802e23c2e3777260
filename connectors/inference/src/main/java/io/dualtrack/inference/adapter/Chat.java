package io.dualtrack.inference.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.access.ImpossibleException;
import io.dualtrack.schemas.Offering;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * A chat request in OpenAI's form, taken apart for a dialect of another form. What a dialect does
 * not take out is refused at the end by {@link #refuseRest}, so that nothing is dropped.
 */
public final class Chat {

  public static final String ENDPOINT = "/v1/chat/completions";

  /**
   * One message.
   *
   * @param role user or assistant or tool
   * @param at where it is in the request, for messages about it
   */
  public record Turn(String role, ObjectNode message, String at) {}

  private static final Set<String> SYSTEM_ROLES = Set.of("system", "developer");

  private final ObjectNode body;
  private final Offering offering;
  private final List<JsonNode> system = new ArrayList<>();
  private final List<Turn> turns = new ArrayList<>();

  /**
   * @param body changed by this
   */
  public Chat(ObjectNode body, Offering offering) throws ImpossibleException {
    this.body = body;
    this.offering = offering;
    body.remove("model");
    // Whether the answer comes as a stream is not the caller's matter.
    body.remove("stream");
    body.remove("stream_options");
    JsonNode messages = body.remove("messages");
    if (messages == null || !messages.isArray() || messages.isEmpty()) {
      throw Unsupported.malformed("messages", "must be an array with at least one message");
    }
    for (int i = 0; i < messages.size(); i++) {
      turn(messages.get(i), "messages[" + i + "]");
    }
  }

  private void turn(JsonNode node, String at) throws ImpossibleException {
    if (!(node instanceof ObjectNode message)) {
      throw Unsupported.malformed(at, "is not an object");
    }
    String role = message.path("role").asText();
    if (SYSTEM_ROLES.contains(role)) {
      if (!turns.isEmpty()) {
        throw Unsupported.parameter(
            offering, at + ".role", "takes system prompts before all other messages only");
      }
      system.addAll(parts(message.path("content"), at));
      return;
    }
    if (!Set.of("user", "assistant", "tool").contains(role)) {
      throw Unsupported.parameter(offering, at + ".role");
    }
    for (String field : List.of("audio", "function_call")) {
      if (message.hasNonNull(field)) {
        throw Unsupported.parameter(offering, at + "." + field);
      }
    }
    turns.add(new Turn(role, message, at));
  }

  /** Parts of the system prompt, each with its text. */
  public List<JsonNode> system() {
    return system;
  }

  public List<Turn> turns() {
    return turns;
  }

  public Offering offering() {
    return offering;
  }

  /** A content as parts, whether it came as a text or as parts; none where it is empty. */
  public static List<JsonNode> parts(JsonNode content, String at) throws ImpossibleException {
    List<JsonNode> parts = new ArrayList<>();
    if (content.isTextual()) {
      if (!content.textValue().isEmpty()) {
        parts.add(Json.object().put("type", "text").put("text", content.textValue()));
      }
    } else if (content.isArray()) {
      content.forEach(parts::add);
    } else if (!content.isMissingNode() && !content.isNull()) {
      throw Unsupported.malformed(at + ".content", "is neither a text nor an array of parts");
    }
    return parts;
  }

  /** Takes a parameter out; missing where it is not set. */
  public JsonNode take(String name) {
    JsonNode value = body.remove(name);
    return value == null || value.isNull() ? Json.MAPPER.missingNode() : value;
  }

  /** Takes a number out. */
  public JsonNode takeNumber(String name) throws ImpossibleException {
    JsonNode value = take(name);
    if (!value.isMissingNode() && !value.isNumber()) {
      throw Unsupported.malformed(name, "is not a number");
    }
    return value;
  }

  /** Takes a number out that the offering limits more than OpenAI does. */
  public JsonNode takeNumber(String name, double most, String why) throws ImpossibleException {
    JsonNode value = takeNumber(name);
    if (value.isNumber() && value.doubleValue() > most) {
      throw Unsupported.parameter(offering, name, why);
    }
    return value;
  }

  /** The limit of the output in tokens; 0 where there is none. */
  public long takeOutputLimit() throws ImpossibleException {
    JsonNode newer = takeNumber("max_completion_tokens");
    JsonNode older = takeNumber("max_tokens");
    return newer.isNumber() ? newer.longValue() : older.isNumber() ? older.longValue() : 0;
  }

  /** Texts that end the answer. */
  public List<String> takeStops() throws ImpossibleException {
    JsonNode stop = take("stop");
    List<String> stops = new ArrayList<>();
    if (stop.isTextual()) {
      stops.add(stop.textValue());
    } else if (stop.isArray()) {
      stop.forEach(each -> stops.add(each.asText()));
    } else if (!stop.isMissingNode()) {
      throw Unsupported.malformed("stop", "is neither a text nor an array of texts");
    }
    return stops;
  }

  /** Refuses what nobody took out and what asks for something. */
  public void refuseRest() throws ImpossibleException {
    Iterator<String> names = body.fieldNames();
    while (names.hasNext()) {
      String name = names.next();
      if (!AsksNothing.test(name, body.get(name))) {
        throw Unsupported.parameter(offering, name);
      }
    }
  }

  /** The arguments of a tool call, which OpenAI's form holds as a text. */
  public static ObjectNode arguments(JsonNode call, String at) throws ImpossibleException {
    String text = call.at("/function/arguments").asText("");
    if (text.isBlank()) {
      return Json.object();
    }
    if (Json.parse(text) instanceof ObjectNode arguments) {
      return arguments;
    }
    throw Unsupported.malformed(at + ".function.arguments", "is not a JSON object");
  }

  /**
   * An image, taken apart.
   *
   * @param mediaType of {@code data}; null for a URL
   * @param data base64; null for a URL
   * @param url null for data
   */
  public record Image(String mediaType, String data, String url) {}

  public static Image image(JsonNode part, String at) throws ImpossibleException {
    JsonNode given = part.path("image_url");
    String url = given.isTextual() ? given.textValue() : given.path("url").asText("");
    if (!url.startsWith("data:")) {
      if (!url.startsWith("https://") && !url.startsWith("http://")) {
        throw Unsupported.malformed(at + ".image_url.url", "is neither an http nor a data: URL");
      }
      return new Image(null, null, url);
    }
    int comma = url.indexOf(',');
    int base64 = url.indexOf(";base64");
    if (comma < 0 || base64 < 0 || base64 > comma) {
      throw Unsupported.malformed(at + ".image_url.url", "is not base64 data with a media type");
    }
    String mediaType = url.substring("data:".length(), base64);
    int parameters = mediaType.indexOf(';');
    return new Image(
        parameters < 0 ? mediaType : mediaType.substring(0, parameters),
        url.substring(comma + 1),
        null);
  }
}
