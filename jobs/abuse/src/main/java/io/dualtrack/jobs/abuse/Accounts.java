package io.dualtrack.jobs.abuse;

import com.google.common.primitives.Longs;
import io.dualtrack.jobs.abuse.ItemsClaimed.Sight;
import io.dualtrack.jobs.runtime.RecordType;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.RecommendedAction;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Follows each account and says what others need to know of it: an item when it is new to the
 * account, its traits when they may have changed. An exchange that shows nothing new ends here.
 *
 * <p>An item is claimed at its first and second sighting and then once a day. The second time is
 * for whoever came first: {@link Items} names an item's accounts only once there are two.
 */
final class Accounts extends KeyedProcessFunction<Long, byte[], byte[]> {

  static final OutputTag<AbuseAlert> RELAYS =
      new OutputTag<>("relays", RecordType.ofRecord(AbuseAlert.class));
  static final OutputTag<Tally> TALLIES = new OutputTag<>("tallies", Types.POJO(Tally.class));

  private static final long serialVersionUID = 1;

  private static final int ENOUGH = 8;

  /** The mean of fewer texts tells which they were, and not what the account asks for. */
  private static final int ENOUGH_TEXTS = 16;

  private static final int ENOUGH_PAUSES = 12;
  private static final long A_DAY = TimeUnit.DAYS.toMillis(1);
  private static final long LONG_ENOUGH = A_DAY * 5 / 6;
  private static final int RATES_PER_DOUBLING = 3;

  /** Of requests that come independently of each other it is π/√6. */
  private static final double UNEVENNESS_OF_CHANCE = 1.25;

  /** Pauses of people: everything from that of chance on. */
  static final long UNEVEN = Trait.PACE.key(-1);

  private static final double NARROW = 0.8;
  private static final double MOSTLY = 0.5;
  private static final int RELAY_ALERT_DAYS = 7;

  private final AbuseThresholds thresholds;

  private transient ValueState<byte[]> profiles;
  private transient Counter repeats;
  private transient Counter claims;
  private transient Routes routes;

  Accounts(AbuseThresholds thresholds) {
    this.thresholds = thresholds;
  }

  @Override
  public void open(OpenContext context) {
    ValueStateDescriptor<byte[]> descriptor =
        new ValueStateDescriptor<>(
            "profile", PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO);
    // Twice the window, for this time is the machine's and the window is the exchanges'.
    descriptor.enableTimeToLive(
        StateTtlConfig.newBuilder(thresholds.window().multipliedBy(2))
            // One more account with each exchange: at ten exchanges a day each is looked at daily.
            .cleanupIncrementally(1, false)
            .build());
    profiles = getRuntimeContext().getState(descriptor);
    repeats = getRuntimeContext().getMetricGroup().counter("repeatedExchanges");
    claims = getRuntimeContext().getMetricGroup().counter("claims");
    routes = Routes.of(getRuntimeContext().getTaskInfo());
  }

  @Override
  public void processElement(byte[] observation, Context context, Collector<byte[]> out)
      throws Exception {
    Observation seen = Observation.read(new DataInputDeserializer(observation));
    byte[] bytes = profiles.value();
    AccountProfile profile = bytes == null ? AccountProfile.empty() : AccountProfile.of(bytes);
    if (profile.isRepeat(seen.exchange)) {
      repeats.inc();
      return;
    }
    profile.add(seen);
    boolean isNew = profile.count() == 1;
    byte[] census = isNew || profile.isDueToBeTold(seen.at) ? census(profile, isNew) : null;
    claim(profile, seen, census, out);
    if (thresholds.signals().contains(Signal.S6)) {
      findRelay(profile, seen, context);
    }
    if (profile.isFirstOfHour(seen.at)) {
      context.output(TALLIES, tally(seen));
    }
    profiles.update(profile.bytes());
  }

  private void claim(
      AccountProfile profile, Observation seen, byte[] census, Collector<byte[]> out) {
    long[] items = items(seen);
    byte[] kinds = new byte[items.length];
    boolean isNamed = census != null;
    int size = 0;
    for (long item : items) {
      Sight sight = profile.sight(item, seen.at);
      if (sight != Sight.OLD) {
        items[size] = item;
        kinds[size] = kind(Trait.of(item), sight, seen);
        isNamed |= kinds[size] != Claims.COUNTED;
        size++;
      }
    }
    if (size == 0 && census == null) {
      return;
    }
    claims.inc(size);
    byte[] portrait = isNamed ? portrait(profile, seen) : null;
    routes.send(seen, items, kinds, size, portrait, census, out);
  }

  /** Most first sightings of wording are the only ones; one of an exchange is worth a name. */
  private static byte kind(Trait trait, Sight sight, Observation seen) {
    if (sight == Sight.FIRST && trait.isContent() && trait != Trait.PREFIX) {
      return Claims.COUNTED;
    }
    return isExemptByText(trait) && seen.publicText != null ? Claims.EXEMPT : Claims.NAMED;
  }

  private static long[] items(Observation seen) {
    long[] relations = new long[3];
    int known = 0;
    if (seen.payment != 0) {
      relations[known++] = Trait.PAYMENT.key(seen.payment);
    }
    if (seen.device != 0) {
      relations[known++] = Trait.DEVICE.key(seen.device);
    }
    if (seen.network != 0) {
      relations[known++] = network(seen.network, seen.hosting);
    }
    return Longs.concat(Arrays.copyOf(relations, known), seen.contents);
  }

  private static long network(long network, boolean isHosted) {
    return (isHosted ? Trait.HOSTED_NETWORK : Trait.NETWORK).key(network);
  }

  /** A published text exempts the wording that it may have caused, and no other. */
  private static boolean isExemptByText(Trait trait) {
    return trait == Trait.PREFIX || trait == Trait.SYSTEM || trait == Trait.SHINGLE;
  }

  /** What an account's traits are now, and no more. */
  private static byte[] census(AccountProfile profile, boolean isNew) {
    long[] now = common(profile);
    long[] come = new long[now.length];
    long[] gone = new long[now.length];
    int comes = 0;
    int goes = 0;
    for (int i = 0; i < now.length; i++) {
      long before = profile.told(i);
      if (before == now[i]) {
        continue;
      }
      if (before != 0) {
        gone[goes++] = before;
      }
      if (now[i] != 0) {
        come[comes++] = now[i];
      }
      profile.setTold(i, now[i]);
    }
    return Claims.census(isNew, Arrays.copyOf(gone, goes), Arrays.copyOf(come, comes));
  }

  /** The traits that many accounts have, so that everybody is counted; 0 for one not known. */
  private static long[] common(AccountProfile profile) {
    long[] traits = new long[AccountProfile.TOLD];
    long created = profile.createdAt();
    if (created != 0) {
      traits[0] = Trait.CREATED_HOUR.key(TimeUnit.MILLISECONDS.toHours(created));
      traits[1] = Trait.CREATED_DAY.key(TimeUnit.MILLISECONDS.toDays(created));
    }
    // Whoever starts when the account is made says nothing more by it.
    if (created != 0 && profile.firstSeen() - created >= A_DAY) {
      traits[2] = Trait.ACTIVATED.key(TimeUnit.MILLISECONDS.toHours(profile.firstSeen()));
    }
    if (profile.pivotAt() != 0) {
      traits[3] =
          Trait.PIVOT.key(profile.model() + TimeUnit.MILLISECONDS.toHours(profile.pivotAt()));
    }
    long count = profile.count();
    long span = profile.lastSeen() - profile.firstSeen();
    if (count >= ENOUGH && span >= LONG_ENOUGH) {
      double daily = count * (double) A_DAY / span;
      traits[4] = Trait.RATE.key(Math.round(RATES_PER_DOUBLING * Math.log(daily) / Math.log(2)));
    }
    double unevenness = profile.unevenness(ENOUGH_PAUSES);
    if (unevenness >= 0) {
      traits[5] =
          unevenness < UNEVENNESS_OF_CHANCE ? Trait.PACE.key((long) (4 * unevenness)) : UNEVEN;
    }
    for (int i = 0; i < 5 && count >= ENOUGH; i++) {
      if (profile.capability(i) >= NARROW * count) {
        traits[6] = Trait.CAPABILITY.key(i);
      }
    }
    if (count >= ENOUGH && profile.elicitations() >= MOSTLY * count) {
      traits[7] = Trait.ELICITS.key(1);
    }
    return traits;
  }

  private static byte[] portrait(AccountProfile profile, Observation seen) {
    Portrait portrait = new Portrait();
    portrait.key = seen.key;
    portrait.tenant = seen.tenant;
    portrait.account = seen.account;
    portrait.payer = profile.payment() == 0 ? seen.tenantKey : profile.payment();
    portrait.at = seen.at;
    portrait.exchanges = profile.count();
    portrait.verified = seen.verified;
    portrait.mean = profile.mean(ENOUGH_TEXTS);
    portrait.texts = profile.texts();
    // As last told and not as of now: what nobody else could tell yet would look rare.
    long[] traits = new long[AccountProfile.TOLD + 3];
    int next = 0;
    while (next < AccountProfile.TOLD) {
      traits[next] = profile.told(next);
      next++;
    }
    if (profile.payment() != 0) {
      traits[next++] = Trait.PAYMENT.key(profile.payment());
    }
    if (profile.device() != 0) {
      traits[next++] = Trait.DEVICE.key(profile.device());
    }
    if (profile.network() != 0) {
      traits[next++] = network(profile.network(), profile.isHosted());
    }
    portrait.traits = Arrays.stream(traits).filter(trait -> trait != 0).toArray();
    return Claims.portrait(seen.publicText, portrait);
  }

  private void findRelay(AccountProfile profile, Observation seen, Context context) {
    // Asked now and then, for the sketches are slow to read and a relay is one all day.
    if (profile.count() % 16 != 0) {
      return;
    }
    List<Evidence> evidence = Relay.evidence(profile);
    if (evidence.size() >= Relay.KINDS && profile.isRelayAlertDue(seen.at, RELAY_ALERT_DAYS)) {
      String id = "account-%016x".formatted(seen.key);
      context.output(
          RELAYS,
          AbuseAlert.newBuilder()
              .setAlertId(id + "-" + TimeUnit.MILLISECONDS.toDays(seen.at))
              .setKind(AlertKind.ACCOUNT)
              .setClusterId(id)
              .setTenant(seen.tenant)
              .setRaisedAt(Instant.ofEpochMilli(seen.at))
              .setScore(evidence.size() / 5.0)
              .setAccountsAdded(List.of(seen.account))
              .setTenantsAdded(List.of(seen.tenant))
              .setAccountCount(1)
              .setEvidence(evidence)
              .setRecommendedAction(RecommendedAction.REVIEW)
              .setSuppressedBy(seen.verified)
              .build());
    }
  }

  private static Tally tally(Observation seen) {
    Tally tally = new Tally();
    tally.tenant = seen.tenant;
    tally.at = seen.at;
    tally.country = seen.country;
    tally.language = seen.language;
    return tally;
  }
}
