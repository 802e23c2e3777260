package io.dualtrack.local.deadletters;

import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * What could not be processed, and having it processed again.
 *
 * <p>What is sent again and the note that it was are one transaction, under one transactional id:
 * of two operators who replay at the same time one is told so, and no record is replayed twice
 * because a process died.
 */
public final class DeadLetterBox {

  private static final String TRANSACTIONAL_ID = "dualtrack-dead-letters";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final KafkaAccess kafka;
  private final SchemaRegistry registry;
  private final Clock clock;

  /**
   * @param kafka where the brokers are
   */
  public DeadLetterBox(KafkaAccess kafka, SchemaRegistry registry, Clock clock) {
    this.kafka = kafka;
    this.registry = registry;
    this.clock = clock;
  }

  /**
   * The letters of a selection by their keys, oldest first.
   *
   * @throws TimeoutException if the topic cannot be read within 30 s
   */
  public Map<String, DeadLetter> list(Selection selection) {
    Map<String, DeadLetter> latest = new LinkedHashMap<>();
    try (TopicScan<DeadLetter> scan = new TopicScan<>(kafka, registry, Topics.DEAD_LETTERS)) {
      if (!scan.fromBeginning().toEnd(PATIENCE, key -> true, latest::put)) {
        throw new TimeoutException(
            "the dead letters could not be read within " + PATIENCE.toSeconds() + " s");
      }
    }
    Map<String, DeadLetter> selected = new LinkedHashMap<>();
    latest.entrySet().stream()
        .filter(each -> selection.includes(each.getKey(), each.getValue()))
        .sorted(Map.Entry.comparingByValue((a, b) -> a.getAt().compareTo(b.getAt())))
        .forEach(each -> selected.put(each.getKey(), each.getValue()));
    return selected;
  }

  /**
   * Has the records of a selection processed again, as if they came now.
   *
   * @return what became of each, by its key
   * @throws org.apache.kafka.common.errors.ProducerFencedException if somebody else replays too;
   *     what was done before is done
   */
  public Map<String, Replay> replay(Selection selection) {
    Map<String, Replay> done = new LinkedHashMap<>();
    try (KafkaProducer<String, byte[]> producer = producer();
        SourceRecords sources = new SourceRecords(kafka)) {
      // First the fence, then the look: what is not replayed now, nobody else replays.
      producer.initTransactions();
      list(selection)
          .forEach((key, letter) -> done.put(key, replay(producer, sources, key, letter)));
    }
    return done;
  }

  private Replay replay(
      KafkaProducer<String, byte[]> producer,
      SourceRecords sources,
      String key,
      DeadLetter letter) {
    Optional<ConsumerRecord<String, byte[]>> source = sources.find(letter);
    if (source.isEmpty()) {
      return new Replay.Impossible("the record is not in its topic any more");
    }
    Instant now = clock.instant();
    Replay replay = new Again(registry, now).of(letter, source.get());
    if (replay instanceof Replay.Sent sent) {
      producer.beginTransaction();
      send(producer, sent.record());
      letter.setReplayedAt(now);
      send(
          producer,
          new ProducerRecord<>(
              Topics.DEAD_LETTERS.name(),
              key,
              Topics.DEAD_LETTERS.serde(registry).serialize(Topics.DEAD_LETTERS.name(), letter)));
      producer.commitTransaction();
    }
    return replay;
  }

  private static void send(
      KafkaProducer<String, byte[]> producer, ProducerRecord<String, byte[]> record) {
    // A record that cannot be written fails the commit; there is nothing to wait for here.
    var unused = producer.send(record);
  }

  private KafkaProducer<String, byte[]> producer() {
    Map<String, Object> config = kafka.settings();
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, TRANSACTIONAL_ID);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 30_000);
    config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.MAX_TEXT_RECORD_BYTES);
    return new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
  }
}
