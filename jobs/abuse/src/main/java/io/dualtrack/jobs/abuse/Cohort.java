package io.dualtrack.jobs.abuse;

import it.unimi.dsi.fastutil.longs.Long2ObjectLinkedOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2ObjectMap;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** The accounts that share one item. */
final class Cohort {

  /** Most groups stay small. */
  private static final int FEW = 2;

  final long item;

  /** By the accounts' keys, in the order in which they came. */
  final Long2ObjectMap<Portrait> members = new Long2ObjectLinkedOpenHashMap<>(FEW);

  /** Estimate of all accounts with the item, members or not. */
  long accounts;

  long lastSeen;

  /** Claims under an exemption, and which. */
  int exemptClaims;

  int claims;
  String exemption = "";

  /** When the cohort was examined last, how large it was, and what came of it. */
  long examinedAt;

  int examinedSize;

  /** As {@link FalseDiscovery} counts it; above 0 where a cluster was found under it first. */
  int step = -1;

  boolean hasNamed;

  Cohort(long item) {
    this.item = item;
  }

  Trait kind() {
    return Trait.of(item);
  }

  void write(DataOutput out) throws IOException {
    out.writeLong(item);
    out.writeLong(accounts);
    out.writeLong(lastSeen);
    out.writeInt(exemptClaims);
    out.writeInt(claims);
    out.writeUTF(exemption);
    out.writeLong(examinedAt);
    out.writeInt(examinedSize);
    out.writeInt(step);
    out.writeBoolean(hasNamed);
    out.writeInt(members.size());
    for (long member : members.keySet()) {
      out.writeLong(member);
    }
  }

  /**
   * @param portraits of all members
   */
  static Cohort read(DataInput in, Long2ObjectMap<Portrait> portraits) throws IOException {
    Cohort cohort = new Cohort(in.readLong());
    cohort.accounts = in.readLong();
    cohort.lastSeen = in.readLong();
    cohort.exemptClaims = in.readInt();
    cohort.claims = in.readInt();
    cohort.exemption = in.readUTF();
    cohort.examinedAt = in.readLong();
    cohort.examinedSize = in.readInt();
    cohort.step = in.readInt();
    cohort.hasNamed = in.readBoolean();
    for (int left = in.readInt(); left > 0; left--) {
      long member = in.readLong();
      cohort.members.put(member, portraits.get(member));
    }
    return cohort;
  }
}
