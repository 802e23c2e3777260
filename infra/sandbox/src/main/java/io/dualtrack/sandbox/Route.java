package io.dualtrack.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where a call goes: {@code /{dialect}/{offering}/v1/…}, or {@code /v1/…} for the dialect that has
 * such a path, with the model in place of the offering.
 *
 * @param offering null where the path names none
 * @param path behind all that, without the version
 * @param query empty where there is none
 */
record Route(Dialect dialect, String dialectName, String offering, String path, String query) {

  private static final Map<String, Dialect> DIALECTS =
      Stream.of(
              "openai",
              "azure",
              "mistral",
              "together",
              "fireworks",
              "vllm",
              "tgi",
              "llama.cpp",
              "ollama")
          .collect(Collectors.toMap(Function.identity(), OpenAiDialect::new));

  private static final Map<String, Dialect> OTHERS =
      Map.of(
          "anthropic", new AnthropicDialect(),
          "bedrock", new BedrockDialect(),
          "vertex", new VertexDialect(),
          "vertex-anthropic", new VertexAnthropicDialect());

  static Set<String> dialects() {
    return Stream.concat(DIALECTS.keySet().stream(), OTHERS.keySet().stream())
        .collect(Collectors.toSet());
  }

  private static Dialect dialect(String name) {
    return DIALECTS.getOrDefault(name, OTHERS.get(name));
  }

  static Route of(String uri) {
    int mark = uri.indexOf('?');
    String path = mark < 0 ? uri : uri.substring(0, mark);
    String query = mark < 0 ? "" : uri.substring(mark + 1);
    String[] parts = path.split("/", 4);
    if (parts.length == 4 && dialect(parts[1]) != null) {
      return new Route(
          dialect(parts[1]),
          parts[1],
          URLDecoder.decode(parts[2], UTF_8),
          unversioned("/" + parts[3]),
          query);
    }
    String name =
        path.startsWith("/v1/messages")
            ? "anthropic"
            : path.contains("/model/") ? "bedrock" : "openai";
    return new Route(dialect(name), name, null, unversioned(path), query);
  }

  private static String unversioned(String path) {
    return path.startsWith("/v1/") ? path.substring(3) : path;
  }

  /** The header that carries the key of a dialect. */
  static String keyHeader(String dialectName) {
    return switch (dialectName) {
      case "azure" -> "api-key";
      case "anthropic" -> "x-api-key";
      default -> "authorization";
    };
  }
}
