package io.dualtrack.topology.admission;

import io.dualtrack.schemas.BudgetEvent;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.RoutedRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.topology.jurisdiction.TaggedRequest;
import io.dualtrack.topology.settlement.Ending;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProcessingExceptionHandler;
import org.apache.kafka.streams.processor.api.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a request that a stage failed on with a result and a dead letter, and goes on. Failures of
 * Kafka itself, of a store or of the registry are no fault of the record and fail the task.
 */
public final class FailedRecords implements ProcessingExceptionHandler {

  private static final Logger LOG = LoggerFactory.getLogger(FailedRecords.class);

  private DeadLetters deadLetters;

  @Override
  public void configure(Map<String, ?> configs) {
    deadLetters = DeadLetters.configured(configs);
  }

  @Override
  public Response handleError(
      ErrorHandlerContext context, Record<?, ?> record, Exception exception) {
    if (record == null || !faultOfTheRecord(exception)) {
      return Response.fail();
    }
    // Not the exception's message: it may quote the record.
    LOG.error(
        "a stage failed on a record; node={} topic={} partition={} offset={} cause={} at={}",
        context.processorNodeId(),
        context.topic(),
        context.partition(),
        context.offset(),
        exception.getClass().getName(),
        exception.getStackTrace().length == 0 ? "unknown" : exception.getStackTrace()[0]);
    Instant now = Instant.now();
    List<ProducerRecord<byte[], byte[]>> out = new ArrayList<>();
    factsOf(record.value())
        .map(
            facts ->
                Ending.failed(
                    facts,
                    500,
                    "internal_error",
                    "the request could not be processed; tell the operator its id",
                    now))
        .ifPresent(ending -> out.addAll(deadLetters.records(ending)));
    out.add(
        deadLetters.record(
            context,
            "processing_failed",
            "%s in %s".formatted(exception.getClass().getSimpleName(), context.processorNodeId()),
            now));
    return Response.resume(out);
  }

  private static boolean faultOfTheRecord(Exception exception) {
    if (exception instanceof SerializationException) {
      return !SchemaRegistry.isBehind(exception);
    }
    return !(exception instanceof KafkaException);
  }

  private static Optional<RequestFacts> factsOf(Object value) {
    if (value instanceof InferenceRequest request) {
      return Optional.of(FactsOf.request(request));
    }
    if (value instanceof AdmittedRequest admitted) {
      return Optional.of(FactsOf.admitted(admitted));
    }
    if (value instanceof TaggedRequest tagged) {
      return Optional.of(FactsOf.admitted(tagged.admitted()));
    }
    if (value instanceof RoutedRequest routed) {
      return Optional.of(routed.getFacts());
    }
    if (value instanceof BudgetEvent event && event.getAsks() != null) {
      return Optional.of(event.getAsks().getFacts());
    }
    return Optional.empty();
  }
}
