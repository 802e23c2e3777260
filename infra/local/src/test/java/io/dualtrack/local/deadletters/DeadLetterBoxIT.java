package io.dualtrack.local.deadletters;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.jobs.runtime.TestKafka;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeadLetterBoxIT {

  static {
    AvroSerde.trustRecords();
  }

  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
  private static final Selection ALL = new Selection(null, null, null, null, null, false);

  private final SchemaRegistry registry = SchemaRegistry.inMemory();
  private TestKafka kafka;
  private DeadLetterBox box;

  @BeforeEach
  void start() throws Exception {
    kafka = new TestKafka(1);
    box =
        new DeadLetterBox(
            KafkaAccess.at(kafka.bootstrap()), registry, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  @AfterEach
  void stop() throws Exception {
    kafka.close();
  }

  private static InferenceRequest request(String id) {
    return InferenceRequest.newBuilder()
        .setRequestId(id)
        .setTenant("acme")
        .setAccount("acme-1")
        .setReplyKey("batch-1")
        .setServiceClass(ServiceClass.BATCH)
        .setEndpoint("/v1/chat/completions")
        .setBody("{}")
        .setSubmittedAt(NOW.minusSeconds(7_200))
        .setDeadline(NOW.minusSeconds(3_600))
        .build();
  }

  private static DispatchOrder order() {
    return DispatchOrder.newBuilder()
        .setOrderId("order-1")
        .setCacheKey("key-1")
        .setFlight("flight-1")
        .setRequestId("r")
        .setTenant("acme")
        .setAccount("acme-1")
        .setOffering("sol-us")
        .setLane(Lane.API)
        .setServiceClass(ServiceClass.BATCH)
        .setAttempt(1)
        .setEndpoint("/v1/chat/completions")
        .setBody("{}")
        .setSuspensionEpoch(0)
        .setCreatedAt(NOW)
        .setDeadline(NOW.plusSeconds(60))
        .build();
  }

  private void letter(Topic<?> topic, long offset, String code) {
    DeadLetter letter =
        DeadLetter.newBuilder()
            .setTopic(topic.name())
            .setPartition(0)
            .setOffset(offset)
            .setRecordedAt(NOW)
            .setComponent("topology")
            .setErrorCode(code)
            .setErrorMessage("why")
            .setAt(NOW)
            .build();
    kafka.send(
        Topics.DEAD_LETTERS, registry, each -> topic.name() + "-0-" + offset, List.of(letter));
  }

  @Test
  void aRequestThatCanBeReadNowIsDecidedAgainOnce() {
    kafka.send(
        Topics.REQUESTS,
        registry,
        InferenceRequest::getRequestId,
        List.of(request("unread"), request("failed")));
    letter(Topics.REQUESTS, 0, "undecodable");
    letter(Topics.REQUESTS, 1, "processing_failed");

    assertThat(box.replay(ALL).values()).allMatch(Replay.Sent.class::isInstance);
    assertThat(box.replay(ALL)).as("a second time").isEmpty();

    List<InferenceRequest> requests = kafka.committed(Topics.REQUESTS, registry);
    assertThat(requests).hasSize(4);
    assertThat(requests.get(2).getRequestId()).isEqualTo("unread");
    assertThat(requests.get(2).getReplyKey()).isEqualTo("batch-1");
    assertThat(requests.get(2).getDeadline()).isEqualTo(NOW.plusSeconds(3_600));
    assertThat(requests.get(3).getRequestId())
        .as("it has its one result")
        .isEqualTo("failed-replay-" + NOW.toEpochMilli())
        .isEqualTo(requests.get(3).getReplyKey());
    assertThat(box.list(new Selection(null, "requests", null, "undecodable", null, true)))
        .hasSize(1)
        .allSatisfy((key, letter) -> assertThat(letter.getReplayedAt()).isEqualTo(NOW));
  }

  @Test
  void anOrderIsNotSentAgainButItsFlightIsDecidedAgain() {
    kafka.send(Topics.ORDERS_API_BATCH, registry, DispatchOrder::getCacheKey, List.of(order()));
    letter(Topics.ORDERS_API_BATCH, 0, "unreadable_order");

    box.replay(ALL);

    assertThat(kafka.committed(Topics.ORDERS_API_BATCH, registry)).hasSize(1);
    List<Completion> completions = kafka.committed(Topics.COMPLETIONS, registry);
    assertThat(completions).hasSize(1);
    assertThat(completions.get(0).getFlight()).isEqualTo("flight-1");
    assertThat(completions.get(0).getStatus()).isEqualTo(CompletionStatus.RETRYABLE);
  }

  @Test
  void whatStillCannotBeReadOrIsGoneIsLeftAlone() {
    kafka.sendBytes(Topics.REQUESTS, "x", "garbage".getBytes(StandardCharsets.UTF_8));
    letter(Topics.REQUESTS, 0, "undecodable");
    letter(Topics.REQUESTS, 77, "undecodable");

    Map<String, Replay> replays = box.replay(ALL);

    assertThat(replays).hasSize(2);
    assertThat(replays.values()).allMatch(Replay.Impossible.class::isInstance);
    assertThat(box.list(ALL)).hasSize(2);
  }
}
