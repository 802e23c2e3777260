package io.dualtrack.policy.control;

import io.dualtrack.policy.CompiledBundle;
import io.dualtrack.policy.RuleCompiler;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.BundleSignature.Trust;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Move;
import io.dualtrack.schemas.MoveWeight;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.VolumeState;
import io.dualtrack.schemas.prices.PriceBook;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control records that one topology knows.
 *
 * <p>The global thread writes, the stream threads read. A change only marks the snapshot as old;
 * the next reader makes the new one. So reading thousands of records at a start costs one snapshot
 * and not thousands, and a reader never sees half a change.
 */
public final class ControlState {

  /** Learns of each record; a null value means that the record is gone. */
  public interface Listener<V> {
    void changed(String key, V value);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ControlState.class);

  private final Map<String, TenantContract> tenants = new ConcurrentHashMap<>();
  private final Map<String, Offering> offerings = new ConcurrentHashMap<>();
  private final Map<String, CompiledBundle> bundles = new ConcurrentHashMap<>();
  private final Map<String, Suspension> suspensions = new ConcurrentHashMap<>();
  private final Map<String, VolumeState> volumes = new ConcurrentHashMap<>();
  private final Map<String, Price> prices = new ConcurrentHashMap<>();
  private final Map<String, CurrencyRate> currencies = new ConcurrentHashMap<>();
  private final Map<String, AbuseExemption> exemptions = new ConcurrentHashMap<>();
  private final Map<String, Move> moves = new ConcurrentHashMap<>();
  private final Map<String, MoveWeight> weights = new ConcurrentHashMap<>();
  private final AtomicLong priceChanges = new AtomicLong();
  private final AtomicLong changes = new AtomicLong();
  private final AccountActions actions = new AccountActions();
  private final RuleCompiler compiler = new RuleCompiler();
  private final PolicyTrust trust;
  private final Runnable onReplay;
  private PriceBook book = PriceBook.of(List.of());
  private long bookVersion;
  private volatile ControlSnapshot snapshot = snapshot(0);

  /**
   * @param trust which bundles may open closed APIs
   * @param onReplay told of each bundle that is refused because it is older than the one in force
   */
  public ControlState(PolicyTrust trust, Runnable onReplay) {
    this.trust = trust;
    this.onReplay = onReplay;
  }

  /**
   * The state of these records, without any topic: for decisions that are only tried. The policies
   * need not be published.
   */
  public static ControlState holding(
      Collection<Tenant> tenants,
      Collection<Offering> offerings,
      Collection<PolicyBundle> policies,
      Collection<Suspension> suspensions,
      Collection<VolumeState> volumes) {
    ControlState state = new ControlState(PolicyTrust.ofDrafts(), () -> {});
    tenants.forEach(each -> state.tenants().changed(each.getId(), each));
    offerings.forEach(each -> state.offerings().changed(each.getId(), each));
    policies.forEach(each -> state.policies().changed(each.getId(), each));
    suspensions.forEach(
        each -> state.suspensions().changed(each.getScope() + ":" + each.getId(), each));
    volumes.forEach(each -> state.volumes().changed(each.getVolumeId(), each));
    return state;
  }

  /** Everything as it stands now. Cheap; call it for each record. */
  public ControlSnapshot snapshot() {
    ControlSnapshot current = snapshot;
    return current.version() == changes.get() ? current : renew();
  }

  /** What was done about single accounts; always as it stands now. */
  public AccountActions actions() {
    return actions;
  }

  private synchronized ControlSnapshot renew() {
    // Read before the maps: a change in between makes the snapshot old at once, never wrongly new.
    long version = changes.get();
    if (snapshot.version() != version) {
      snapshot = snapshot(version);
    }
    return snapshot;
  }

  private ControlSnapshot snapshot(long version) {
    return new ControlSnapshot(
        version,
        tenants,
        offerings,
        bundles.values(),
        suspensions.values(),
        volumes.values(),
        book(),
        exemptions.values(),
        new Moves(moves.values(), weights));
  }

  private PriceBook book() {
    long version = priceChanges.get();
    if (bookVersion != version) {
      bookVersion = version;
      book = PriceBook.of(prices.values(), currencies.values());
      book.problems()
          .forEach(problem -> LOG.error("a price record is left out; problem={}", problem));
    }
    return book;
  }

  public Listener<Tenant> tenants() {
    return listener(tenants, TenantContract::new);
  }

  public Listener<Offering> offerings() {
    return listener(offerings, Function.identity());
  }

  public Listener<PolicyBundle> policies() {
    return (key, bundle) -> {
      if (bundle == null) {
        bundles.remove(key);
      } else {
        bundles.merge(key, judge(bundle), this::newer);
      }
      changes.incrementAndGet();
    };
  }

  public Listener<Suspension> suspensions() {
    return listener(suspensions, Function.identity());
  }

  public Listener<VolumeState> volumes() {
    return listener(volumes, Function.identity());
  }

  public Listener<AbuseExemption> exemptions() {
    return listener(exemptions, Function.identity());
  }

  public Listener<Move> moves() {
    return listener(moves, Function.identity());
  }

  /** What only tells how far the present step is makes no decision old. */
  public Listener<MoveWeight> weights() {
    return (key, weight) -> {
      MoveWeight before = weight == null ? weights.remove(key) : weights.put(key, weight);
      boolean isSame =
          before != null
              && weight != null
              && before.getStartedAt().equals(weight.getStartedAt())
              && before.getState() == weight.getState()
              && before.getPercent() == weight.getPercent();
      if (!isSame) {
        changes.incrementAndGet();
      }
    };
  }

  public Listener<Price> prices() {
    return priced(prices);
  }

  public Listener<CurrencyRate> currencies() {
    return priced(currencies);
  }

  private <V> Listener<V> priced(Map<String, V> records) {
    return (key, value) -> {
      // Before the change that makes the snapshot old, so that whoever renews it sees both.
      if (value == null) {
        records.remove(key);
      } else {
        records.put(key, value);
      }
      priceChanges.incrementAndGet();
      changes.incrementAndGet();
    };
  }

  /** A policy that was in force before does not take the place of the one that is. */
  private CompiledBundle newer(CompiledBundle known, CompiledBundle next) {
    if (!next.standing().replayed() || !known.standing().trusted()) {
      return next;
    }
    LOG.error(
        "an older policy is refused and the one in force stays; policy={} version={} published={}",
        next.bundle().getId(),
        next.bundle().getVersion(),
        next.bundle().getPublishedAt());
    onReplay.run();
    return known;
  }

  private CompiledBundle judge(PolicyBundle bundle) {
    BundleStanding standing = trust.judge(bundle);
    // At a start the topic may still hold older ones before the one in force.
    if (standing.trust() != Trust.TRUSTED) {
      LOG.error(
          "a policy is not trusted and opens no closed API; policy={} version={} why={}",
          bundle.getId(),
          bundle.getVersion(),
          standing.trust());
    }
    return compiler.compile(bundle).with(standing);
  }

  private <V, T> Listener<V> listener(Map<String, T> records, Function<V, T> read) {
    return (key, value) -> {
      if (value == null) {
        records.remove(key);
      } else {
        records.put(key, read.apply(value));
      }
      changes.incrementAndGet();
    };
  }
}
