package io.dualtrack.local.deadletters;

import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.SerializationException;

/**
 * What has to be sent so that a record is processed again, under the policy of now.
 *
 * <p>A request that could not be read has no result, so it is sent again as it is. One that a stage
 * failed on has its one result already, so it becomes a new request with a result of its own. An
 * order never goes to a provider again by this: its flight is told that the call failed, and
 * settlement decides again for all that wait.
 */
final class Again {

  /** The code of requests that have no result, because nobody knew what they were. */
  private static final String UNDECODABLE = "undecodable";

  private final SchemaRegistry registry;
  private final Instant now;

  Again(SchemaRegistry registry, Instant now) {
    this.registry = registry;
    this.now = now;
  }

  Replay of(DeadLetter letter, ConsumerRecord<String, byte[]> source) {
    if (letter.getTopic().equals(Topics.REQUESTS.name())) {
      return read(Topics.REQUESTS, source)
          .map(request -> request(letter, request))
          .orElseGet(Again::stillUnreadable);
    }
    if (letter.getTopic().equals(Topics.COMPLETIONS.name())) {
      return read(Topics.COMPLETIONS, source)
          .<Replay>map(
              completion ->
                  new Replay.Sent(
                      new ProducerRecord<>(letter.getTopic(), source.key(), source.value()),
                      "the completion of order " + completion.getOrderId() + " is settled again"))
          .orElseGet(Again::stillUnreadable);
    }
    Optional<Topic<DispatchOrder>> orders =
        Arrays.stream(Lane.values())
            .flatMap(lane -> orders(lane))
            .filter(topic -> topic.name().equals(letter.getTopic()))
            .findFirst();
    if (orders.isPresent()) {
      return read(orders.get(), source).map(this::order).orElseGet(Again::stillUnreadable);
    }
    return new Replay.Impossible(
        "records of " + letter.getTopic() + " are made from others; replay those");
  }

  private static Stream<Topic<DispatchOrder>> orders(Lane lane) {
    return Arrays.stream(ServiceClass.values())
        .map(serviceClass -> Topics.orders(lane, serviceClass));
  }

  private static Replay stillUnreadable() {
    return new Replay.Impossible("the record still cannot be read; register its schema first");
  }

  private <V extends SpecificRecord> Optional<V> read(
      Topic<V> topic, ConsumerRecord<String, byte[]> source) {
    if (source.value() == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(topic.serde(registry).deserialize(topic.name(), source.value()));
    } catch (SerializationException e) {
      return Optional.empty();
    }
  }

  private Replay request(DeadLetter letter, InferenceRequest request) {
    String message = "request %s is decided again".formatted(request.getRequestId());
    if (!letter.getErrorCode().equals(UNDECODABLE)) {
      String old = request.getRequestId();
      String id = "%s-replay-%d".formatted(old, now.toEpochMilli());
      request.setRequestId(id);
      request.setReplyKey(id);
      message = "request %s has its result; it is decided again as request %s".formatted(old, id);
    }
    if (!now.isBefore(request.getDeadline())) {
      Duration given = Duration.between(request.getSubmittedAt(), request.getDeadline());
      request.setDeadline(now.plus(given));
    }
    return new Replay.Sent(record(Topics.REQUESTS, request.getRequestId(), request), message);
  }

  private Replay order(DispatchOrder order) {
    Completion completion =
        Completion.newBuilder()
            .setOrderId(order.getOrderId())
            .setCacheKey(order.getCacheKey())
            .setFlight(order.getFlight())
            .setRequestId(order.getRequestId())
            .setOffering(order.getOffering())
            .setLane(order.getLane())
            .setStatus(CompletionStatus.RETRYABLE)
            .setStatusCode(0)
            .setErrorCode("replayed")
            .setErrorMessage("the order could not be read by the dispatcher and was replayed")
            .setCalls(0)
            .setStartedAt(now)
            .setFinishedAt(now)
            .build();
    return new Replay.Sent(
        record(Topics.COMPLETIONS, order.getCacheKey(), completion),
        "whoever waits for order %s is decided again".formatted(order.getOrderId()));
  }

  private <V extends SpecificRecord> ProducerRecord<String, byte[]> record(
      Topic<V> topic, String key, V value) {
    return new ProducerRecord<>(
        topic.name(), key, topic.serde(registry).serialize(topic.name(), value));
  }
}
