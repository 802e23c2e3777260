package io.dualtrack.jobs.abuse;

import it.unimi.dsi.fastutil.longs.Long2IntLinkedOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2IntMap;
import it.unimi.dsi.fastutil.longs.LongLinkedOpenHashSet;
import it.unimi.dsi.fastutil.longs.LongSet;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What is usual: how many accounts there are, how many have each of the traits that many have, what
 * texts are about on the whole, and which tenants are organisations. It is what chance is reckoned
 * from.
 */
final class Population {

  /** A tenant with more payers than this is a marketplace of strangers; else it is one payer. */
  static final int PAYERS_OF_AN_ORGANISATION = 3;

  /** Whoever is active at all is seen within a day. */
  private static final int HOURS_OF_BEGINNING = 24;

  /** Who pays in a tenant, as far as that says whether it is an organisation. */
  static final class Payers {

    private final long tenant;
    private final LongSet known = new LongLinkedOpenHashSet(PAYERS_OF_AN_ORGANISATION + 1);

    /** At hand, for everybody in a group is asked. */
    private boolean isOrganisation = true;

    private Payers(String tenant) {
      this.tenant = Observe.key(tenant, "");
    }

    private void add(long payer) {
      if (isOrganisation) {
        known.add(payer);
        isOrganisation = known.size() <= PAYERS_OF_AN_ORGANISATION;
      }
    }
  }

  private final Long2IntMap having = new Long2IntLinkedOpenHashMap();
  private final int[] havingAny = new int[Trait.values().length];
  private final Map<String, Payers> payers = new LinkedHashMap<>();
  private final double[] vectorSum = new double[AccountProfile.DIMENSIONS];
  private final double[] squares = new double[AccountProfile.DIMENSIONS];
  private long vectors;
  private long accounts;
  private final Set<Long> beginning = new LinkedHashSet<>();

  /** Counts what an account has told about itself. */
  void add(Claim census) {
    Portrait portrait = census.portrait;
    if (census.isNew) {
      accounts++;
    }
    if (beginning.isEmpty()) {
      long hour = TimeUnit.MILLISECONDS.toHours(census.at);
      for (long each = hour - 1; each <= hour + HOURS_OF_BEGINNING; each++) {
        beginning.add(Trait.ACTIVATED.key(each));
      }
    }
    payers.computeIfAbsent(portrait.tenant, Payers::new).add(portrait.payer);
    for (long trait : census.come) {
      having.merge(trait, 1, Integer::sum);
      havingAny[Trait.of(trait).ordinal()]++;
    }
    for (long trait : census.gone) {
      having.merge(trait, -1, (count, one) -> count <= 1 ? null : count - 1);
      havingAny[Trait.of(trait).ordinal()]--;
    }
    if (portrait.mean.length == AccountProfile.DIMENSIONS) {
      vectors++;
      for (int i = 0; i < portrait.mean.length; i++) {
        vectorSum[i] += portrait.mean[i];
        squares[i] += portrait.mean[i] * portrait.mean[i];
      }
    }
  }

  /** Whether an hour of a first request is among the first that were watched. */
  boolean isFromTheBeginning(long activated) {
    return beginning.contains(activated);
  }

  long accounts() {
    return accounts;
  }

  /** Accounts with a trait that many have. */
  int having(long trait) {
    return having.get(trait);
  }

  /** Accounts of which a trait of this kind is known. */
  long havingAny(Trait kind) {
    return kind.isRareByNature() ? accounts : havingAny[kind.ordinal()];
  }

  /** Who stands behind an account: its organisation if it has one, else nobody but itself. */
  long entity(Portrait portrait) {
    if (portrait.payers == null && !portrait.tenant.isEmpty()) {
      portrait.payers = payers.get(portrait.tenant);
    }
    Payers known = portrait.payers;
    return known != null && known.isOrganisation ? known.tenant : portrait.key;
  }

  /** Mean vector over all accounts, times 256; zero while few are known. */
  double[] mean() {
    return Arrays.stream(vectorSum).map(sum -> sum / Math.max(1, vectors)).toArray();
  }

  /** Mean squared distance of an account's vector from {@link #mean}. */
  double variance() {
    return Math.max(1, Arrays.stream(variances()).sum());
  }

  /**
   * In how many independent directions accounts differ, (Σσ²)²/Σσ⁴, of which a quarter is believed,
   * for the dimensions are not quite independent of each other.
   */
  int directions() {
    double sum = 0;
    double ofSquares = 0;
    for (double variance : variances()) {
      sum += variance;
      ofSquares += variance * variance;
    }
    return (int) Math.max(1, sum * sum / Math.max(1e-9, ofSquares) / 4);
  }

  private double[] variances() {
    double[] mean = mean();
    double[] variances = new double[mean.length];
    for (int i = 0; i < mean.length; i++) {
      variances[i] = Math.max(0, squares[i] / Math.max(1, vectors) - mean[i] * mean[i]);
    }
    return variances;
  }

  long vectors() {
    return vectors;
  }

  void write(DataOutput out) throws IOException {
    out.writeLong(accounts);
    out.writeLong(vectors);
    for (int i = 0; i < vectorSum.length; i++) {
      out.writeDouble(vectorSum[i]);
      out.writeDouble(squares[i]);
    }
    for (int count : havingAny) {
      out.writeInt(count);
    }
    out.writeInt(beginning.size());
    for (long hour : beginning) {
      out.writeLong(hour);
    }
    out.writeInt(having.size());
    for (Long2IntMap.Entry each : having.long2IntEntrySet()) {
      out.writeLong(each.getLongKey());
      out.writeInt(each.getIntValue());
    }
    out.writeInt(payers.size());
    for (Map.Entry<String, Payers> each : payers.entrySet()) {
      out.writeUTF(each.getKey());
      out.writeInt(each.getValue().known.size());
      for (long payer : each.getValue().known) {
        out.writeLong(payer);
      }
    }
  }

  static Population read(DataInput in) throws IOException {
    Population population = new Population();
    population.accounts = in.readLong();
    population.vectors = in.readLong();
    for (int i = 0; i < population.vectorSum.length; i++) {
      population.vectorSum[i] = in.readDouble();
      population.squares[i] = in.readDouble();
    }
    for (int i = 0; i < population.havingAny.length; i++) {
      population.havingAny[i] = in.readInt();
    }
    for (int left = in.readInt(); left > 0; left--) {
      population.beginning.add(in.readLong());
    }
    for (int left = in.readInt(); left > 0; left--) {
      long trait = in.readLong();
      population.having.put(trait, in.readInt());
    }
    for (int left = in.readInt(); left > 0; left--) {
      String tenant = in.readUTF();
      Payers ofTenant = new Payers(tenant);
      population.payers.put(tenant, ofTenant);
      for (int payers = in.readInt(); payers > 0; payers--) {
        ofTenant.add(in.readLong());
      }
    }
    return population;
  }
}
