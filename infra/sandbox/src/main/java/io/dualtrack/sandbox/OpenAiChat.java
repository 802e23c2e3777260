package io.dualtrack.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** A call of chat completions, answered whole or as a stream. */
final class OpenAiChat extends OpenAiGenerating {
  private final String dialect;
  private final boolean usageInStream;
  private final boolean usageInChunks;

  OpenAiChat(Generation.Asked asked, String dialect, boolean usageInStream, boolean usageInChunks) {
    super(asked);
    this.dialect = dialect;
    this.usageInStream = usageInStream;
    this.usageInChunks = usageInChunks;
  }

  @Override
  public Dialect.Body answer(Behaviour behaviour, long cachedTokens) {
    Generation answer = asked.answer(behaviour, cachedTokens);
    return asked.streamed()
        ? new Dialect.Body(
            "text/event-stream; charset=utf-8", stream(answer, behaviour.tokensOfChunk()))
        : new Dialect.Body("application/json", List.of(Checks.bytes(whole(answer))));
  }

  private ObjectNode head(Generation answer, String object) {
    return Checks.MAPPER
        .createObjectNode()
        .put("id", "chatcmpl-" + answer.id())
        .put("object", object)
        .put("created", OpenAiDialect.CREATED)
        .put("model", asked.model())
        .put("system_fingerprint", "sandbox");
  }

  private static String finish(Generation answer) {
    return answer.isCutOff() ? "length" : answer.callsTool() ? "tool_calls" : "stop";
  }

  private ObjectNode toolCall(Generation answer) {
    ObjectNode call =
        Checks.MAPPER.createObjectNode().put("id", "call_" + answer.id()).put("type", "function");
    call.putObject("function").put("name", asked.tool()).put("arguments", "");
    return call;
  }

  private ObjectNode whole(Generation answer) {
    ObjectNode root = head(answer, "chat.completion");
    ObjectNode choice = root.putArray("choices").addObject().put("index", 0);
    ObjectNode message = choice.putObject("message").put("role", "assistant");
    if (answer.callsTool()) {
      ObjectNode call = toolCall(answer);
      ((ObjectNode) call.get("function")).put("arguments", answer.toolArguments());
      message.putNull("content").putNull("refusal").putArray("tool_calls").add(call);
    } else {
      message.put("content", answer.content()).putNull("refusal");
    }
    choice.putNull("logprobs").put("finish_reason", finish(answer));
    root.set("usage", usage(answer, answer.completionTokens()));
    return root;
  }

  private List<byte[]> stream(Generation answer, int chunkTokens) {
    List<byte[]> events = new ArrayList<>();
    ObjectNode chunk = head(answer, "chat.completion.chunk");
    events.add(event(chunk, answer, delta("content", "").put("role", "assistant"), null, 0));
    if (answer.callsTool()) {
      ObjectNode start = Checks.MAPPER.createObjectNode();
      start.putArray("tool_calls").add(toolCall(answer).put("index", 0));
      events.add(event(chunk, answer, start, null, 0));
    }
    long written = 0;
    for (String piece : answer.pieces(chunkTokens)) {
      written = Math.min(written + chunkTokens, answer.completionTokens());
      ObjectNode delta = delta("content", piece);
      if (answer.callsTool()) {
        delta = Checks.MAPPER.createObjectNode();
        ObjectNode call = delta.putArray("tool_calls").addObject().put("index", 0);
        call.putObject("function").put("arguments", piece);
      }
      events.add(event(chunk, answer, delta, null, written));
    }
    events.add(event(chunk, answer, Checks.MAPPER.createObjectNode(), finish(answer), written));
    if (usageInStream) {
      chunk.putArray("choices");
      chunk.set("usage", usage(answer, answer.completionTokens()));
      events.add(Checks.event("", chunk));
    }
    events.add("data: [DONE]\n\n".getBytes(UTF_8));
    return events;
  }

  private static ObjectNode delta(String field, String text) {
    return Checks.MAPPER.createObjectNode().put(field, text);
  }

  /** One event; the chunk's head is the same in all of them and made once. */
  private byte[] event(
      ObjectNode chunk, Generation answer, ObjectNode delta, String finish, long written) {
    ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
    choice.set("delta", delta);
    choice.putNull("logprobs").put("finish_reason", finish);
    if (usageInChunks) {
      chunk.set("usage", usage(answer, written));
    }
    return Checks.event("", chunk);
  }

  private ObjectNode usage(Generation answer, long completion) {
    ObjectNode usage =
        Checks.MAPPER
            .createObjectNode()
            .put("prompt_tokens", answer.promptTokens())
            .put("completion_tokens", completion)
            .put("total_tokens", answer.promptTokens() + completion);
    if (dialect.equals("openai") || dialect.equals("azure") || dialect.equals("vllm")) {
      usage.putObject("prompt_tokens_details").put("cached_tokens", answer.cachedTokens());
    }
    if (dialect.equals("openai") || dialect.equals("azure")) {
      usage
          .putObject("completion_tokens_details")
          .put("reasoning_tokens", Math.min(completion, answer.reasoningTokens()));
    }
    return usage;
  }
}
