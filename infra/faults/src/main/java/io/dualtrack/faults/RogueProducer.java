package io.dualtrack.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.faults.oracle.Planted;
import io.dualtrack.faults.oracle.Planted.Letter;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes to topics what a producer with rights and without sense may write, and remembers what has
 * to come of it.
 */
final class RogueProducer implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SUBJECT = "planted-value";
  private static final String JSON_SUBJECT = "planted-json-value";
  private static final int UNKNOWN_SCHEMA = 987_654;
  private static final int MORE_THAN_ANY_TOPIC_TAKES = Topics.MAX_TEXT_RECORD_BYTES + 1024 * 1024;

  /** What a broker adds to a record must fit too. */
  private static final int ALMOST_THE_LARGEST = Topics.MAX_TEXT_RECORD_BYTES - 1024;

  private static final int MORE_THAN_A_BODY_MAY_HAVE = 2 * Topics.MAX_BODY_BYTES;

  /** Components that write a dead letter of what they cannot read, by topic. */
  private static final Map<Topic<?>, List<String>> READERS =
      Map.of(
          Topics.REQUESTS, List.of("topology"),
          Topics.COMPLETIONS, List.of("topology"),
          Topics.ORDERS_API_INTERACTIVE, List.of("dispatcher"),
          Topics.ORDERS_API_BATCH, List.of("dispatcher"),
          Topics.ORDERS_LOCAL_BATCH, List.of("dispatcher"),
          Topics.EXCHANGES, List.of("job-cost", "job-abuse"),
          Topics.TENANTS, List.of("job-cost"));

  /** Topics whose readers pass over what they cannot read, and say so in their logs only. */
  private static final List<Topic<?>> WITHOUT_LETTERS =
      List.of(Topics.BATCHES, Topics.BATCH_COMMANDS, Topics.FILES);

  /** Of these a record without a value is no request and no deletion, but a mistake. */
  private static final Set<Topic<?>> VALUES_ONLY =
      Set.of(
          Topics.REQUESTS,
          Topics.ORDERS_API_INTERACTIVE,
          Topics.ORDERS_API_BATCH,
          Topics.ORDERS_LOCAL_BATCH,
          Topics.EXCHANGES);

  private final StackAddress address;
  private final SchemaRegistry registry;
  private final Tally tally;
  private final KafkaProducer<String, byte[]> producer;
  private final Set<String> requests = new TreeSet<>();
  private final List<Letter> letters = new ArrayList<>();
  private int planted;

  RogueProducer(StackAddress address, SchemaRegistry registry, Tally tally) {
    this.address = address;
    this.registry = registry;
    this.tally = tally;
    Map<String, Object> config = address.kafka().settings();
    config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 2 * MORE_THAN_ANY_TOPIC_TAKES);
    config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 4L * MORE_THAN_ANY_TOPIC_TAKES);
    this.producer = new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
  }

  /** What the oracle is to find of it. */
  Planted planted() {
    return new Planted(requests, letters);
  }

  /**
   * Garbage, half a record, an id that no schema has, a record of another schema, one of a schema
   * that is no Avro, none at all and one of almost the largest size, in every topic of the way; and
   * one that is too large for the topic of requests, which the broker refuses.
   */
  void poison() throws IOException, InterruptedException, ExecutionException {
    List<byte[]> bad = bad();
    for (Topic<?> topic : READERS.keySet()) {
      for (byte[] value : bad) {
        plant(topic, value);
      }
      if (VALUES_ONLY.contains(topic)) {
        plant(topic, null);
      }
      tally.fault();
    }
    plant(Topics.REQUESTS, new byte[ALMOST_THE_LARGEST]);
    for (Topic<?> topic : WITHOUT_LETTERS) {
      for (byte[] value : bad) {
        send(topic, value);
      }
      tally.fault();
    }
    refusedBecauseOfItsSize();
  }

  private List<byte[]> bad() throws IOException, InterruptedException {
    Schema foreign =
        SchemaBuilder.record("Foreign")
            .fields()
            .requiredString("text")
            .requiredLong("n")
            .endRecord();
    GenericRecord record = new GenericData.Record(foreign);
    record.put("text", "nothing that anybody here reads");
    record.put("n", 7L);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<GenericRecord>(foreign).write(record, encoder);
    encoder.flush();
    byte[] sound = "{\"type\":\"object\"}".getBytes(StandardCharsets.UTF_8);
    int known = registry.register(SUBJECT, foreign);
    return List.of(
        "no record at all".getBytes(StandardCharsets.UTF_8),
        wire(known, new byte[0]),
        wire(UNKNOWN_SCHEMA, bytes.toByteArray()),
        wire(known, bytes.toByteArray()),
        wire(jsonSchema(), sound));
  }

  /** Confluent's format. */
  private static byte[] wire(int schema, byte[] record) {
    return ByteBuffer.allocate(1 + Integer.BYTES + record.length)
        .put((byte) 0)
        .putInt(schema)
        .put(record)
        .array();
  }

  /** Id of a schema that is JSON's. */
  private int jsonSchema() throws IOException, InterruptedException {
    ObjectNode asked =
        JSON.createObjectNode()
            .put("schemaType", "JSON")
            .put(
                "schema",
                "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"type\":\"object\"}");
    var answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(address.registry() + "/subjects/" + JSON_SUBJECT + "/versions"))
                    .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                    .POST(HttpRequest.BodyPublishers.ofString(asked.toString()))
                    .build(),
                BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IllegalStateException("the registry takes no JSON schema: " + answer.body());
    }
    return JSON.readTree(answer.body()).get("id").asInt();
  }

  private void plant(Topic<?> topic, byte[] value) throws InterruptedException, ExecutionException {
    RecordMetadata at = send(topic, value);
    String key = "%s-%d-%d".formatted(at.topic(), at.partition(), at.offset());
    READERS.get(topic).forEach(component -> letters.add(new Letter(key, component)));
  }

  private RecordMetadata send(Topic<?> topic, byte[] value)
      throws InterruptedException, ExecutionException {
    planted++;
    return producer.send(new ProducerRecord<>(topic.name(), Planted.key(planted), value)).get();
  }

  private void refusedBecauseOfItsSize() throws InterruptedException {
    tally.fault();
    try {
      RecordMetadata unused = send(Topics.REQUESTS, new byte[MORE_THAN_ANY_TOPIC_TAKES]);
      throw new IllegalStateException("a record was taken that is larger than its topic's largest");
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof RecordTooLargeException)) {
        throw new IllegalStateException("a record failed that only is too large", e.getCause());
      }
    }
  }

  /** A request whose body is larger than one may be; it has its result all the same. */
  void largeBody() throws InterruptedException, ExecutionException {
    tally.fault();
    Instant now = Instant.now();
    request(now, now.plus(Duration.ofHours(1)), now, "a".repeat(MORE_THAN_A_BODY_MAY_HAVE));
  }

  /**
   * Requests of a caller whose clock is wrong: it says when they were submitted and until when they
   * count, and gives the records their time.
   *
   * @param wrong by how much
   */
  void wrongClock(Duration wrong) throws InterruptedException, ExecutionException {
    tally.fault();
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    Instant his = now.plus(wrong);
    // All of it by his clock; only the record's time; only what he says in the request.
    request(his, his.plus(Duration.ofHours(1)), his, "all by his clock");
    request(now, now.plus(Duration.ofHours(1)), his, "the record by his clock");
    request(his, his.plus(Duration.ofHours(1)), now, "the request by his clock");
    request(his, now.plus(Duration.ofHours(1)), now, "submitted by his clock");
  }

  /** Requests at the ends of what a time can be. */
  void endsOfTime() throws InterruptedException, ExecutionException {
    tally.fault();
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    Instant first = Instant.ofEpochMilli(Long.MIN_VALUE);
    Instant last = Instant.ofEpochMilli(Long.MAX_VALUE);
    request(now, last, now, "until the end");
    request(first, last, now, "always");
    request(last, last, now, "only at the end");
    request(first, first, now, "long ago");
    request(now, now.plus(Duration.ofHours(1)), Instant.EPOCH, "recorded at the beginning");
  }

  /** A broker may refuse a record for its time; then there is no request. */
  private void request(Instant submitted, Instant deadline, Instant recorded, String text)
      throws InterruptedException, ExecutionException {
    planted++;
    String id = "direct-%d".formatted(planted);
    ObjectNode body = JSON.createObjectNode().put("model", "llama-3.1-405b").put("temperature", 0);
    body.putArray("messages")
        .addObject()
        .put("role", "user")
        .put("content", "%s (%s)".formatted(text, id));
    InferenceRequest request =
        InferenceRequest.newBuilder()
            .setRequestId(id)
            .setTenant("acme")
            .setAccount("acme-batch")
            .setReplyKey(id)
            .setServiceClass(ServiceClass.BATCH)
            .setEndpoint("/v1/chat/completions")
            .setBody(body.toString())
            .setAttributes(List.of())
            .setSubmittedAt(submitted)
            .setDeadline(deadline)
            .build();
    byte[] value = Topics.REQUESTS.serde(registry).serialize(Topics.REQUESTS.name(), request);
    try {
      RecordMetadata unused =
          producer
              .send(
                  new ProducerRecord<>(
                      Topics.REQUESTS.name(), null, recorded.toEpochMilli(), id, value))
              .get();
      requests.add(id);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof InvalidTimestampException)) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ZERO);
  }
}
