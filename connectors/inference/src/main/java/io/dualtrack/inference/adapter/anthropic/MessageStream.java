package io.dualtrack.inference.adapter.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.inference.adapter.ChatAnswer;
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

/**
 * The events of a message. Its counts are cumulative: each usage replaces the numbers of the one
 * before it, and none is added.
 */
final class MessageStream extends EventAnswer {

  private static final class Block {
    private final String type;
    private final JsonNode start;
    private final StringBuilder text = new StringBuilder();

    Block(JsonNode start) {
      this.type = start.path("type").asText();
      this.start = start;
    }
  }

  private final long estimatedInput;
  private final InstantSource clock;
  private final Map<Integer, Block> blocks = new TreeMap<>();
  private final ObjectNode usage = Json.object();
  private JsonNode message;
  private String stopReason;
  private long generated;

  MessageStream(long estimatedInput, InstantSource clock) {
    this.estimatedInput = estimatedInput;
    this.clock = clock;
  }

  @Override
  protected void take(String event, byte[] data) {
    if (!(Json.parse(data) instanceof ObjectNode object)) {
      malformed();
      return;
    }
    switch (object.path("type").asText()) {
      case "message_start" -> {
        message = object.path("message");
        count(message.path("usage"));
      }
      case "content_block_start" -> {
        Block block = new Block(object.path("content_block"));
        blocks.put(object.path("index").asInt(), block);
        grow(block, block.start.path("text").asText(block.start.path("thinking").asText("")));
      }
      case "content_block_delta" -> {
        Block block = blocks.get(object.path("index").asInt());
        if (block == null) {
          malformed();
          return;
        }
        JsonNode delta = object.path("delta");
        switch (delta.path("type").asText()) {
          case "text_delta" -> grow(block, delta.path("text").asText());
          case "input_json_delta" -> grow(block, delta.path("partial_json").asText());
          case "thinking_delta" -> grow(block, delta.path("thinking").asText());
          default -> {
            // Signatures and citations: nothing that OpenAI's form could hold.
          }
        }
      }
      case "message_delta" -> {
        if (object.at("/delta/stop_reason").isTextual()) {
          stopReason = object.at("/delta/stop_reason").textValue();
        }
        count(object.path("usage"));
      }
      case "message_stop" -> done();
      case "error" -> {
        String type = object.at("/error/type").asText();
        boolean limited = type.equals("rate_limit_error");
        failed(limited ? "rate_limited" : "server_error", true, limited);
      }
      default -> {
        // ping, content_block_stop, and what may come to be: none carries a part of the answer.
      }
    }
  }

  private void grow(Block block, String more) {
    block.text.append(more);
    generated += more.length();
    kept(more.length());
  }

  private void count(JsonNode more) {
    if (more instanceof ObjectNode counts) {
      counts.properties().stream()
          .filter(field -> !field.getValue().isNull())
          .forEach(field -> usage.set(field.getKey(), field.getValue()));
    }
  }

  @Override
  protected Optional<Verdict> answer(int statusCode) {
    if (message == null || stopReason == null || !isDone()) {
      return Optional.empty();
    }
    ChatAnswer answer =
        new ChatAnswer().id(message.path("id").asText()).model(message.path("model").asText());
    for (Block block : blocks.values()) {
      switch (block.type) {
        case "text" -> answer.text(block.text.toString());
        case "thinking" -> answer.reasoning(block.text.toString());
        case "tool_use" ->
            answer.toolCall(
                block.start.path("id").asText(),
                block.start.path("name").asText(),
                block.text.length() == 0 ? "{}" : block.text.toString());
        default -> {
          // As with an answer in one piece.
        }
      }
    }
    Metered metered = AnthropicUsage.of(usage);
    return Optional.of(
        new Verdict.Answer(
            statusCode,
            answer.json(
                AnthropicAdapter.finishReason(stopReason), metered.usage(), clock.instant()),
            metered));
  }

  /** The input is known from the first event; the output's last count comes at the very end. */
  @Override
  public Optional<Metered> soFar() {
    if (message == null) {
      return Optional.empty();
    }
    if (stopReason != null) {
      return Optional.of(AnthropicUsage.of(usage));
    }
    Usage told = AnthropicUsage.of(usage).usage();
    long output = TokenCount.estimate(generated);
    return estimated(
        told == null
            ? Usage.newBuilder().setUncachedInput(estimatedInput).setOutput(output).build()
            : Usage.newBuilder(told).setOutput(Math.max(told.getOutput(), output)).build());
  }
}
