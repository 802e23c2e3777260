package io.dualtrack.faults.oracle;

import io.dualtrack.schemas.KafkaAccess;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;

/**
 * Whether any transaction hangs when all is quiet: none is open for longer than its own timeout,
 * and everything that was in a topic when the question was asked gets decided, committed or
 * aborted. A transaction that no coordinator knows any more is not listed, and holds up its
 * partition's last stable offset for ever; so both are asked.
 */
final class Transactions {

  static final String CHECK = "transactions";

  private static final Duration BETWEEN_QUESTIONS = Duration.ofSeconds(1);
  private static final Set<TransactionState> OPEN =
      Set.of(
          TransactionState.ONGOING,
          TransactionState.PREPARE_COMMIT,
          TransactionState.PREPARE_ABORT,
          TransactionState.PREPARE_EPOCH_FENCE);

  private static final Comparator<TopicPartition> BY_NAME =
      Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition);

  /** A transaction that has begun and not ended. */
  record Open(String id, Instant since, Duration timeout) {}

  /**
   * A partition in which records wait for their transaction.
   *
   * @param stable its last stable offset
   * @param end where it ended when the question was first asked
   * @param producers ids of producers with an open transaction in it
   */
  record Undecided(TopicPartition partition, long stable, long end, List<Long> producers) {}

  private Transactions() {}

  /**
   * @param patience at most, for what was there at the beginning; a producer that was killed has
   *     its transaction aborted by the broker only after its timeout
   */
  static Check read(KafkaAccess kafka, Duration patience)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(kafka.settings())) {
      Map<TopicPartition, Long> ends = offsets(admin, IsolationLevel.READ_UNCOMMITTED);
      Instant until = Instant.now().plus(patience);
      while (true) {
        Map<TopicPartition, Long> waiting = waiting(admin, ends);
        if (waiting.isEmpty() || Instant.now().isAfter(until)) {
          return judge(open(admin), undecided(admin, waiting, ends), Instant.now());
        }
        Thread.sleep(BETWEEN_QUESTIONS.toMillis());
      }
    }
  }

  static Check judge(List<Open> open, List<Undecided> undecided, Instant now) {
    List<String> problems = new ArrayList<>();
    for (Open each : open) {
      if (each.since().plus(each.timeout()).isBefore(now)) {
        problems.add(
            "transaction %s is open since %s, with a timeout of %d s"
                .formatted(each.id(), each.since(), each.timeout().toSeconds()));
      }
    }
    for (Undecided each : undecided) {
      problems.add(
          "%s is undecided from offset %d to %d, by producers %s"
              .formatted(each.partition(), each.stable(), each.end(), each.producers()));
    }
    return new Check(CHECK, problems);
  }

  /** Last stable offset of the partitions in which it has not come to where they ended. */
  private static Map<TopicPartition, Long> waiting(Admin admin, Map<TopicPartition, Long> ends)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, Long> stable = offsets(admin, IsolationLevel.READ_COMMITTED);
    Map<TopicPartition, Long> waiting = new HashMap<>();
    ends.forEach(
        (partition, end) -> {
          long reached = stable.getOrDefault(partition, end);
          if (reached < end) {
            waiting.put(partition, reached);
          }
        });
    return waiting;
  }

  private static Map<TopicPartition, Long> offsets(Admin admin, IsolationLevel isolation)
      throws ExecutionException, InterruptedException {
    Set<String> topics =
        admin.listTopics(new ListTopicsOptions().listInternal(true)).names().get().stream()
            .filter(name -> !name.equals(Topic.TRANSACTION_STATE_TOPIC_NAME))
            .collect(Collectors.toSet());
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (TopicDescription topic : admin.describeTopics(topics).allTopicNames().get().values()) {
      topic
          .partitions()
          .forEach(
              info ->
                  latest.put(
                      new TopicPartition(topic.name(), info.partition()), OffsetSpec.latest()));
    }
    Map<TopicPartition, Long> offsets = new TreeMap<>(BY_NAME);
    admin
        .listOffsets(latest, new ListOffsetsOptions(isolation))
        .all()
        .get()
        .forEach((partition, found) -> offsets.put(partition, found.offset()));
    return offsets;
  }

  private static List<Open> open(Admin admin) throws ExecutionException, InterruptedException {
    Map<String, TransactionListing> listed =
        admin
            .listTransactions(new ListTransactionsOptions().filterStates(OPEN))
            .all()
            .get()
            .stream()
            .collect(Collectors.toMap(TransactionListing::transactionalId, Function.identity()));
    List<Open> open = new ArrayList<>();
    Map<String, TransactionDescription> described =
        admin.describeTransactions(listed.keySet()).all().get();
    described.forEach(
        (id, transaction) ->
            transaction
                .transactionStartTimeMs()
                .ifPresent(
                    since ->
                        open.add(
                            new Open(
                                id,
                                Instant.ofEpochMilli(since),
                                Duration.ofMillis(transaction.transactionTimeoutMs())))));
    return open;
  }

  private static List<Undecided> undecided(
      Admin admin, Map<TopicPartition, Long> waiting, Map<TopicPartition, Long> ends)
      throws ExecutionException, InterruptedException {
    List<Undecided> undecided = new ArrayList<>();
    var producers = admin.describeProducers(waiting.keySet()).all().get();
    waiting.forEach(
        (partition, stable) ->
            undecided.add(
                new Undecided(
                    partition,
                    stable,
                    ends.get(partition),
                    producers.get(partition).activeProducers().stream()
                        .filter(state -> state.currentTransactionStartOffset().isPresent())
                        .map(state -> state.producerId())
                        .toList())));
    return undecided;
  }
}
