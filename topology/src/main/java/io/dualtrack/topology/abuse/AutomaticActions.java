package io.dualtrack.topology.abuse;

import io.dualtrack.bodies.AbuseExemptions;
import io.dualtrack.bodies.FeatureExtractor;
import io.dualtrack.policy.control.AccountActions;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AccountAction;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.RecommendedAction;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Does something about the accounts of a cluster once an alert's score says so. All alerts of one
 * cluster come by here, one after the other: the score may be reached long after most accounts were
 * named.
 *
 * <p>What a person undid stays undone: an account about which anything was ever undone is left to
 * people, and so is a cluster. An action's id follows from the cluster, so that an alert that is
 * told twice makes the same record again and not another one.
 */
public final class AutomaticActions
    implements Processor<String, AbuseAlert, String, AccountAction> {

  static final String ACTOR = "automatic";

  private static final String STORE = "alerted-accounts";

  /** As `abuse act` has it where nothing is said. */
  private static final int PER_MINUTE = 6;

  /** Older alerts are for people: nobody wants the past punished when a score is first set. */
  private static final Duration FRESH = Duration.ofDays(1);

  private final AutomaticRule rule;
  private final ControlState control;
  private final FeatureExtractor features;
  private ProcessorContext<String, AccountAction> context;

  /** By cluster, tenant and account with a slash between: whether something was done. */
  private KeyValueStore<String, Boolean> alerted;

  public AutomaticActions(AutomaticRule rule, ControlState control, FeatureExtractor features) {
    this.rule = rule;
    this.control = control;
    this.features = features;
  }

  public static StoreBuilder<?> store() {
    return Stores.keyValueStoreBuilder(
        Stores.persistentKeyValueStore(STORE), Serdes.String(), Serdes.Boolean());
  }

  /**
   * Whether an alert may lead to anything here: clusters in force. Alerts about one account or a
   * tenant count kinds of evidence, which is no score of the same scale.
   */
  public static boolean concerns(AbuseAlert alert) {
    return alert != null && alert.getKind() == AlertKind.CLUSTER && alert.getSuppressedBy() == null;
  }

  @Override
  public void init(ProcessorContext<String, AccountAction> context) {
    this.context = context;
    this.alerted = context.getStateStore(STORE);
  }

  @Override
  public void process(Record<String, AbuseAlert> record) {
    AbuseAlert alert = record.value();
    String cluster = alert.getClusterId();
    for (int i = 0; i < alert.getAccountsAdded().size(); i++) {
      String tenant = tenant(alert, i);
      if (!tenant.isEmpty()) {
        alerted.putIfAbsent(
            String.join("/", cluster, tenant, alert.getAccountsAdded().get(i)), false);
      }
    }
    Instant now = Instant.ofEpochMilli(context.currentSystemTimeMs());
    AccountActions known = control.actions();
    if (alert.getScore() < rule.score()
        || alert.getRaisedAt().isBefore(now.minus(FRESH))
        || known.isLeftToPeople(cluster)) {
      return;
    }
    AbuseExemptions exempt = new AbuseExemptions(control.snapshot().exemptions(), features);
    for (String key : waiting(cluster)) {
      String[] parts = key.split("/", 3);
      // The alert's exemptions are those of then.
      if (exempt.verified(parts[1], null, now).isEmpty()
          && !known.isLeftToPeople(parts[1], parts[2])) {
        alerted.put(key, true);
        AccountAction action = action(alert, parts[1], parts[2], now);
        context.forward(
            record
                .withKey(action.getActionId() + "/" + parts[1] + "/" + parts[2])
                .withValue(action));
      }
    }
  }

  /** Members about which nothing was done yet. */
  private List<String> waiting(String cluster) {
    List<String> keys = new ArrayList<>();
    try (KeyValueIterator<String, Boolean> members =
        alerted.prefixScan(cluster + "/", new StringSerializer())) {
      while (members.hasNext()) {
        KeyValue<String, Boolean> member = members.next();
        if (!member.value) {
          keys.add(member.key);
        }
      }
    }
    return keys;
  }

  private AccountAction action(AbuseAlert alert, String tenant, String account, Instant now) {
    return AccountAction.newBuilder()
        .setActionId("auto-" + alert.getClusterId())
        .setTenant(tenant)
        .setAccount(account)
        .setClusterId(alert.getClusterId())
        .setAction(rule.action())
        .setActive(true)
        .setAutomatic(true)
        .setRequestsPerMinute(rule.action() == RecommendedAction.THROTTLE ? PER_MINUTE : null)
        .setReason(
            String.format(
                Locale.ROOT,
                "score %.2f of alert %s, acted upon from %.2f on",
                alert.getScore(),
                alert.getAlertId(),
                rule.score()))
        .setActor(ACTOR)
        .setAt(now)
        .build();
  }

  /** Empty where an alert of 0.1 does not say. */
  private static String tenant(AbuseAlert alert, int member) {
    if (member < alert.getTenantsAdded().size()) {
      return alert.getTenantsAdded().get(member);
    }
    return alert.getTenant() == null ? "" : alert.getTenant();
  }
}
