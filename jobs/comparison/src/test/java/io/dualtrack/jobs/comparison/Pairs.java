package io.dualtrack.jobs.comparison;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ShadowAnswer;
import io.dualtrack.schemas.ShadowPair;
import io.dualtrack.schemas.Usage;
import java.time.Instant;
import java.util.List;

/** Pairs of answers as the topology writes them. */
final class Pairs {

  static final Instant NOON = Instant.parse("2026-06-30T12:00:00Z");
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Pairs() {}

  static ShadowPair.Builder of(String first, String second) {
    return of("{\"messages\":[]}", chat(first), chat(second));
  }

  static ShadowPair.Builder of(String request, ObjectNode first, ObjectNode second) {
    return ShadowPair.newBuilder()
        .setRequestId("r1")
        .setTenant("acme")
        .setShadowing("all")
        .setModel("gpt")
        .setEndpoint("/v1/chat/completions")
        .setJurisdictions(List.of("EU"))
        .setBody(request)
        .setTask("maths")
        .setPrimary(answer("gpt-api", Lane.API, first, 200))
        .setShadow(answer("llama-home", Lane.LOCAL, second, 400))
        .setAt(NOON);
  }

  private static ShadowAnswer answer(String offering, Lane lane, ObjectNode body, long millis) {
    return ShadowAnswer.newBuilder()
        .setOffering(offering)
        .setLane(lane)
        .setStatus(CompletionStatus.ANSWERED)
        .setStatusCode(200)
        .setBody(body.toString())
        .setUsage(Usage.newBuilder().setUncachedInput(100).setOutput(20).build())
        .setStartedAt(NOON.minusMillis(millis))
        .setFinishedAt(NOON)
        .setTenant("acme")
        .setRequestId("r1")
        .build();
  }

  static ObjectNode chat(String text) {
    ObjectNode root = MAPPER.createObjectNode();
    ObjectNode choice = root.putArray("choices").addObject();
    choice.put("finish_reason", "stop").putObject("message").put("content", text);
    return root;
  }

  static ObjectNode calls(String... namesAndArguments) {
    ObjectNode root = chat("");
    ObjectNode message = (ObjectNode) root.path("choices").path(0).path("message");
    message.putNull("content");
    var calls = message.putArray("tool_calls");
    for (int i = 0; i < namesAndArguments.length; i += 2) {
      calls
          .addObject()
          .putObject("function")
          .put("name", namesAndArguments[i])
          .put("arguments", namesAndArguments[i + 1]);
    }
    return root;
  }
}
