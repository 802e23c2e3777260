package io.dualtrack.inference.adapter.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.adapter.Json;
import io.dualtrack.inference.adapter.Metered;
import io.dualtrack.inference.adapter.TokenCount;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.inference.adapter.stream.EventAnswer;
import io.dualtrack.schemas.Usage;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The events of ConverseStream. Its usage comes in the last of them. */
final class ConverseStream extends EventAnswer {

  private static final class Block {
    private JsonNode toolUse;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
  }

  private final long estimatedInput;
  private final Supplier<ConverseAnswer> form;
  private final InstantSource clock;
  private final Map<Integer, Block> blocks = new TreeMap<>();
  private boolean began;
  private String stopReason;
  private JsonNode usage = Json.MAPPER.missingNode();
  private long generated;

  ConverseStream(long estimatedInput, Supplier<ConverseAnswer> form, InstantSource clock) {
    super("application/vnd.amazon.eventstream", AwsFrames::new);
    this.estimatedInput = estimatedInput;
    this.form = form;
    this.clock = clock;
  }

  @Override
  protected void take(String event, byte[] data) {
    if (event.startsWith(AwsFrames.EXCEPTION)) {
      exception(event.substring(AwsFrames.EXCEPTION.length()));
      return;
    }
    if (!(Json.parse(data) instanceof ObjectNode object)) {
      malformed();
      return;
    }
    began = true;
    Block block =
        object.has("contentBlockIndex")
            ? blocks.computeIfAbsent(object.path("contentBlockIndex").asInt(), i -> new Block())
            : null;
    switch (event) {
      case "contentBlockStart" -> {
        if (block != null) {
          block.toolUse = object.at("/start/toolUse");
        }
      }
      case "contentBlockDelta" -> {
        if (block == null) {
          malformed();
          return;
        }
        JsonNode delta = object.path("delta");
        grow(block.text, delta.path("text").asText(""));
        grow(block.text, delta.at("/toolUse/input").asText(""));
        grow(block.reasoning, delta.at("/reasoningContent/text").asText(""));
      }
      case "messageStop" -> stopReason = object.path("stopReason").asText();
      case "metadata" -> usage = object.path("usage");
      default -> {
        // messageStart, contentBlockStop: nothing of the answer.
      }
    }
  }

  private void grow(StringBuilder text, String more) {
    text.append(more);
    generated += more.length();
    kept(more.length());
  }

  private void exception(String kind) {
    String name = kind.toLowerCase(java.util.Locale.ROOT);
    if (name.startsWith("throttling")) {
      failed("rate_limited", true, true);
    } else {
      failed("server_error", !name.startsWith("validation"), false);
    }
  }

  @Override
  protected Optional<Verdict> answer(int statusCode) {
    if (stopReason == null || usage.isMissingNode()) {
      return Optional.empty();
    }
    ConverseAnswer answer = form.get();
    for (Block block : blocks.values()) {
      answer.reasoning(block.reasoning.toString());
      if (block.toolUse != null && block.toolUse.isObject()) {
        answer.toolUse(
            block.toolUse.path("toolUseId").asText(),
            block.toolUse.path("name").asText(),
            block.text.length() == 0 ? "{}" : block.text.toString());
      } else {
        answer.text(block.text.toString());
      }
    }
    return Optional.of(
        answer.verdict(statusCode, stopReason, BedrockUsage.of(usage), clock.instant()));
  }

  @Override
  public Optional<Metered> soFar() {
    if (usage.isObject()) {
      return Optional.of(BedrockUsage.of(usage));
    }
    return began
        ? estimated(
            Usage.newBuilder()
                .setUncachedInput(estimatedInput)
                .setOutput(TokenCount.estimate(generated))
                .build())
        : Optional.empty();
  }
}
