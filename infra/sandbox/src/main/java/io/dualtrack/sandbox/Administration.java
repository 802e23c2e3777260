package io.dualtrack.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.net.URLDecoder;
import java.util.List;

/** What is set and counted under {@code /sandbox/}, which no provider has. */
final class Administration {

  private static final String BEHAVIOURS = "/sandbox/behaviours";
  private static final String STATS = "/sandbox/stats";
  private static final String MOMENTS = "/sandbox/moments";
  private static final String BATCHES = "/sandbox/batches";

  private final Models models;
  private final CallLog log;
  private final Batches batches;

  Administration(Models models, CallLog log, Batches batches) {
    this.models = models;
    this.log = log;
    this.batches = batches;
  }

  static boolean knows(String uri) {
    return uri.startsWith("/sandbox/");
  }

  /**
   * @throws Refusal where the path or the body makes no sense
   */
  byte[] answer(FullHttpRequest request) {
    HttpMethod method = request.method();
    String path = request.uri();
    if (path.equals(STATS)) {
      if (method.equals(HttpMethod.DELETE)) {
        log.reset();
      }
      return stats();
    }
    if (path.startsWith(MOMENTS + "/") && method.equals(HttpMethod.GET)) {
      return moments(request.uri());
    }
    if (path.equals(BEHAVIOURS) && method.equals(HttpMethod.GET)) {
      return bytes(models.behaviours());
    }
    if (path.startsWith(BEHAVIOURS + "/") && method.equals(HttpMethod.PUT)) {
      String name = URLDecoder.decode(path.substring(BEHAVIOURS.length() + 1), UTF_8);
      Behaviour behaviour = read(request.content(), Behaviour.class);
      models.set(name, behaviour);
      return bytes(behaviour);
    }
    if (path.equals(BATCHES) && method.equals(HttpMethod.PUT)) {
      Batches.Behaviour behaviour = read(request.content(), Batches.Behaviour.class);
      batches.set(behaviour);
      return bytes(behaviour);
    }
    throw Refusal.unknownPath(method.name(), path);
  }

  private byte[] stats() {
    ObjectNode stats = Checks.MAPPER.valueToTree(log.stats());
    ObjectNode caches = stats.putObject("prefix_cache");
    models
        .all()
        .forEach(
            (name, served) -> {
              if (served.prefixes().lookups() > 0) {
                caches
                    .putObject(name)
                    .put("blocks", served.prefixes().lookups())
                    .put("hits", served.prefixes().hits());
              }
            });
    stats.putObject("batches").put("made", batches.made()).put("cancelled", batches.cancelled());
    return Checks.bytes(stats);
  }

  /** Of {@code /sandbox/moments/MODEL?since=MILLIS}. */
  private byte[] moments(String uri) {
    QueryStringDecoder decoder = new QueryStringDecoder(uri);
    String model = decoder.path().substring(MOMENTS.length() + 1);
    List<String> since = decoder.parameters().getOrDefault("since", List.of("0"));
    try {
      return bytes(log.moments(model, Long.parseLong(since.get(0))));
    } catch (NumberFormatException e) {
      throw Refusal.badRequest("invalid_since", "since", "'since' is milliseconds since 1970.");
    }
  }

  private static <T> T read(ByteBuf content, Class<T> type) {
    try {
      JsonNode tree = Checks.MAPPER.readTree(ByteBufUtil.getBytes(content));
      if (!tree.isObject()) {
        throw Refusal.badRequest("invalid_behaviour", null, "A behaviour is a JSON object.");
      }
      return Checks.MAPPER.treeToValue(tree, type);
    } catch (ValueInstantiationException e) {
      throw Refusal.badRequest("invalid_behaviour", null, e.getCause().getMessage());
    } catch (JsonProcessingException e) {
      throw Refusal.badRequest("invalid_behaviour", null, e.getOriginalMessage());
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
  }

  private static byte[] bytes(Object value) {
    return Checks.bytes(Checks.MAPPER.valueToTree(value));
  }

  /** The models, as OpenAI lists them. */
  byte[] models() {
    ObjectNode root = Checks.MAPPER.createObjectNode().put("object", "list");
    ArrayNode data = root.putArray("data");
    for (String model : models.behaviours().keySet()) {
      data.addObject()
          .put("id", model)
          .put("object", "model")
          .put("created", OpenAiDialect.CREATED)
          .put("owned_by", "dualtrack-sandbox");
    }
    return Checks.bytes(root);
  }
}
