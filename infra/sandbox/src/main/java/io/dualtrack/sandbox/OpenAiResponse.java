package io.dualtrack.sandbox;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** A call of the responses interface, answered whole or as a stream. */
final class OpenAiResponse extends OpenAiGenerating {

  OpenAiResponse(Generation.Asked asked) {
    super(asked);
  }

  @Override
  public Dialect.Body answer(Behaviour behaviour, long cachedTokens) {
    Generation answer = asked.answer(behaviour, cachedTokens);
    ObjectNode whole = whole(answer);
    if (!asked.streamed()) {
      return new Dialect.Body("application/json", List.of(Checks.bytes(whole)));
    }
    List<byte[]> events = new ArrayList<>();
    for (String piece : answer.pieces(behaviour.tokensOfChunk())) {
      ObjectNode event =
          Checks.MAPPER
              .createObjectNode()
              .put("type", "response.output_text.delta")
              .put("sequence_number", events.size())
              .put("delta", piece);
      events.add(Checks.event("response.output_text.delta", event));
    }
    String type = answer.isCutOff() ? "response.incomplete" : "response.completed";
    ObjectNode last = Checks.MAPPER.createObjectNode().put("type", type);
    last.put("sequence_number", events.size()).set("response", whole);
    events.add(Checks.event(type, last));
    return new Dialect.Body("text/event-stream; charset=utf-8", events);
  }

  private ObjectNode whole(Generation answer) {
    ObjectNode root =
        Checks.MAPPER
            .createObjectNode()
            .put("id", "resp_" + answer.id())
            .put("object", "response")
            .put("created_at", OpenAiDialect.CREATED)
            .put("status", answer.isCutOff() ? "incomplete" : "completed")
            .put("model", asked.model());
    ArrayNode output = root.putArray("output");
    if (answer.callsTool()) {
      output
          .addObject()
          .put("type", "function_call")
          .put("id", "fc_" + answer.id())
          .put("call_id", "call_" + answer.id())
          .put("name", asked.tool())
          .put("arguments", answer.toolArguments())
          .put("status", "completed");
    } else {
      ObjectNode message =
          output
              .addObject()
              .put("type", "message")
              .put("id", "msg_" + answer.id())
              .put("role", "assistant")
              .put("status", "completed");
      message
          .putArray("content")
          .addObject()
          .put("type", "output_text")
          .put("text", answer.content())
          .putArray("annotations");
    }
    ObjectNode usage =
        root.putObject("usage")
            .put("input_tokens", answer.promptTokens())
            .put("output_tokens", answer.completionTokens())
            .put("total_tokens", answer.promptTokens() + answer.completionTokens());
    usage.putObject("input_tokens_details").put("cached_tokens", answer.cachedTokens());
    usage.putObject("output_tokens_details").put("reasoning_tokens", answer.reasoningTokens());
    return root;
  }
}
