package io.dualtrack.jobs.abuse;

import io.dualtrack.jobs.abuse.Verdict.Finding;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/** Accounts that were named together, and what has been found of them. */
final class Cluster {

  final String id;
  final long since;

  /** Accounts by their keys: tenant, line break, account. */
  final Map<Long, String> accounts = new TreeMap<>();

  final Map<Trait, Finding> findings = new EnumMap<>(Trait.class);
  int alerts;
  double strength;
  long lastSeen;

  Cluster(String id, long since) {
    this.id = id;
    this.since = since;
  }

  void find(Map<Trait, Finding> found) {
    found.forEach(
        (trait, finding) ->
            findings.merge(trait, finding, (a, b) -> b.accounts() >= a.accounts() ? b : a));
  }

  void write(DataOutput out) throws IOException {
    out.writeUTF(id);
    out.writeLong(since);
    out.writeInt(alerts);
    out.writeDouble(strength);
    out.writeLong(lastSeen);
    out.writeInt(accounts.size());
    for (Map.Entry<Long, String> account : accounts.entrySet()) {
      out.writeLong(account.getKey());
      out.writeUTF(account.getValue());
    }
    out.writeInt(findings.size());
    for (Map.Entry<Trait, Finding> each : findings.entrySet()) {
      out.writeUTF(each.getKey().name());
      out.writeInt(each.getValue().accounts());
      out.writeInt(each.getValue().of());
      out.writeInt(each.getValue().values());
      out.writeDouble(each.getValue().expected());
    }
  }

  static Cluster read(DataInput in) throws IOException {
    Cluster cluster = new Cluster(in.readUTF(), in.readLong());
    cluster.alerts = in.readInt();
    cluster.strength = in.readDouble();
    cluster.lastSeen = in.readLong();
    for (int left = in.readInt(); left > 0; left--) {
      long key = in.readLong();
      cluster.accounts.put(key, in.readUTF());
    }
    for (int left = in.readInt(); left > 0; left--) {
      Trait trait = Trait.valueOf(in.readUTF());
      cluster.findings.put(
          trait, new Finding(in.readInt(), in.readInt(), in.readInt(), in.readDouble()));
    }
    return cluster;
  }
}
