package io.dualtrack.jobs.abuse;

import com.google.common.hash.Hashing;
import io.dualtrack.jobs.abuse.Relation.Kind;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.RecommendedAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Joins the two kinds of evidence, for one relation at a time: the accounts that share a means of
 * payment, a device or a network, and among them those whose texts share content. Neither alone is
 * evidence: colleagues share networks, and users of one public tool share wording.
 *
 * <p>Most texts are like no other, so most content is seen once. What one relation remembers is
 * bounded: when it is full, the half that fewest accounts and least recent exchanges had is
 * dropped, which a template in use survives. Accounts of a piece of content are listed only until
 * they are enough for a cluster.
 *
 * <p>An account is reported once per relation, in the first cluster it is found in.
 */
final class Clusters extends KeyedProcessFunction<String, Tuple2<String, Exchange>, AbuseAlert> {

  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(Clusters.class);

  /** Clusters at least this many times as large as the threshold are not left to a review alone. */
  private static final int THROTTLE_AT = 4;

  private final AbuseThresholds thresholds;

  private transient MapState<String, Sighting> sightings;
  private transient MapState<String, String> clusterOf;
  private transient MapState<String, Cluster> clusters;
  private transient MapState<String, Long> networkUsers;
  private transient MapState<String, Integer> sizes;

  private transient Counter alerts;
  private transient Counter hubExchanges;
  private transient Counter prunings;
  private transient Counter unreported;

  Clusters(AbuseThresholds thresholds) {
    this.thresholds = thresholds;
  }

  @Override
  public void open(OpenContext context) {
    sightings = map("sightings", Types.POJO(Sighting.class));
    clusterOf = map("cluster of account", Types.STRING);
    clusters = map("clusters", Types.POJO(Cluster.class));
    networkUsers = map("users of network", Types.LONG);
    sizes = map("sizes", Types.INT);
    MetricGroup metrics = getRuntimeContext().getMetricGroup();
    alerts = metrics.counter("clusterAlerts");
    hubExchanges = metrics.counter("exchangesOfHubs");
    prunings = metrics.counter("prunings");
    unreported = metrics.counter("membersOverLimit");
  }

  /** State of relations that nobody uses any more goes away by itself. */
  private <V> MapState<String, V> map(String name, TypeInformation<V> type) {
    MapStateDescriptor<String, V> descriptor = new MapStateDescriptor<>(name, Types.STRING, type);
    descriptor.enableTimeToLive(
        StateTtlConfig.newBuilder(thresholds.window().multipliedBy(2)).build());
    return getRuntimeContext().getMapState(descriptor);
  }

  @Override
  public void processElement(
      Tuple2<String, Exchange> related, Context context, Collector<AbuseAlert> out)
      throws Exception {
    Relation relation = Relation.parse(related.f0);
    Exchange exchange = related.f1;
    String account = identity(exchange);
    if (relation.kind() == Kind.NETWORK && isHub(account, exchange)) {
      hubExchanges.inc();
      return;
    }
    Map<String, Set<String>> found = new LinkedHashMap<>();
    Map<Content.Kind, Long> evidence = new EnumMap<>(Content.Kind.class);
    for (Content content : Content.of(exchange.getFeatures())) {
      Sighting sighting = see(content, account, exchange);
      if (!isQualified(sighting)) {
        sightings.put(content.key(), sighting);
        continue;
      }
      evidence.merge(content.kind(), sighting.exchanges, Math::max);
      Set<String> accounts = new LinkedHashSet<>(sighting.accounts);
      accounts.add(account);
      if (sighting.cluster.isEmpty()) {
        sighting.cluster = clusterFor(accounts, found, relation, content);
        sighting.accounts = new ArrayList<>();
      }
      sightings.put(content.key(), sighting);
      found.computeIfAbsent(sighting.cluster, id -> new LinkedHashSet<>()).addAll(accounts);
    }
    for (Map.Entry<String, Set<String>> cluster : found.entrySet()) {
      report(cluster.getKey(), cluster.getValue(), relation, evidence, exchange)
          .ifPresent(out::collect);
    }
    prune();
  }

  /** Accounts of different tenants are different, whatever they are called. */
  private static String identity(Exchange exchange) {
    return exchange.getTenant() + "\n" + exchange.getAccount();
  }

  private static String accountId(String identity) {
    return identity.substring(identity.indexOf('\n') + 1);
  }

  private static String tenant(String identity) {
    return identity.substring(0, identity.indexOf('\n'));
  }

  private boolean isHub(String account, Exchange exchange) throws Exception {
    int users = size("users");
    if (users <= thresholds.networkAccounts() && !networkUsers.contains(account)) {
      users++;
      networkUsers.put(account, exchange.getAt().toEpochMilli());
      sizes.put("users", users);
      if (users > thresholds.networkAccounts()) {
        LOG.info("a network has too many accounts to be evidence; accounts={}", users);
      }
    }
    return users > thresholds.networkAccounts();
  }

  private Sighting see(Content content, String account, Exchange exchange) throws Exception {
    long at = exchange.getAt().toEpochMilli();
    Sighting known = sightings.get(content.key());
    Sighting sighting = new Sighting();
    if (known == null) {
      sizes.put("contents", size("contents") + 1);
    } else if (at - known.lastSeen <= thresholds.window().toMillis()) {
      sighting.exchanges = known.exchanges;
      sighting.lastSeen = known.lastSeen;
      sighting.cluster = known.cluster;
      sighting.accounts = new ArrayList<>(known.accounts);
    }
    sighting.exchanges++;
    sighting.lastSeen = Math.max(sighting.lastSeen, at);
    if (sighting.cluster.isEmpty()
        && sighting.accounts.size() < thresholds.exchanges()
        && !sighting.accounts.contains(account)) {
      sighting.accounts.add(account);
    }
    return sighting;
  }

  private boolean isQualified(Sighting sighting) {
    return !sighting.cluster.isEmpty()
        || (sighting.accounts.size() >= thresholds.accounts()
            && sighting.exchanges >= thresholds.exchanges());
  }

  /**
   * The cluster for content that has just become evidence: the one that an account of it is in
   * already, else the one that this exchange has just made, else a new one named after relation and
   * content.
   */
  private String clusterFor(
      Set<String> accounts, Map<String, Set<String>> found, Relation relation, Content content)
      throws Exception {
    for (String account : accounts) {
      String known = clusterOf.get(account);
      if (known != null) {
        return known;
      }
    }
    if (!found.isEmpty()) {
      return found.keySet().iterator().next();
    }
    return Hashing.sha256()
        .hashString(relation.key() + "\n" + content.key(), StandardCharsets.UTF_8)
        .toString()
        .substring(0, 24);
  }

  private Optional<AbuseAlert> report(
      String id,
      Set<String> accounts,
      Relation relation,
      Map<Content.Kind, Long> evidence,
      Exchange exchange)
      throws Exception {
    List<String> added = new ArrayList<>();
    int members = size("members");
    for (String account : accounts) {
      if (clusterOf.contains(account)) {
        continue;
      }
      if (members >= thresholds.membersPerRelation()) {
        unreported.inc();
        continue;
      }
      members++;
      clusterOf.put(account, id);
      added.add(account);
    }
    if (added.isEmpty()) {
      return Optional.empty();
    }
    sizes.put("members", members);
    Cluster cluster = grown(clusters.get(id), added);
    clusters.put(id, cluster);
    alerts.inc();
    return Optional.of(alert(id, cluster, added, relation, evidence, exchange.getAt()));
  }

  private static Cluster grown(Cluster known, List<String> added) {
    Cluster cluster = new Cluster();
    cluster.accounts = added.size() + (known == null ? 0 : known.accounts);
    cluster.alerts = 1 + (known == null ? 0 : known.alerts);
    String tenant = known == null ? tenant(added.get(0)) : known.tenant;
    cluster.tenant =
        added.stream().allMatch(account -> tenant(account).equals(tenant)) ? tenant : "";
    return cluster;
  }

  private AbuseAlert alert(
      String id,
      Cluster cluster,
      List<String> added,
      Relation relation,
      Map<Content.Kind, Long> evidence,
      Instant at) {
    List<Evidence> sentences = new ArrayList<>();
    evidence.forEach(
        (kind, exchanges) ->
            sentences.add(
                new Evidence(
                    "S1", "accounts sent %s in %d exchanges".formatted(kind.words(), exchanges))));
    sentences.add(
        new Evidence(
            "S4", "%d accounts share one %s".formatted(cluster.accounts, relation.kind().words())));
    boolean isLarge = cluster.accounts >= THROTTLE_AT * thresholds.accounts();
    return new AbuseAlert(
        id + "-" + cluster.alerts,
        AlertKind.CLUSTER,
        id,
        cluster.tenant.isEmpty() ? null : cluster.tenant,
        at,
        score(cluster.accounts),
        added.stream().map(Clusters::accountId).toList(),
        cluster.accounts,
        sentences,
        isLarge ? RecommendedAction.THROTTLE : RecommendedAction.REVIEW,
        null,
        added.stream().map(Clusters::tenant).toList());
  }

  /** 0.5 for a cluster that just reaches the threshold, towards 1 as it grows beyond. */
  private double score(int accounts) {
    return (double) accounts / (accounts + thresholds.accounts());
  }

  private void prune() throws Exception {
    if (size("contents") <= thresholds.contentsPerRelation()) {
      return;
    }
    record Kept(String content, int accounts, long lastSeen) {}
    List<Kept> all = new ArrayList<>();
    for (Map.Entry<String, Sighting> entry : sightings.entries()) {
      Sighting sighting = entry.getValue();
      int accounts = sighting.cluster.isEmpty() ? sighting.accounts.size() : Integer.MAX_VALUE;
      all.add(new Kept(entry.getKey(), accounts, sighting.lastSeen));
    }
    all.sort(
        Comparator.comparingInt(Kept::accounts)
            .thenComparingLong(Kept::lastSeen)
            .thenComparing(Kept::content));
    int excess = Math.max(0, all.size() - thresholds.contentsPerRelation() / 2);
    for (Kept dropped : all.subList(0, excess)) {
      sightings.remove(dropped.content());
    }
    sizes.put("contents", all.size() - excess);
    prunings.inc();
  }

  private int size(String what) throws Exception {
    Integer known = sizes.get(what);
    return known == null ? 0 : known;
  }
}
