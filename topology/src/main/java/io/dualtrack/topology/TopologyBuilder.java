package io.dualtrack.topology;

import io.dualtrack.bodies.FeatureExtractor;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.policy.control.PolicyTrust;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.RoutedRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import io.dualtrack.topology.abuse.AutomaticActions;
import io.dualtrack.topology.abuse.AutomaticRule;
import io.dualtrack.topology.admission.AdmissionProcessor;
import io.dualtrack.topology.audit.AuditRecords;
import io.dualtrack.topology.audit.SubjectKeys;
import io.dualtrack.topology.budget.BudgetProcessor;
import io.dualtrack.topology.cache.Answers;
import io.dualtrack.topology.cache.PromptCacheProcessor;
import io.dualtrack.topology.control.ControlTable;
import io.dualtrack.topology.jurisdiction.AddressCountries;
import io.dualtrack.topology.jurisdiction.HostingNetworks;
import io.dualtrack.topology.jurisdiction.JurisdictionProcessor;
import io.dualtrack.topology.jurisdiction.Origins;
import io.dualtrack.topology.move.ComparedPairs;
import io.dualtrack.topology.move.MoveProcessor;
import io.dualtrack.topology.policy.DecisionProcessor;
import io.dualtrack.topology.policy.VolumeProcessor;
import io.dualtrack.topology.settlement.Flights;
import io.dualtrack.topology.settlement.Outbox;
import io.dualtrack.topology.settlement.SettlementProcessor;
import io.dualtrack.topology.throttle.ThrottleProcessor;
import io.dualtrack.tracing.Traces;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * Builds the application: requests by request id through admission, jurisdiction and decision; by
 * account, for those that are throttled, the count; by tenant, for those that hard budgets hold,
 * the reservation; then, by cache key, the prompt cache and settlement, which share their stores.
 */
public final class TopologyBuilder {

  private static final String REQUESTS = "requests";
  private static final String BUDGETS = "budgets";
  private static final String THROTTLES = "throttles";
  private static final String FLIGHTS = "flights";
  private static final String MOVES = "moves";
  private static final String COMPARISONS = "comparisons";

  private static final String ADMIT = "admit";
  private static final String TAG = "tag";
  private static final String DECIDE = "decide";
  private static final String ROUTE = "route";
  private static final String RESERVE = "reserve";
  private static final String ROUTE_RESERVED = "route-reserved";
  private static final String ROUTE_THROTTLED = "route-throttled";
  private static final String THROTTLE = "throttle";
  private static final String ROUTE_LET_THROUGH = "route-let-through";
  private static final String CACHE = "prompt-cache";
  private static final String SETTLE = "settle";
  private static final String STEP = "step-moves";
  private static final String COMPARE = "count-compared-pairs";

  private TopologyBuilder() {}

  /**
   * Builds a topology that shares nothing with any other.
   *
   * @param trust which policies may open closed APIs
   * @param subjects whose keys hide the accounts in the audit trail
   * @param properties Streams' settings, of {@link StreamsSettings}
   */
  public static Topology build(
      TopologyConfig config,
      SchemaRegistry registry,
      FeatureExtractor features,
      PolicyTrust trust,
      SubjectKeys subjects,
      TopologyMeters meters,
      Traces traces,
      PromptCommits commits,
      Properties properties) {
    ControlState control = new ControlState(trust, meters::policyRefused);
    meters.watch(control);
    AuditRecords audit = new AuditRecords(subjects);
    AddressCountries addresses = AddressCountries.open(config.addressFiles());
    Origins origins = new Origins(addresses, HostingNetworks.shipped(), features);
    StreamsBuilder builder = new StreamsBuilder();

    List<StoreBuilder<?>> storeBuilders = new ArrayList<>(Flights.stores());
    storeBuilders.add(Answers.store());
    String[] storeNames = addStores(builder, storeBuilders);
    String[] settlementStoreNames =
        Stream.concat(
                Stream.of(storeNames),
                Stream.of(addStores(builder, SettlementProcessor.stores(registry))))
            .toArray(String[]::new);
    String[] budgetStoreNames = addStores(builder, BudgetProcessor.stores(registry));

    KStream<String, Object> permitted =
        builder.stream(
                Topics.REQUESTS.name(),
                Consumed.with(Serdes.String(), Topics.REQUESTS.serde(registry)).withName(REQUESTS))
            .process(
                () -> new AdmissionProcessor(REQUESTS, TAG, control, meters, traces, commits),
                Named.as(ADMIT))
            .process(
                () -> new JurisdictionProcessor(REQUESTS, DECIDE, addresses, origins, meters),
                Named.as(TAG))
            .process(
                () ->
                    new DecisionProcessor(
                        REQUESTS,
                        ROUTE,
                        ROUTE_THROTTLED,
                        control,
                        features,
                        registry.texts(),
                        audit,
                        meters),
                Named.as(DECIDE));
    KStream<String, RoutedRequest> routed =
        permitted
            .process(Route::new, Named.as(ROUTE))
            .repartition(repartitioned("routed", registry, config));
    KStream<String, RoutedRequest> reserved =
        builder.stream(
                Topics.BUDGETS.name(),
                Consumed.with(Serdes.String(), Topics.BUDGETS.serde(registry)).withName(BUDGETS))
            .process(
                () -> new BudgetProcessor(BUDGETS, ROUTE_RESERVED, control, audit, meters, commits),
                Named.as(RESERVE),
                budgetStoreNames)
            .process(Route::new, Named.as(ROUTE_RESERVED))
            .repartition(repartitioned("reserved", registry, config));
    StoreBuilder<?> windows = ThrottleProcessor.store(registry);
    builder.addStateStore(windows);
    KStream<String, RoutedRequest> letThrough =
        permitted
            .process(Route::new, Named.as(ROUTE_THROTTLED))
            .repartition(repartitioned("throttled", registry, config))
            .process(
                () ->
                    new ThrottleProcessor(
                        THROTTLES, ROUTE_LET_THROUGH, control, audit, meters, commits),
                Named.as(THROTTLE),
                windows.name())
            .process(Route::new, Named.as(ROUTE_LET_THROUGH))
            .repartition(repartitioned("let-through", registry, config));
    routed
        .merge(reserved, Named.as("routed-and-reserved"))
        .merge(letThrough, Named.as("routed-reserved-and-let-through"))
        .process(
            () ->
                new PromptCacheProcessor(
                    FLIGHTS, registry, control, audit, meters, traces, commits),
            Named.as(CACHE),
            storeNames);

    builder.stream(
            Topics.COMPLETIONS.name(),
            Consumed.with(Serdes.String(), Topics.COMPLETIONS.serde(registry))
                .withName("completions"))
        .process(
            () ->
                new SettlementProcessor(
                    FLIGHTS,
                    registry,
                    config.partitions(),
                    control,
                    audit,
                    meters,
                    traces,
                    commits),
            Named.as(SETTLE),
            settlementStoreNames);

    StoreBuilder<?> volumes = VolumeProcessor.store(registry);
    builder.addStateStore(volumes);
    builder.stream(
            Topics.VOLUME_EVENTS.name(),
            Consumed.with(Serdes.String(), Topics.VOLUME_EVENTS.serde(registry))
                .withName("volume-events"))
        .process(VolumeProcessor::new, Named.as("count-volumes"), volumes.name())
        .to(
            Topics.VOLUMES.name(),
            Produced.with(Serdes.String(), Topics.VOLUMES.serde(registry))
                .withName("to-reached-volumes"));

    StoreBuilder<?> tallies = MoveProcessor.store(registry);
    builder.addStateStore(tallies);
    builder.stream(
            Topics.MOVE_EVENTS.name(),
            Consumed.with(Serdes.String(), Topics.MOVE_EVENTS.serde(registry))
                .withName("move-events"))
        .process(() -> new MoveProcessor(MOVES, control, meters), Named.as(STEP), tallies.name());
    StoreBuilder<?> seen = ComparedPairs.store(registry);
    builder.addStateStore(seen);
    builder.stream(
            Topics.SHADOW_QUALITY.name(),
            Consumed.with(Serdes.String(), Topics.SHADOW_QUALITY.serde(registry))
                .withName("shadow-quality"))
        .process(
            () -> new ComparedPairs(COMPARISONS, control, meters), Named.as(COMPARE), seen.name());

    // Last, so that whether it is there changes no other part's number, which tasks are named by.
    config
        .automatic()
        .ifPresent(rule -> addAutomatic(rule, builder, config, registry, control, features));

    Topology topology = builder.build(properties);
    ControlTable.addAll(topology, registry, control);
    Outbox.addForRequests(topology, registry, REQUESTS, ADMIT, TAG, DECIDE);
    Outbox.addForBudgets(topology, registry, BUDGETS, RESERVE);
    Outbox.addForRequests(topology, registry, THROTTLES, THROTTLE);
    Outbox.addForFlights(topology, registry, FLIGHTS, CACHE, SETTLE);
    Outbox.addForMoves(topology, registry, MOVES, STEP);
    Outbox.addForComparisons(topology, registry, COMPARISONS, COMPARE);
    return topology;
  }

  /** Alerts by cluster, so that one task knows all accounts of one. */
  private static void addAutomatic(
      AutomaticRule rule,
      StreamsBuilder builder,
      TopologyConfig config,
      SchemaRegistry registry,
      ControlState control,
      FeatureExtractor features) {
    StoreBuilder<?> alerted = AutomaticActions.store();
    builder.addStateStore(alerted);
    builder.stream(
            Topics.ABUSE_ALERTS.name(),
            Consumed.with(Serdes.String(), Topics.ABUSE_ALERTS.serde(registry))
                .withName("abuse-alerts"))
        .filter((id, alert) -> AutomaticActions.concerns(alert), Named.as("alerts-of-clusters"))
        .selectKey((id, alert) -> alert.getClusterId(), Named.as("by-cluster"))
        .repartition(
            Repartitioned.with(Serdes.String(), Topics.ABUSE_ALERTS.serde(registry))
                .withName("alerted")
                .withNumberOfPartitions(config.partitions()))
        .process(
            () -> new AutomaticActions(rule, control, features),
            Named.as("act-automatically"),
            alerted.name())
        .to(
            Topics.ABUSE_ACTIONS.name(),
            Produced.with(Serdes.String(), Topics.ABUSE_ACTIONS.serde(registry))
                .withName("to-account-actions"));
  }

  private static Repartitioned<String, RoutedRequest> repartitioned(
      String name, SchemaRegistry registry, TopologyConfig config) {
    return Repartitioned.with(Serdes.String(), new AvroSerde<>(registry, RoutedRequest.class))
        .withName(name)
        .withNumberOfPartitions(config.partitions());
  }

  private static String[] addStores(
      StreamsBuilder builder, Collection<? extends StoreBuilder<?>> stores) {
    stores.forEach(builder::addStateStore);
    return stores.stream().map(StoreBuilder::name).toArray(String[]::new);
  }

  /** Lets through to the repartition topic what has its type. */
  private static final class Route
      extends ContextualProcessor<String, Object, String, RoutedRequest> {

    @Override
    public void process(Record<String, Object> record) {
      context().forward(record.withValue((RoutedRequest) record.value()));
    }
  }
}
