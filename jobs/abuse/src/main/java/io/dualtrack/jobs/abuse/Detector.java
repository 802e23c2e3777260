package io.dualtrack.jobs.abuse;

import io.dualtrack.schemas.AbuseAlert;
import it.unimi.dsi.fastutil.longs.Long2ObjectLinkedOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2ObjectMap;
import it.unimi.dsi.fastutil.longs.LongLinkedOpenHashSet;
import it.unimi.dsi.fastutil.longs.LongSet;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Gathers the accounts of each shared item and examines them as they grow. Time is that of the
 * exchanges, and nothing here depends on anything but the claims and their order.
 */
final class Detector {

  private static final double GROWN = 1.25;

  /** Up to this size a cohort is examined with every account that joins. */
  private static final int SMALL = 32;

  /** For so many members more the time until the next examination grows by that of a small one. */
  private static final int LARGE = 2_000;

  private static final long AGAIN_AFTER = TimeUnit.HOURS.toMillis(1);
  private static final long AGAIN_AFTER_FIND = TimeUnit.MINUTES.toMillis(5);
  private static final long CHANGES_EVERY = TimeUnit.MINUTES.toMillis(15);
  private static final long FORGET_EVERY = TimeUnit.HOURS.toMillis(6);

  private final AbuseThresholds thresholds;
  private final Long2ObjectMap<Portrait> portraits = new Long2ObjectLinkedOpenHashMap<>();
  private final Long2ObjectMap<Cohort> cohorts = new Long2ObjectLinkedOpenHashMap<>();
  private final FalseDiscovery discoveries;
  private final Map<String, ClusterBook> books = new TreeMap<>();
  private Population population = new Population();

  /** Groups of a relation whose members' traits have changed since {@link #changesExaminedAt}. */
  private final LongSet changed = new LongLinkedOpenHashSet();

  /** Of the claim before, for one exchange claims up to 18 items; null where it is not known. */
  private Portrait latest;

  private long changesExaminedAt;
  private long now = Long.MIN_VALUE;
  private long forgotAt = Long.MIN_VALUE;

  Detector(AbuseThresholds thresholds) {
    this.thresholds = thresholds;
    this.discoveries = new FalseDiscovery(thresholds.falseDiscoveries());
  }

  void process(Claim claim, Consumer<AbuseAlert> out) {
    now = Math.max(now, claim.at);
    forget();
    examineChanged(out);
    if (claim.item == 0) {
      population.add(claim);
      Portrait told = portraits.get(claim.account);
      if (told != null) {
        told.become(claim.portrait);
        if (claim.come.length > 0) {
          change(told);
        }
      }
      return;
    }
    Cohort cohort = cohorts.get(claim.item);
    if (cohort == null) {
      cohort = new Cohort(claim.item);
      cohorts.put(claim.item, cohort);
    }
    cohort.accounts = Math.max(cohort.accounts, claim.accounts);
    cohort.lastSeen = Math.max(cohort.lastSeen, claim.at);
    if (claim.portrait == null) {
      return;
    }
    Portrait portrait = latest;
    if (portrait == null || portrait.key != claim.account) {
      Portrait known = portraits.putIfAbsent(claim.account, claim.portrait);
      portrait = known == null ? claim.portrait : known;
      latest = portrait;
    }
    portrait.become(claim.portrait);
    cohort.members.putIfAbsent(claim.account, portrait);
    cohort.claims++;
    if (claim.exemption != null) {
      cohort.exemptClaims++;
      cohort.exemption = claim.exemption;
    }
    if (isDue(cohort)) {
      examine(cohort, out);
    }
  }

  /** What an account shows only in the course of a day concerns those it shares a card with. */
  private void change(Portrait portrait) {
    for (long trait : portrait.traits) {
      Cohort cohort = cohorts.get(trait);
      if (cohort != null
          && cohort.members.size() >= thresholds.accounts()
          && cohort.members.containsKey(portrait.key)) {
        changed.add(trait);
      }
    }
  }

  /** Once in a while for all, for the members of a group change one after the other. */
  private void examineChanged(Consumer<AbuseAlert> out) {
    if (now - changesExaminedAt < CHANGES_EVERY) {
      return;
    }
    changesExaminedAt = now;
    for (long item : changed) {
      Cohort cohort = cohorts.get(item);
      if (cohort != null) {
        examine(cohort, out);
      }
    }
    changed.clear();
  }

  private boolean isDue(Cohort cohort) {
    int size = cohort.members.size();
    if (size < thresholds.accounts()) {
      return false;
    }
    // An examination looks at everybody, so that large groups wait in proportion.
    long since = (now - cohort.examinedAt) / (1 + size / LARGE);
    return cohort.examinedSize == 0
        || size >= GROWN * cohort.examinedSize
        || (size > cohort.examinedSize && size <= SMALL)
        || since >= AGAIN_AFTER
        || (cohort.hasNamed && size > cohort.examinedSize && since >= AGAIN_AFTER_FIND);
  }

  private void examine(Cohort cohort, Consumer<AbuseAlert> out) {
    cohort.examinedAt = now;
    cohort.examinedSize = cohort.members.size();
    List<Portrait> members = List.copyOf(cohort.members.values());
    Verdict verdict =
        new Examination(population, thresholds, this::accountsOf)
            .of(cohort.kind(), cohort.accounts, members);
    boolean wasFirst = cohort.step > 0;
    count(cohort, 0);
    int step = FalseDiscovery.step(verdict.probability());
    if (verdict.named().size() < thresholds.accounts() || !discoveries.isDiscovery(step)) {
      return;
    }
    boolean isFirst = enter(cohort, verdict, out);
    if (wasFirst || isFirst) {
      count(cohort, step);
    }
  }

  private void count(Cohort cohort, int step) {
    discoveries.examine(cohort.step, step);
    cohort.step = step;
  }

  private long accountsOf(long item) {
    Cohort cohort = cohorts.get(item);
    return cohort == null ? 1 : cohort.accounts;
  }

  /**
   * Whoever is exempt is no evidence. What stays enough without them is an alert in force; what is
   * enough only with them is told as covered by their exemption, so that somebody can ask why.
   *
   * @return whether nothing was known of the cluster
   */
  private boolean enter(Cohort cohort, Verdict verdict, Consumer<AbuseAlert> out) {
    String exemption = 2 * cohort.exemptClaims > cohort.claims ? cohort.exemption : "";
    List<Portrait> accountable = new ArrayList<>();
    Map<String, Integer> exempt = new TreeMap<>();
    for (Portrait member : verdict.named()) {
      if (member.verified == null) {
        accountable.add(member);
      } else {
        exempt.merge(member.verified, 1, Integer::sum);
      }
    }
    if (exemption.isEmpty() && isEnough(accountable)) {
      cohort.hasNamed = true;
      return enter(book(""), cohort, named(verdict, accountable), out);
    }
    if (isEnough(verdict.named())) {
      Optional<String> main =
          exempt.entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey);
      String cover = exemption.isEmpty() ? main.orElse("") : exemption;
      return enter(book(cover), cohort, verdict, out);
    }
    return false;
  }

  private boolean enter(
      ClusterBook book, Cohort cohort, Verdict verdict, Consumer<AbuseAlert> out) {
    boolean isNew = !book.knows(verdict);
    book.enter(cohort.item, verdict, now).ifPresent(out);
    return isNew;
  }

  private static Verdict named(Verdict verdict, List<Portrait> named) {
    return new Verdict(verdict.probability(), named, verdict.strength(), verdict.findings());
  }

  private boolean isEnough(List<Portrait> named) {
    long entities = named.stream().mapToLong(population::entity).distinct().count();
    long exchanges = named.stream().mapToLong(member -> member.exchanges).sum();
    return entities >= thresholds.accounts() && exchanges >= thresholds.exchanges();
  }

  private ClusterBook book(String exemption) {
    return books.computeIfAbsent(exemption, name -> new ClusterBook(thresholds, name));
  }

  private void forget() {
    if (forgotAt == Long.MIN_VALUE) {
      forgotAt = now;
    }
    if (now - forgotAt < FORGET_EVERY) {
      return;
    }
    forgotAt = now;
    long before = now - thresholds.window().toMillis();
    cohorts
        .values()
        .removeIf(
            cohort -> {
              if (cohort.lastSeen < before) {
                discoveries.forget(cohort.step);
                return true;
              }
              cohort.members.values().removeIf(member -> member.at < before);
              cohort.members.values().forEach(member -> member.keptAt = now);
              return false;
            });
    portraits.values().removeIf(portrait -> portrait.keptAt != now);
    latest = null;
    books.values().forEach(book -> book.forgetBefore(before));
  }

  int cohorts() {
    return cohorts.size();
  }

  int portraits() {
    return portraits.size();
  }

  void write(DataOutput out) throws IOException {
    out.writeLong(now);
    out.writeLong(forgotAt);
    out.writeLong(changesExaminedAt);
    out.writeInt(changed.size());
    for (long item : changed) {
      out.writeLong(item);
    }
    population.write(out);
    discoveries.write(out);
    out.writeInt(portraits.size());
    for (Portrait portrait : portraits.values()) {
      Portraits.write(portrait, out);
    }
    out.writeInt(cohorts.size());
    for (Cohort cohort : cohorts.values()) {
      cohort.write(out);
    }
    out.writeInt(books.size());
    for (Map.Entry<String, ClusterBook> book : books.entrySet()) {
      out.writeUTF(book.getKey());
      book.getValue().write(out);
    }
  }

  void read(DataInput in) throws IOException {
    now = in.readLong();
    forgotAt = in.readLong();
    changesExaminedAt = in.readLong();
    for (int left = in.readInt(); left > 0; left--) {
      changed.add(in.readLong());
    }
    population = Population.read(in);
    discoveries.read(in);
    for (int left = in.readInt(); left > 0; left--) {
      Portrait portrait = Portraits.read(in);
      portraits.put(portrait.key, portrait);
    }
    for (int left = in.readInt(); left > 0; left--) {
      Cohort cohort = Cohort.read(in, portraits);
      cohorts.put(cohort.item, cohort);
    }
    for (int left = in.readInt(); left > 0; left--) {
      book(in.readUTF()).read(in);
    }
  }
}
