package io.dualtrack.schemas;

import java.util.List;

/**
 * A group of consumers that commits to Kafka how far it has read of what requests wait in. Who
 * keeps positions elsewhere (gateways in their batches, the warehouse in its database, the sealer
 * in its checkpoints), or reads control records, is none.
 *
 * @param name for people
 * @param id at Kafka, as it is unless a deployment names its jobs otherwise
 * @param topics that it reads, and that anybody has to wait for
 * @param behindLast whether it commits the offset behind the last record, so that the marker which
 *     ends a transaction stays before it. All topics of such a group are written in transactions
 */
public record ReadingGroup(String name, String id, List<Topic<?>> topics, boolean behindLast) {

  private static final List<ReadingGroup> ALL =
      List.of(
          // Streams commits its position, which is behind markers.
          new ReadingGroup(
              "topology",
              "dualtrack-topology",
              List.of(Topics.REQUESTS, Topics.COMPLETIONS),
              false),
          new ReadingGroup(
              "API dispatchers",
              "dualtrack-dispatcher-api",
              List.of(Topics.ORDERS_API_INTERACTIVE, Topics.ORDERS_API_BATCH),
              true),
          new ReadingGroup(
              "API dispatchers' batches",
              "dualtrack-dispatcher-api-batches",
              List.of(Topics.ORDERS_API_DEFERRED),
              true),
          new ReadingGroup(
              "local dispatchers",
              "dualtrack-dispatcher-local",
              List.of(Topics.ORDERS_LOCAL_INTERACTIVE, Topics.ORDERS_LOCAL_BATCH),
              true),
          // Flink commits what a checkpoint covers.
          new ReadingGroup("cost job", "dualtrack-cost", List.of(Topics.EXCHANGES), true),
          new ReadingGroup("abuse job", "dualtrack-abuse", List.of(Topics.EXCHANGES), true),
          new ReadingGroup(
              "comparison job", "dualtrack-comparison", List.of(Topics.SHADOW_PAIRS), true));

  public ReadingGroup {
    topics = List.copyOf(topics);
  }

  /** In the order of a request's way. */
  public static List<ReadingGroup> all() {
    return ALL;
  }
}
