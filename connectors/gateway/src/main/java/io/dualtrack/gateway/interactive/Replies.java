package io.dualtrack.gateway.interactive;

import io.dualtrack.gateway.output.ReadableResult;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import io.dualtrack.tracing.Traces;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands results to those who wait for them, as soon as they are committed.
 *
 * <p>Tails one partition from its end, because whoever waits began to wait after the start. Results
 * of others on the same partition, batches mostly, are passed over by their key, unread.
 */
final class Replies implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Replies.class);
  private static final Duration POLL = Duration.ofSeconds(1);

  private final KafkaConsumer<String, byte[]> consumer;
  private final TopicPartition partition;
  private final AvroSerde<InferenceResult> serde;
  private final Traces traces;
  private final Consumer<Throwable> onFailure;
  private final ConcurrentMap<String, CompletableFuture<InferenceResult>> waiting =
      new ConcurrentHashMap<>();
  private final Thread thread;
  private volatile boolean ready;
  private volatile boolean closing;

  /**
   * @param consumer without a group; owned and closed by this
   * @param onFailure told once if the partition cannot be read any more
   */
  Replies(
      KafkaConsumer<String, byte[]> consumer,
      int partition,
      SchemaRegistry registry,
      Traces traces,
      String name,
      Consumer<Throwable> onFailure) {
    this.consumer = consumer;
    this.partition = new TopicPartition(Topics.RESULTS.name(), partition);
    this.serde = Topics.RESULTS.serde(registry);
    this.traces = traces;
    this.onFailure = onFailure;
    this.thread = new Thread(this::tail, name);
  }

  void start() {
    thread.start();
  }

  boolean isReady() {
    return ready && thread.isAlive();
  }

  /** How many wait. */
  int size() {
    return waiting.size();
  }

  /** Call it before the request is sent. The future is completed on the thread of the tail. */
  CompletableFuture<InferenceResult> await(String requestId) {
    CompletableFuture<InferenceResult> reply = new CompletableFuture<>();
    waiting.put(requestId, reply);
    reply.whenComplete((result, failure) -> waiting.remove(requestId));
    return reply;
  }

  private void tail() {
    try (consumer) {
      consumer.assign(List.of(partition));
      consumer.seekToEnd(List.of(partition));
      consumer.position(partition);
      ready = true;
      while (!closing) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          CompletableFuture<InferenceResult> reply =
              record.key() == null ? null : waiting.get(record.key());
          if (reply != null) {
            complete(reply, record);
          }
        }
      }
    } catch (WakeupException e) {
      if (!closing) {
        onFailure.accept(e);
      }
    } catch (RuntimeException e) {
      onFailure.accept(e);
    } finally {
      ready = false;
      Map.copyOf(waiting).values().forEach(reply -> reply.cancel(false));
    }
  }

  private void complete(
      CompletableFuture<InferenceResult> reply, ConsumerRecord<String, byte[]> record) {
    Span span =
        traces
            .follow("reply", SpanKind.CONSUMER, traces.parent(record.headers()))
            .setAttribute(Traces.REQUEST, record.key());
    try {
      reply.complete(ReadableResult.of(serde.deserialize(record.topic(), record.value())));
    } catch (SerializationException e) {
      LOG.error(
          "unreadable result; requestId={} partition={} offset={} cause={}",
          record.key(),
          record.partition(),
          record.offset(),
          e.getMessage());
      reply.completeExceptionally(e);
    } finally {
      span.end();
    }
  }

  @Override
  public void close() {
    closing = true;
    consumer.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
