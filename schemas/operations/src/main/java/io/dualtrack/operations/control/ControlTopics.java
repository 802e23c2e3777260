package io.dualtrack.operations.control;

import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.BudgetEvent;
import io.dualtrack.schemas.BundleSignature;
import io.dualtrack.schemas.ControlChange;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveWeight;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * The control topics of a deployment: what they hold, and changes to it.
 *
 * <p>Every change is one transaction under one transactional id. So a set of records is there as a
 * whole or not at all, and of two operators who change something at the same time the earlier one
 * is fenced off and told so, instead of both counting up from the same epoch.
 */
public final class ControlTopics {

  private static final String TRANSACTIONAL_ID = "dualtrack-control";
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final KafkaAccess kafka;
  private final SchemaRegistry registry;
  private final Clock clock;

  /**
   * @param kafka where the brokers are
   */
  public ControlTopics(KafkaAccess kafka, SchemaRegistry registry, Clock clock) {
    this.kafka = kafka;
    this.registry = registry;
    this.clock = clock;
  }

  /** The records in force. */
  public ControlSet read() {
    return new ControlSet(
        latest(Topics.TENANTS),
        latest(Topics.OFFERINGS),
        latest(Topics.POLICIES),
        latest(Topics.PRICES),
        latest(Topics.CURRENCIES),
        latest(Topics.EXEMPTIONS));
  }

  /** The last command for each thing that was ever suspended or resumed. */
  public List<Suspension> suspensions() {
    return List.copyOf(latest(Topics.SUSPENSIONS));
  }

  /**
   * Publishes records; bundles get the time of now and are signed.
   *
   * @param key that signs bundles
   * @param actor who publishes them
   * @throws org.apache.kafka.common.KafkaException if nothing was published; a {@code
   *     ProducerFencedException} where another change came in between
   */
  public void publish(ControlSet set, SigningKey key, String actor) {
    publish(set, List.of(), key, actor);
  }

  /**
   * Publishes records with what their hard budgets begin with.
   *
   * @param openings in the transaction of the budgets
   */
  public void publish(
      ControlSet set, Collection<BudgetEvent> openings, SigningKey key, String actor) {
    try (KafkaProducer<String, byte[]> producer = producer()) {
      producer.initTransactions();
      producer.beginTransaction();
      for (Offering offering : set.offerings()) {
        send(producer, Topics.OFFERINGS, offering.getId(), offering);
        remember(producer, Topics.OFFERINGS, offering.getId(), offering, actor);
      }
      for (CurrencyRate rate : set.currencies()) {
        send(producer, Topics.CURRENCIES, rate.getRateId(), rate);
        remember(producer, Topics.CURRENCIES, rate.getRateId(), rate, actor);
      }
      for (AbuseExemption exemption : set.exemptions()) {
        send(producer, Topics.EXEMPTIONS, exemption.getId(), exemption);
        remember(producer, Topics.EXEMPTIONS, exemption.getId(), exemption, actor);
      }
      sendPrices(producer, set.prices(), actor);
      for (PolicyBundle bundle : set.policies()) {
        bundle.setPublishedAt(now());
        BundleSignature.sign(bundle, key);
        send(producer, Topics.POLICIES, bundle.getId(), bundle);
        remember(producer, Topics.POLICIES, bundle.getId(), bundle, actor);
      }
      for (Tenant tenant : set.tenants()) {
        send(producer, Topics.TENANTS, tenant.getId(), tenant);
        Tenant withoutAccounts = Tenant.newBuilder(tenant).setAccounts(List.of()).build();
        remember(producer, Topics.TENANTS, tenant.getId(), withoutAccounts, actor);
      }
      openings.forEach(each -> send(producer, Topics.BUDGETS, each.getTenant(), each));
      producer.commitTransaction();
    }
  }

  /**
   * Publishes price records as {@link #publish} does.
   *
   * @param prices with their ids and versions
   * @param actor who publishes them
   */
  public void publishPrices(Collection<Price> prices, String actor) {
    try (KafkaProducer<String, byte[]> producer = producer()) {
      producer.initTransactions();
      producer.beginTransaction();
      sendPrices(producer, prices, actor);
      producer.commitTransaction();
    }
  }

  private void sendPrices(
      KafkaProducer<String, byte[]> producer, Collection<Price> prices, String actor) {
    for (Price price : prices) {
      send(producer, Topics.PRICES, price.getPriceId(), price);
      remember(producer, Topics.PRICES, price.getPriceId(), price, actor);
    }
  }

  /**
   * Has the kill switch decide on a command, and publishes what came of it: what is in force under
   * a new epoch, what waits for a second person under the old one.
   *
   * @throws UnknownSubjectException if no control record knows the id
   */
  public KillSwitch.Outcome command(KillSwitch.Command command) throws UnknownSubjectException {
    try (KafkaProducer<String, byte[]> producer = producer()) {
      // First the fence, then the look: nobody else can take the epoch that is read now.
      producer.initTransactions();
      requireKnown(command.scope(), command.id());
      for (String partner : command.partners()) {
        requireKnown(SuspensionScope.TENANT, partner);
      }
      List<Suspension> all = suspensions();
      Optional<Suspension> current =
          all.stream()
              .filter(each -> each.getScope() == command.scope())
              .filter(each -> each.getId().equals(command.id()))
              .findFirst();
      KillSwitch.Outcome outcome = KillSwitch.decide(current, command, nextEpoch(all), now());
      if (outcome instanceof KillSwitch.Outcome.Applied applied) {
        publish(producer, applied.suspension(), command.actor());
      } else if (outcome instanceof KillSwitch.Outcome.Asked asked) {
        publish(producer, asked.suspension(), command.actor());
      }
      return outcome;
    }
  }

  /**
   * Begins a drill on live requests, or says why not.
   *
   * @throws UnknownSubjectException if no control record knows what is to be drilled
   */
  public Drills.Outcome drill(Drills.Command command) throws UnknownSubjectException {
    try (KafkaProducer<String, byte[]> producer = producer()) {
      producer.initTransactions();
      requireKnown(command.scope(), command.subject());
      List<Suspension> all = suspensions();
      Drills.Outcome outcome = Drills.begin(all, command, nextEpoch(all), now());
      if (outcome instanceof Drills.Outcome.Begun begun) {
        publish(producer, begun.record(), command.actor());
      }
      return outcome;
    }
  }

  /**
   * Ends a drill before its time.
   *
   * @return what ended it; empty where it was over already
   */
  public Optional<LiveDrill> endDrill(LiveDrill drill, String actor) {
    try (KafkaProducer<String, byte[]> producer = producer()) {
      producer.initTransactions();
      List<Suspension> all = suspensions();
      Optional<Suspension> ended = Drills.end(all, drill, actor, nextEpoch(all), now());
      ended.ifPresent(record -> publish(producer, record, actor));
      return ended.flatMap(LiveDrill::of);
    }
  }

  private static long nextEpoch(List<Suspension> all) {
    return all.stream().mapToLong(Suspension::getEpoch).max().orElse(0) + 1;
  }

  private void publish(
      KafkaProducer<String, byte[]> producer, Suspension suspension, String actor) {
    String key = suspension.getScope() + ":" + suspension.getId();
    producer.beginTransaction();
    send(producer, Topics.SUSPENSIONS, key, suspension);
    remember(producer, Topics.SUSPENSIONS, key, suspension, actor);
    producer.commitTransaction();
  }

  /** Every move that was ever started. */
  public List<Move> moves() {
    return latest(Topics.MOVES);
  }

  /** How far moves are, by the topology of this zone; nothing of those it has not looked at yet. */
  public List<MoveWeight> moveWeights() {
    return latest(Topics.MOVE_WEIGHTS);
  }

  /**
   * Starts a move, or starts it again.
   *
   * @param move its start's time is set here
   * @return what is wrong with it, and then nothing is published; empty where it is started
   */
  public List<String> start(Move move) {
    try (KafkaProducer<String, byte[]> producer = producer()) {
      producer.initTransactions();
      move.setStartedAt(now());
      List<String> problems = MoveChecks.of(move, read(), moves(), moveWeights());
      if (problems.isEmpty()) {
        publish(producer, move);
      }
      return problems;
    }
  }

  /**
   * Stops a move: nothing goes to its target by it from then on.
   *
   * @return empty where no move has the id
   */
  public Optional<Move> stop(String id, String reason, String actor) {
    try (KafkaProducer<String, byte[]> producer = producer()) {
      producer.initTransactions();
      Optional<Move> move = moves().stream().filter(each -> each.getId().equals(id)).findFirst();
      move.ifPresent(
          each -> {
            each.setStopped(true);
            each.setReason(reason);
            each.setActor(actor);
            publish(producer, each);
          });
      return move;
    }
  }

  private void publish(KafkaProducer<String, byte[]> producer, Move move) {
    producer.beginTransaction();
    send(producer, Topics.MOVES, move.getId(), move);
    remember(producer, Topics.MOVES, move.getId(), move, move.getActor());
    producer.commitTransaction();
  }

  /**
   * @throws UnknownSubjectException if no control record knows the id
   */
  public void requireKnown(SuspensionScope scope, String id) throws UnknownSubjectException {
    SortedSet<String> known = subjects(scope);
    if (!known.contains(id)) {
      throw new UnknownSubjectException(scope, id, known);
    }
  }

  /** Keeps a change for those who must know later what was in force when. */
  private void remember(
      KafkaProducer<String, byte[]> producer,
      Topic<?> topic,
      String key,
      SpecificRecord record,
      String actor) {
    ControlChange change =
        ControlChange.newBuilder().setAt(now()).setActor(actor).setRecord(record).build();
    send(producer, Topics.CONTROL_HISTORY, topic.name() + "/" + key, change);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  private SortedSet<String> subjects(SuspensionScope scope) {
    return new TreeSet<>(
        switch (scope) {
          case OFFERING -> latest(Topics.OFFERINGS).stream().map(Offering::getId).toList();
          case MODEL -> latest(Topics.OFFERINGS).stream().map(Offering::getModel).toList();
          case PROVIDER -> latest(Topics.OFFERINGS).stream().map(Offering::getProvider).toList();
          case TENANT -> latest(Topics.TENANTS).stream().map(Tenant::getId).toList();
          case DRILL -> List.<String>of();
        });
  }

  private <V extends SpecificRecord> List<V> latest(Topic<V> topic) {
    Map<String, V> records = new TreeMap<>();
    try (TopicScan<V> scan = new TopicScan<>(kafka, registry, topic)) {
      boolean whole =
          scan.fromBeginning()
              .toEnd(
                  PATIENCE,
                  key -> true,
                  (key, value) -> {
                    if (value == null) {
                      records.remove(key);
                    } else {
                      records.put(key, value);
                    }
                  });
      if (!whole) {
        throw new TimeoutException(
            "topic %s could not be read within %d s".formatted(topic.name(), PATIENCE.toSeconds()));
      }
    }
    Collection<V> values = records.values();
    return new ArrayList<>(values);
  }

  private <V extends SpecificRecord> void send(
      KafkaProducer<String, byte[]> producer, Topic<V> topic, String key, V value) {
    byte[] bytes = topic.serde(registry).serialize(topic.name(), value);
    // A record that cannot be written fails the commit; there is nothing to wait for here.
    var unused = producer.send(new ProducerRecord<>(topic.name(), key, bytes));
  }

  private KafkaProducer<String, byte[]> producer() {
    Map<String, Object> config = kafka.settings();
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, TRANSACTIONAL_ID);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 30_000);
    return new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
  }
}
