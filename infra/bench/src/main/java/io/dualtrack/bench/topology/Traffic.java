package io.dualtrack.bench.topology;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.bench.topology.TopologyRig.Keyed;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Requests that nobody asked before, and the answers to their orders. */
final class Traffic {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** One that the shipped control records know. */
  private static final String ACCOUNT = "acme-batch";

  private static final String MODEL = "gpt-5.6-sol";
  private static final String WORDS =
      "Summarise the letter below in three sentences for the head of the department, name each"
          + " amount and each date that it speaks of, and say what the writer wants to be done by"
          + " when. Where the letter leaves something open, say so and do not guess. Letter: ";
  private static final String LETTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  private final AvroSerde<InferenceRequest> requests;
  private final AvroSerde<DispatchOrder> orders;
  private final AvroSerde<Completion> completions;
  private final int answerBytes;
  private final Random random = new Random(1);
  private long number;

  /**
   * @param answerBytes length of an answer's text, which cannot be compressed
   */
  Traffic(SchemaRegistry registry, int answerBytes) {
    this.requests = Topics.REQUESTS.serde(registry);
    this.orders = Topics.ORDERS_API_BATCH.serde(registry);
    this.completions = Topics.COMPLETIONS.serde(registry);
    this.answerBytes = answerBytes;
  }

  List<Keyed> requests(int count) {
    List<Keyed> made = new ArrayList<>(count);
    Instant now = Instant.now();
    for (int i = 0; i < count; i++) {
      String id = "bench-" + number++;
      // Answers that are drawn are not kept.
      ObjectNode body =
          JSON.createObjectNode().put("model", MODEL).put("max_tokens", 256).put("temperature", 0);
      body.putArray("messages").addObject().put("role", "user").put("content", WORDS + text(200));
      InferenceRequest request =
          InferenceRequest.newBuilder()
              .setRequestId(id)
              .setTenant("acme")
              .setAccount(ACCOUNT)
              .setReplyKey("batch-" + i % 8)
              .setCustomId(id)
              .setServiceClass(ServiceClass.BATCH)
              .setEndpoint("/v1/chat/completions")
              .setBody(body.toString())
              .setSubmittedAt(now)
              .setDeadline(now.plus(Duration.ofHours(2)))
              .build();
      made.add(new Keyed(id, requests.serialize(Topics.REQUESTS.name(), request)));
    }
    return made;
  }

  /** What a provider would say to orders. */
  List<Keyed> answers(List<Keyed> asked) {
    List<Keyed> made = new ArrayList<>(asked.size());
    for (Keyed record : asked) {
      DispatchOrder order = orders.deserialize(Topics.ORDERS_API_BATCH.name(), record.value());
      Instant now = Instant.now();
      Completion completion =
          Completion.newBuilder()
              .setOrderId(order.getOrderId())
              .setCacheKey(order.getCacheKey())
              .setFlight(order.getFlight())
              .setRequestId(order.getRequestId())
              .setOffering(order.getOffering())
              .setLane(order.getLane())
              .setStatus(CompletionStatus.ANSWERED)
              .setStatusCode(200)
              .setBody(answer(order.getOrderId()))
              .setUsage(Usage.newBuilder().setUncachedInput(120).setOutput(250).build())
              .setCalls(1)
              .setStartedAt(now)
              .setFinishedAt(now)
              .setTenant(order.getTenant())
              .build();
      made.add(
          new Keyed(
              order.getCacheKey(), completions.serialize(Topics.COMPLETIONS.name(), completion)));
    }
    return made;
  }

  private String answer(String id) {
    ObjectNode answer =
        JSON.createObjectNode().put("id", id).put("object", "chat.completion").put("model", MODEL);
    ObjectNode choice = answer.putArray("choices").addObject().put("index", 0);
    choice.putObject("message").put("role", "assistant").put("content", text(answerBytes));
    choice.put("finish_reason", "stop");
    answer
        .putObject("usage")
        .put("prompt_tokens", 120)
        .put("completion_tokens", 250)
        .put("total_tokens", 370);
    return answer.toString();
  }

  /** Length of an answer with all that is around its text, in bytes. */
  int bytesOfAnswer() {
    return answer("0".repeat(36)).length();
  }

  private String text(int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return text.toString();
  }
}
