package io.dualtrack.topology;

import io.dualtrack.bodies.FeatureExtractor;
import io.dualtrack.policy.PolicyRecords;
import io.dualtrack.policy.control.PolicyTrust;
import io.dualtrack.policy.control.PublicationMark;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.BudgetAlert;
import io.dualtrack.schemas.BudgetBalance;
import io.dualtrack.schemas.BudgetEvent;
import io.dualtrack.schemas.BundleSignature;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveWeight;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.ShadowQuality;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TextSeal;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.TrustedKeys;
import io.dualtrack.topology.admission.DeadLetters;
import io.dualtrack.topology.audit.SubjectKeys;
import io.dualtrack.tracing.Traces;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

/** The topology in a test driver, with its topics as lists. */
final class TopologyHarness implements AutoCloseable {

  private final SchemaRegistry registry;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final StoreMemory memory = new StoreMemory(8 * 1024 * 1024);
  private final Topology topology;
  private final TopologyTestDriver driver;
  private final SigningKey policyKey;

  TopologyHarness(Path folder) {
    this(folder, TextSeal.NONE);
  }

  /**
   * @param texts what texts are sealed with, on topics and in stores
   */
  TopologyHarness(Path folder, TextSeal texts) {
    this(folder, StreamsConfig.EXACTLY_ONCE_V2, features(), texts, Traces.off(), Map.of());
  }

  TopologyHarness(Path folder, Traces traces) {
    this(folder, StreamsConfig.EXACTLY_ONCE_V2, features(), TextSeal.NONE, traces, Map.of());
  }

  /**
   * @param choices variables that say what is done by itself
   */
  TopologyHarness(Path folder, Map<String, String> choices) {
    this(folder, StreamsConfig.EXACTLY_ONCE_V2, features(), TextSeal.NONE, Traces.off(), choices);
  }

  /**
   * @param guarantee the driver drops what error handlers send for a record that is never processed
   *     where it has transactions; Streams itself does not
   * @param features null for a stage that fails on every request
   */
  TopologyHarness(Path folder, String guarantee, FeatureExtractor features) {
    this(folder, guarantee, features, TextSeal.NONE, Traces.off(), Map.of());
  }

  private TopologyHarness(
      Path folder,
      String guarantee,
      FeatureExtractor features,
      TextSeal texts,
      Traces traces,
      Map<String, String> choices) {
    registry = SchemaRegistry.inMemory().withTexts(texts);
    TopologyConfig config =
        TopologyConfig.local(
                KafkaAccess.at("unused:9092"), URI.create("http://unused"), folder, "0", 1)
            .withChoicesOf(choices);
    TopologyMeters counted = new TopologyMeters(meters);
    Properties properties = StreamsSettings.of(config, new DeadLetters(registry, counted), memory);
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    PolicyTrust trust;
    try {
      policyKey = SigningKey.openOrCreate(folder.resolve("keys/policy"));
      trust =
          PolicyTrust.of(
              TrustedKeys.read(config.policyKeys()),
              config.policyMaxAge(),
              PublicationMark.inFile(folder.resolve("last-policy")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    SubjectKeys subjects = new SubjectKeys(config.subjectKeys(), InstantSource.system());
    topology =
        TopologyBuilder.build(
            config,
            registry,
            features,
            trust,
            subjects,
            counted,
            traces,
            new PromptCommits(config.commitInterval()),
            properties);
    driver = new TopologyTestDriver(topology, properties, PolicyRecords.START);
  }

  static FeatureExtractor features() {
    return new FeatureExtractor("sixteen bytes or more".getBytes(StandardCharsets.UTF_8), 1);
  }

  /** The control records that most tests start from. */
  TopologyHarness withControl() {
    return tenant(PolicyRecords.tenant("acme"))
        .tenant(PolicyRecords.tenant("globex"))
        .offering(PolicyRecords.offering("gpt-api", "gpt", Lane.API))
        .offering(PolicyRecords.offering("llama-home", "llama", Lane.LOCAL))
        .policy(PolicyRecords.policy("1"));
  }

  Topology topology() {
    return topology;
  }

  TopologyHarness tenant(Tenant.Builder tenant) {
    send(Topics.TENANTS, tenant.getId(), tenant.build());
    return this;
  }

  TopologyHarness offering(Offering.Builder offering) {
    send(Topics.OFFERINGS, offering.getId(), offering.build());
    return this;
  }

  TopologyHarness price(Price price) {
    send(Topics.PRICES, price.getPriceId(), price);
    return this;
  }

  TopologyHarness policy(PolicyBundle policy) {
    BundleSignature.sign(policy, policyKey);
    return policyAsItIs(policy);
  }

  TopologyHarness policyAsItIs(PolicyBundle policy) {
    send(Topics.POLICIES, policy.getId(), policy);
    return this;
  }

  void suspend(Suspension suspension) {
    send(Topics.SUSPENSIONS, suspension.getScope() + ":" + suspension.getId(), suspension);
  }

  void move(Move.Builder move) {
    send(Topics.MOVES, move.getId(), move.build());
  }

  /** The standings of moves that were told since the last call. */
  List<MoveWeight> weights() {
    return read(Topics.MOVE_WEIGHTS);
  }

  void quality(ShadowQuality quality) {
    send(
        Topics.SHADOW_QUALITY,
        String.join(
            "|", quality.getTenant(), quality.getTask(), quality.getFrom(), quality.getTo()),
        quality);
  }

  void act(AccountAction action) {
    send(
        Topics.ABUSE_ACTIONS,
        action.getActionId() + "/" + action.getTenant() + "/" + action.getAccount(),
        action);
  }

  void alert(AbuseAlert alert) {
    send(Topics.ABUSE_ALERTS, alert.getAlertId(), alert);
  }

  void exempt(AbuseExemption.Builder exemption) {
    send(Topics.EXEMPTIONS, exemption.getId(), exemption.build());
  }

  void budget(BudgetEvent event) {
    send(Topics.BUDGETS, event.getTenant(), event);
  }

  /**
   * @param at the record's own time
   */
  void request(InferenceRequest.Builder request, Instant at) {
    driver
        .createInputTopic(
            Topics.REQUESTS.name(),
            new StringSerializer(),
            Topics.REQUESTS.serde(registry).serializer())
        .pipeInput(request.getRequestId(), request.build(), at);
  }

  void request(InferenceRequest.Builder request) {
    send(Topics.REQUESTS, request.getRequestId(), request.build());
  }

  void complete(Completion completion) {
    send(Topics.COMPLETIONS, completion.getCacheKey(), completion);
  }

  /** A request whose record says what its trace is. */
  void request(InferenceRequest.Builder request, String trace) {
    send(Topics.REQUESTS, request.getRequestId(), request.build(), trace);
  }

  /** A completion whose record says what its trace is. */
  void complete(Completion completion, String trace) {
    send(Topics.COMPLETIONS, completion.getCacheKey(), completion, trace);
  }

  private <V extends SpecificRecord> void send(Topic<V> topic, String key, V value, String trace) {
    TestRecord<String, V> record = new TestRecord<>(key, value);
    Traces.put(record.headers(), trace);
    driver
        .createInputTopic(topic.name(), new StringSerializer(), topic.serde(registry).serializer())
        .pipeInput(record);
  }

  /** What the records of a topic since the last call say their traces are; null for nothing. */
  List<String> traces(Topic<?> topic) {
    List<String> traces = new ArrayList<>();
    driver
        .createOutputTopic(topic.name(), new ByteArrayDeserializer(), new ByteArrayDeserializer())
        .readRecordsToList()
        .forEach(
            record -> {
              Header header = record.headers().lastHeader(Traces.HEADER);
              traces.add(
                  header == null ? null : new String(header.value(), StandardCharsets.US_ASCII));
            });
    return traces;
  }

  void bytes(Topic<?> topic, String key, byte[] value) {
    driver
        .createInputTopic(topic.name(), new StringSerializer(), new ByteArraySerializer())
        .pipeInput(key, value);
  }

  void advance(Duration time) {
    driver.advanceWallClockTime(time);
  }

  /** The results since the last call. */
  List<InferenceResult> results() {
    return read(Topics.RESULTS);
  }

  InferenceResult onlyResult() {
    return only(results());
  }

  List<Exchange> exchanges() {
    return read(Topics.EXCHANGES);
  }

  List<RoutingDecision> decisions() {
    return read(Topics.AUDIT);
  }

  List<BudgetAlert> budgetAlerts() {
    return read(Topics.COST_ALERTS);
  }

  /** What is kept of a budget now. */
  BudgetBalance balance(String key) {
    return (BudgetBalance) driver.getKeyValueStore("budgets").get(key);
  }

  /** Loses a row, as a failure in the middle of its record would. */
  void lose(String store, String key) {
    driver.getKeyValueStore(store).delete(key);
  }

  List<DeadLetter> deadLetters() {
    return read(Topics.DEAD_LETTERS);
  }

  /** The orders of all lanes and classes since the last call. */
  List<DispatchOrder> orders() {
    List<DispatchOrder> orders = new ArrayList<>();
    for (Lane lane : Lane.values()) {
      for (ServiceClass serviceClass : ServiceClass.values()) {
        orders.addAll(read(Topics.orders(lane, serviceClass)));
      }
    }
    return orders;
  }

  DispatchOrder onlyOrder() {
    return only(orders());
  }

  <V extends SpecificRecord> List<KeyValue<String, V>> readKeyed(Topic<V> topic) {
    return driver
        .createOutputTopic(
            topic.name(), new StringDeserializer(), topic.serde(registry).deserializer())
        .readKeyValuesToList();
  }

  /** The names of the topics that were written, internal ones too. */
  Set<String> written() {
    return driver.producedTopicNames();
  }

  /** The records of a topic since the last call, as they are on it. */
  List<byte[]> raw(String topic) {
    return driver
        .createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer())
        .readValuesToList();
  }

  /** What a store would be restored from. */
  <V extends SpecificRecord> List<KeyValue<String, V>> changelog(String store, Class<V> type) {
    return driver
        .createOutputTopic(
            TopologyConfig.APPLICATION + "-" + store + "-changelog",
            new StringDeserializer(),
            new AvroSerde<>(registry, type).deserializer())
        .readKeyValuesToList();
  }

  /** Restores a store that holds its rows as bytes. */
  <V extends SpecificRecord> void restore(
      String store, Class<V> type, List<KeyValue<String, V>> changes) {
    AvroSerde<V> rows = new AvroSerde<>(registry, type);
    restore(
        store,
        changes.stream()
            .map(each -> KeyValue.pair(each.key, rows.serialize(store, each.value)))
            .toList());
  }

  <V> void restore(String store, List<KeyValue<String, V>> changes) {
    changes.forEach(each -> driver.<String, V>getKeyValueStore(store).put(each.key, each.value));
  }

  double counted(String meter, String... tags) {
    var counter = meters.find(meter).tags(tags).counter();
    return counter == null ? 0 : counter.count();
  }

  long rows(String store) {
    long rows = 0;
    try (var all = driver.getKeyValueStore(store).all()) {
      while (all.hasNext()) {
        all.next();
        rows++;
      }
    }
    return rows;
  }

  private <V extends SpecificRecord> List<V> read(Topic<V> topic) {
    return readKeyed(topic).stream().map(entry -> entry.value).toList();
  }

  private static <V> V only(List<V> all) {
    if (all.size() != 1) {
      throw new AssertionError("expected one, found " + all.size() + ": " + all);
    }
    return all.get(0);
  }

  private <V extends SpecificRecord> void send(Topic<V> topic, String key, V value) {
    driver
        .createInputTopic(topic.name(), new StringSerializer(), topic.serde(registry).serializer())
        .pipeInput(key, value);
  }

  @Override
  public void close() {
    driver.close();
    memory.close();
  }
}
