package io.dualtrack.topology.admission;

import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.errors.DeserializationExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends records that cannot be read to the dead letters and goes on. A registry that does not
 * answer is no fault of the record: then the task fails and reads the record again.
 */
public final class UndecodableRecords implements DeserializationExceptionHandler {

  private static final Logger LOG = LoggerFactory.getLogger(UndecodableRecords.class);

  /** The global thread has no producer, so that nothing can be sent for its topics. */
  private static final Set<String> GLOBAL =
      Stream.of(
              Topics.TENANTS,
              Topics.OFFERINGS,
              Topics.POLICIES,
              Topics.SUSPENSIONS,
              Topics.VOLUMES,
              Topics.MOVES,
              Topics.MOVE_WEIGHTS)
          .map(topic -> topic.name())
          .collect(Collectors.toUnmodifiableSet());

  private DeadLetters deadLetters;

  @Override
  public void configure(Map<String, ?> configs) {
    deadLetters = DeadLetters.configured(configs);
  }

  @Override
  public Response handleError(
      ErrorHandlerContext context, ConsumerRecord<byte[], byte[]> record, Exception exception) {
    if (SchemaRegistry.isBehind(exception)) {
      return Response.fail();
    }
    LOG.warn(
        "a record cannot be read; topic={} partition={} offset={} cause={}",
        record.topic(),
        record.partition(),
        record.offset(),
        exception.getMessage());
    if (GLOBAL.contains(record.topic())) {
      return Response.resume();
    }
    return Response.resume(
        List.of(deadLetters.record(context, "undecodable", exception.getMessage(), Instant.now())));
  }
}
