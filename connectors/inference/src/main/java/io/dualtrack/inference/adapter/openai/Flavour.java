package io.dualtrack.inference.adapter.openai;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.type.TypeReference;
import io.dualtrack.inference.adapter.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How one member of the OpenAI-compatible family differs from OpenAI; {@code flavours.json} beside
 * this class has them all.
 *
 * @param dialect as offerings call it
 * @param endpoints paths that it answers
 * @param keyHeader header that carries the key
 * @param keyPrefix before the key
 * @param deploymentPaths whether the model is in the path and the version in the query, as at Azure
 * @param developerRole whether it knows the role that OpenAI uses for its newer models' system
 *     prompts; others get it as {@code system}, which means the same
 * @param renamed its names of OpenAI's parameters
 * @param refused OpenAI's parameters that it ignores or rejects
 * @param refusedParts kinds of message content that it cannot read
 * @param imageUrls whether it fetches images; others take them as data only
 * @param streamUsage how it is asked for the usage of a stream
 */
record Flavour(
    @JsonProperty(value = "dialect", required = true) String dialect,
    @JsonProperty(value = "endpoints", required = true) Set<String> endpoints,
    @JsonProperty(value = "key_header", required = true) String keyHeader,
    @JsonProperty(value = "key_prefix", required = true) String keyPrefix,
    @JsonProperty(value = "deployment_paths", required = true) boolean deploymentPaths,
    @JsonProperty(value = "developer_role", required = true) boolean developerRole,
    @JsonProperty(value = "renamed", required = true) Map<String, String> renamed,
    @JsonProperty(value = "refused", required = true) Set<String> refused,
    @JsonProperty(value = "refused_parts", required = true) Set<String> refusedParts,
    @JsonProperty(value = "image_urls", required = true) boolean imageUrls,
    @JsonProperty(value = "stream_usage", required = true) StreamUsage streamUsage) {

  enum StreamUsage {
    /** Only where {@code stream_options.include_usage} asks for it. */
    OPTION,
    /** The same, and with every chunk where {@code continuous_usage_stats} asks for it. */
    CONTINUOUS,
    /** Always; it rejects the option. */
    ALWAYS
  }

  static final String CHAT = "/v1/chat/completions";
  static final String EMBEDDINGS = "/v1/embeddings";
  static final String RESPONSES = "/v1/responses";

  static List<Flavour> all() {
    try (InputStream in = Flavour.class.getResourceAsStream("flavours.json")) {
      return Json.MAPPER.readValue(in, new TypeReference<List<Flavour>>() {});
    } catch (IOException e) {
      throw new UncheckedIOException("flavours.json of this jar cannot be read", e);
    }
  }
}
