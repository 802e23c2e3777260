package io.dualtrack.inference.adapter.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.access.ImpossibleException;
import io.dualtrack.inference.adapter.AsksNothing;
import io.dualtrack.inference.adapter.OutputLimit;
import io.dualtrack.inference.adapter.Unsupported;
import io.dualtrack.schemas.Offering;

/** Puts a request into the limits of a member of OpenAI's family, or says what is beyond them. */
final class Limits {

  private Limits() {}

  static void refuse(ObjectNode body, Flavour flavour, Offering offering)
      throws ImpossibleException {
    for (String parameter : flavour.refused()) {
      JsonNode value = body.get(parameter);
      if (value == null) {
        continue;
      }
      if (!AsksNothing.test(parameter, value)) {
        throw Unsupported.parameter(offering, parameter);
      }
      body.remove(parameter);
    }
    if (body.path("background").asBoolean(false)) {
      throw Unsupported.parameter(offering, "background", "is read to its end by one call");
    }
    JsonNode messages = body.path("messages");
    for (int i = 0; i < messages.size(); i++) {
      if (messages.get(i) instanceof ObjectNode message) {
        refuse(message, "messages[" + i + "]", flavour, offering);
      }
    }
  }

  private static void refuse(ObjectNode message, String at, Flavour flavour, Offering offering)
      throws ImpossibleException {
    if (!flavour.developerRole() && message.path("role").asText().equals("developer")) {
      message.put("role", "system");
    }
    JsonNode content = message.path("content");
    for (int i = 0; content.isArray() && i < content.size(); i++) {
      String part = at + ".content[" + i + "]";
      String type = content.get(i).path("type").asText();
      if (flavour.refusedParts().contains(type)) {
        throw Unsupported.parameter(offering, part + ".type");
      }
      boolean byUrl = !content.get(i).at("/image_url/url").asText("data:").startsWith("data:");
      if (type.equals("image_url") && byUrl && !flavour.imageUrls()) {
        throw Unsupported.parameter(
            offering, part + ".image_url.url", "takes images as data: URLs only");
      }
    }
  }

  static void rename(ObjectNode body, Flavour flavour) {
    flavour
        .renamed()
        .forEach(
            (from, to) -> {
              JsonNode value = body.remove(from);
              if (value != null && !value.isNull()) {
                body.set(to, value);
              }
            });
  }

  /** Most tokens of output that a request permits; 0 where it sets no limit. */
  static long output(JsonNode body) {
    return OutputLimit.of(body) * Math.max(1, body.path("n").asInt(1));
  }
}
