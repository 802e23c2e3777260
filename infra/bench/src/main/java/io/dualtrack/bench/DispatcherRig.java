package io.dualtrack.bench;

import io.dualtrack.inference.DispatcherConfig;
import io.dualtrack.inference.DispatcherService;
import io.dualtrack.local.stack.Broker;
import io.dualtrack.sandbox.Behaviour;
import io.dualtrack.sandbox.Sandbox;
import io.dualtrack.sandbox.SandboxOptions;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.TopicProvisioner;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.Weights;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A broker, a dispatcher of the API lane, sandboxes, and whoever sends orders and counts. */
final class DispatcherRig implements AutoCloseable {

  private static final int PARTITIONS = 12;
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration TICK = Duration.ofMillis(100);

  /**
   * An order that was answered.
   *
   * @param waited from the order's making to the call
   */
  record Done(String offering, Duration waited) {}

  private final SchemaRegistry registry = SchemaRegistry.inMemory();
  private final Map<String, URI> endpoints = new HashMap<>();
  private final List<Sandbox> sandboxes = new ArrayList<>();
  private final Map<String, Instant> made = new HashMap<>();
  private final Broker broker;
  private final KafkaProducer<String, byte[]> producer;
  private final KafkaConsumer<String, byte[]> completions;
  private final AvroSerde<DispatchOrder> orders;
  private final AvroSerde<Completion> serde;
  private DispatcherService dispatcher;

  DispatcherRig(Path folder) throws Exception {
    broker = Broker.start(folder, freePort(), freePort());
    Map<String, Object> settings =
        Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrap());
    try (Admin admin = Admin.create(settings)) {
      new TopicProvisioner(admin, PARTITIONS).provision();
    }
    producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    completions =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrap(),
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed"),
            new StringDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        completions.partitionsFor(Topics.COMPLETIONS.name()).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    completions.assign(partitions);
    completions.seekToBeginning(partitions);
    orders = Topics.ORDERS_API_BATCH.serde(registry);
    serde = Topics.COMPLETIONS.serde(registry);
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  /** A sandbox whose calls take a time, and up to a spread more. */
  URI sandbox(Duration latency, Duration spread) throws IOException {
    Sandbox sandbox =
        Sandbox.start(SandboxOptions.localCatalogue(0, Behaviour.withLatency(latency, spread)));
    sandboxes.add(sandbox);
    return sandbox.uri();
  }

  void offer(String id, URI sandbox, String model, int concurrency) {
    Offering offering =
        Offering.newBuilder()
            .setId(id)
            .setModel(model)
            .setProviderModel(model)
            .setProvider("sandbox")
            .setLane(Lane.API)
            .setWeights(Weights.CLOSED)
            .setDialect("openai")
            .setEndpoint(sandbox + "/v1")
            .setProcessingRegions(List.of())
            .setStorageRegions(List.of())
            .setProviderCountry("US")
            .setAttestations(List.of())
            .setExportState(ExportState.OPEN)
            .setPartners(List.of())
            .setMaxConcurrency(concurrency)
            .setTimeoutSeconds(120)
            .setEffectiveFrom(Instant.EPOCH)
            .build();
    producer.send(
        new ProducerRecord<>(
            Topics.OFFERINGS.name(),
            id,
            Topics.OFFERINGS.serde(registry).serialize(Topics.OFFERINGS.name(), offering)));
    producer.flush();
  }

  void start() throws Exception {
    dispatcher =
        new DispatcherService(
            DispatcherConfig.of(
                Lane.API,
                KafkaAccess.at(broker.bootstrap()),
                "0",
                endpoints,
                Map.of("DUALTRACK_HOSTS", "http://127.0.0.1")),
            registry,
            new SimpleMeterRegistry());
    dispatcher.start();
    dispatcher.ready().get(1, TimeUnit.MINUTES);
  }

  /** Sends orders, each with a prompt and a key of its own. */
  void send(String offering, String series, int count) {
    for (int i = 0; i < count; i++) {
      String id = series + i;
      DispatchOrder order = new DispatchOrder();
      Instant now = Instant.now();
      order.setOrderId(id);
      order.setCacheKey(id);
      order.setFlight(id);
      order.setRequestId(id);
      order.setTenant("acme");
      order.setAccount("acme-1");
      order.setOffering(offering);
      order.setLane(Lane.API);
      order.setServiceClass(ServiceClass.BATCH);
      order.setAttempt(1);
      order.setEndpoint("/v1/chat/completions");
      order.setBody(
          "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"How many minutes are %s hours?\"}],\"max_tokens\":64}"
              .formatted(id));
      order.setCreatedAt(now);
      order.setDeadline(now.plus(Duration.ofHours(1)));
      if (count == 1) {
        made.put(id, now);
      }
      producer.send(
          new ProducerRecord<>(
              Topics.ORDERS_API_BATCH.name(),
              id,
              orders.serialize(Topics.ORDERS_API_BATCH.name(), order)));
    }
    producer.flush();
  }

  /** Waits until so many more orders are answered. */
  void await(int count) throws IOException {
    int seen = 0;
    Instant until = Instant.now().plus(Duration.ofMinutes(10));
    while (seen < count) {
      seen += completions.poll(POLL).count();
      if (Instant.now().isAfter(until)) {
        throw new IOException("only %d of %d orders ended".formatted(seen, count));
      }
    }
  }

  /**
   * Sees what is answered in a time.
   *
   * @param tick done ten times a second
   */
  List<Done> watch(Duration time, Runnable tick) throws IOException {
    List<Done> done = new ArrayList<>();
    Instant until = Instant.now().plus(time);
    Instant next = Instant.now();
    while (Instant.now().isBefore(until)) {
      if (!Instant.now().isBefore(next)) {
        tick.run();
        next = next.plus(TICK);
      }
      for (ConsumerRecord<String, byte[]> record : completions.poll(POLL)) {
        Completion completion = serde.deserialize(Topics.COMPLETIONS.name(), record.value());
        if (completion.getStatus() != CompletionStatus.ANSWERED) {
          throw new IOException(
              "order %s ended as %s: %s"
                  .formatted(
                      completion.getOrderId(),
                      completion.getStatus(),
                      completion.getErrorMessage()));
        }
        Instant from = made.getOrDefault(completion.getOrderId(), completion.getStartedAt());
        done.add(
            new Done(completion.getOffering(), Duration.between(from, completion.getStartedAt())));
      }
    }
    return done;
  }

  @Override
  public void close() {
    if (dispatcher != null) {
      dispatcher.close();
    }
    completions.close();
    producer.close();
    sandboxes.forEach(Sandbox::close);
    broker.close();
  }
}
