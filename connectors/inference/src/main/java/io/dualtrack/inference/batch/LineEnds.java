package io.dualtrack.inference.batch;

import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.inference.adapter.Reading;
import io.dualtrack.inference.adapter.Reply;
import io.dualtrack.inference.adapter.Verdict;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ProviderBatch;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.net.http.HttpHeaders;
import java.time.Instant;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

/** What is written about each line of a batch that ended: a completion, or the order once more. */
final class LineEnds {

  private static final String BATCH_TIER = "batch";

  private final AvroSerde<Completion> completions;
  private final AvroSerde<DispatchOrder> orders;
  private final int maxBytes;

  /**
   * @param maxBytes longest record that the topic takes
   */
  LineEnds(SchemaRegistry registry, int maxBytes) {
    this.completions = Topics.COMPLETIONS.serde(registry);
    this.orders = Topics.ORDERS_API_BATCH.serde(registry);
    this.maxBytes = maxBytes;
  }

  /** A line that the provider worked on. */
  ProducerRecord<String, byte[]> worked(
      ProviderBatch job,
      DispatchOrder order,
      BatchApi.Result result,
      Adapter adapter,
      Instant now) {
    Verdict verdict =
        Reading.of(
                adapter,
                order,
                new Reply.Answered(
                    result.statusCode(),
                    HttpHeaders.of(Map.of(), (name, value) -> true),
                    result.body()))
            .orElseThrow();
    Completion completion = blank(job, order, now);
    completion.setStatusCode(result.statusCode());
    completion.setCalls(1);
    if (verdict instanceof Verdict.Answer answer) {
      completion.setStatus(CompletionStatus.ANSWERED);
      completion.setBody(answer.body());
      completion.setUsage(answer.usage());
      completion.setRawUsage(answer.rawUsage());
      completion.setTier(BATCH_TIER);
      byte[] bytes = completions.serialize(Topics.COMPLETIONS.name(), completion);
      return bytes.length > maxBytes ? again(job, order, now) : record(order, bytes);
    }
    if (verdict instanceof Verdict.Rejected rejected) {
      completion.setStatus(CompletionStatus.REJECTED);
      completion.setBody(rejected.body());
      completion.setErrorCode(rejected.code());
      completion.setErrorMessage(rejected.message());
      return record(order, completions.serialize(Topics.COMPLETIONS.name(), completion));
    }
    return again(job, order, now);
  }

  /** A line that the provider did not work on: a call of its own, while there is time. */
  ProducerRecord<String, byte[]> again(ProviderBatch job, DispatchOrder order, Instant now) {
    if (!now.isBefore(order.getDeadline())) {
      return ended(
          job, order, CompletionStatus.EXPIRED, "expired", "the deadline passed in a batch", now);
    }
    order.setDirect(true);
    return new ProducerRecord<>(
        Topics.ORDERS_API_BATCH.name(),
        order.getCacheKey(),
        orders.serialize(Topics.ORDERS_API_BATCH.name(), order));
  }

  /** A line without an answer that is not called again here. */
  ProducerRecord<String, byte[]> ended(
      ProviderBatch job,
      DispatchOrder order,
      CompletionStatus status,
      String code,
      String message,
      Instant now) {
    Completion completion = blank(job, order, now);
    completion.setStatus(status);
    completion.setErrorCode(code);
    completion.setErrorMessage(message);
    if (status == CompletionStatus.SUSPENDED) {
      completion.setSuspensionEpoch(job.getSuspensionEpoch());
    }
    return record(order, completions.serialize(Topics.COMPLETIONS.name(), completion));
  }

  private static ProducerRecord<String, byte[]> record(DispatchOrder order, byte[] bytes) {
    return new ProducerRecord<>(Topics.COMPLETIONS.name(), order.getCacheKey(), bytes);
  }

  private static Completion blank(ProviderBatch job, DispatchOrder order, Instant now) {
    Completion completion = new Completion();
    completion.setOrderId(order.getOrderId());
    completion.setCacheKey(order.getCacheKey());
    completion.setFlight(order.getFlight());
    completion.setRequestId(order.getRequestId());
    completion.setTenant(order.getTenant());
    completion.setAccount(order.getAccount());
    completion.setOffering(order.getOffering());
    completion.setLane(Lane.API);
    completion.setTier("standard");
    completion.setStartedAt(job.getCreatedAt());
    completion.setFinishedAt(now);
    return completion;
  }
}
