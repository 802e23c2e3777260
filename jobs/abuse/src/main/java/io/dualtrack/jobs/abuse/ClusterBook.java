package io.dualtrack.jobs.abuse;

import io.dualtrack.schemas.AbuseAlert;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The clusters, and which account is in which; an account is in one at most. Those that an
 * exemption covers are a book of their own, one for each exemption.
 */
final class ClusterBook {

  /** Clusters that share this part of the smaller one, and at least two accounts, are one. */
  private static final double SAME = 0.2;

  private final AbuseThresholds thresholds;
  private final String exemption;
  private final Map<String, Cluster> clusters = new LinkedHashMap<>();
  private final Map<Long, String> clusterOf = new HashMap<>();

  /**
   * @param exemption empty for clusters in force
   */
  ClusterBook(AbuseThresholds thresholds, String exemption) {
    this.thresholds = thresholds;
    this.exemption = exemption;
  }

  /** Whether what was found is a cluster that is known. */
  boolean knows(Verdict verdict) {
    return !touched(verdict.named()).isEmpty();
  }

  /** Enters what was found under an item; an alert if it is news. */
  Optional<AbuseAlert> enter(long item, Verdict verdict, long at) {
    Cluster cluster = clusterFor(item, verdict.named(), at);
    cluster.lastSeen = Math.max(cluster.lastSeen, at);
    List<String> added = new ArrayList<>();
    absorb(cluster, verdict.named(), added);
    for (Portrait member : verdict.named()) {
      if (clusterOf.putIfAbsent(member.key, cluster.id) == null) {
        String account = member.tenant + "\n" + member.account;
        cluster.accounts.put(member.key, account);
        added.add(account);
      }
    }
    if (added.isEmpty()) {
      return Optional.empty();
    }
    cluster.find(verdict.findings());
    cluster.strength = Math.max(cluster.strength, verdict.strength());
    cluster.alerts++;
    added.sort(null);
    return Optional.of(
        AlertWriter.alert(cluster, added, verdict.named(), at, exemption, thresholds));
  }

  private Cluster clusterFor(long item, List<Portrait> named, long at) {
    return touched(named).stream()
        .map(Map.Entry::getKey)
        .map(clusters::get)
        .min(Comparator.<Cluster>comparingLong(each -> each.since).thenComparing(each -> each.id))
        .orElseGet(() -> open(item, named, at));
  }

  private Cluster open(long item, List<Portrait> named, long at) {
    long first = named.stream().mapToLong(member -> member.key).min().orElseThrow();
    String id = "%016x".formatted(Trait.mix(item ^ Trait.mix(first)));
    String whole = exemption.isEmpty() ? "cluster-" + id : "exempt-" + id;
    return clusters.computeIfAbsent(whole, name -> new Cluster(name, at));
  }

  /** Clusters that have enough of these accounts to be the same. */
  private List<Map.Entry<String, Integer>> touched(List<Portrait> named) {
    Map<String, Integer> shared = new LinkedHashMap<>();
    for (Portrait member : named) {
      String known = clusterOf.get(member.key);
      if (known != null) {
        shared.merge(known, 1, Integer::sum);
      }
    }
    return shared.entrySet().stream()
        .filter(each -> isSame(each.getValue(), named.size(), clusters.get(each.getKey())))
        .toList();
  }

  private static boolean isSame(int shared, int named, Cluster cluster) {
    return shared >= 2 && shared >= SAME * Math.min(named, cluster.accounts.size());
  }

  private void absorb(Cluster cluster, List<Portrait> named, List<String> added) {
    for (Map.Entry<String, Integer> each : touched(named)) {
      if (each.getKey().equals(cluster.id)) {
        continue;
      }
      Cluster younger = clusters.remove(each.getKey());
      younger.accounts.forEach(
          (key, account) -> {
            clusterOf.put(key, cluster.id);
            cluster.accounts.put(key, account);
            added.add(account);
          });
      cluster.find(younger.findings);
    }
  }

  /** Clusters of which nothing was seen since then are closed. */
  void forgetBefore(long time) {
    clusters.values().removeIf(cluster -> cluster.lastSeen < time);
    clusterOf.values().removeIf(id -> !clusters.containsKey(id));
  }

  void write(DataOutput out) throws IOException {
    out.writeInt(clusters.size());
    for (Cluster cluster : clusters.values()) {
      cluster.write(out);
    }
  }

  void read(DataInput in) throws IOException {
    for (int left = in.readInt(); left > 0; left--) {
      Cluster cluster = Cluster.read(in);
      clusters.put(cluster.id, cluster);
      cluster.accounts.keySet().forEach(key -> clusterOf.put(key, cluster.id));
    }
  }
}
