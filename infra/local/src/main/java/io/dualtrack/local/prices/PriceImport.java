package io.dualtrack.local.prices;

import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.TierFactor;
import io.dualtrack.schemas.TokenClass;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * What a price file changes: which offerings get which rates from when. Nothing of the file and no
 * offering is left out silently: what is not taken is said, with the reason.
 */
public final class PriceImport {

  /** Decimals of a rate on the topic. */
  static final int SCALE = 18;

  private static final String CURRENCY = "USD";

  /**
   * What would be published.
   *
   * @param prices whole records, of those offerings only whose rates differ
   * @param changes every rate that differs
   * @param unchanged offerings whose rates in force are the file's already
   * @param left what was not taken, each as what it is about and why
   * @param notes what was taken and still should be looked at
   * @param unused keys of the file that no offering refers to
   */
  public record Plan(
      List<Price> prices,
      List<RateChange> changes,
      List<String> unchanged,
      List<Remark> left,
      List<Remark> notes,
      Set<String> unused) {}

  /**
   * @param about an offering
   */
  public record Remark(String about, String text) {}

  private final LiteLlmFile file;
  private final List<Price> published;
  private final Instant from;

  private final List<Price> prices = new ArrayList<>();
  private final List<RateChange> changes = new ArrayList<>();
  private final List<String> unchanged = new ArrayList<>();
  private final List<Remark> left = new ArrayList<>();
  private final List<Remark> notes = new ArrayList<>();
  private final Set<String> unused;

  private PriceImport(LiteLlmFile file, List<Price> published, Instant from) {
    this.file = file;
    this.published = published;
    this.from = from;
    this.unused = new TreeSet<>(file.models().keySet());
  }

  /**
   * @param offerings those that are to be priced
   * @param map sources by offering, which go before price references
   * @param published all price records
   * @param from when the file's prices come into effect
   */
  public static Plan plan(
      LiteLlmFile file,
      Collection<Offering> offerings,
      Map<String, PriceSource> map,
      List<Price> published,
      Instant from) {
    PriceImport plan = new PriceImport(file, published, from);
    for (Offering offering : offerings) {
      Optional<PriceSource> source =
          Optional.ofNullable(map.get(offering.getId())).or(() -> PriceSource.of(offering));
      if (source.isEmpty()) {
        plan.leave(offering, why(offering));
      } else {
        plan.take(offering, source.get());
      }
    }
    Set<String> known = new TreeSet<>(map.keySet());
    offerings.forEach(offering -> known.remove(offering.getId()));
    known.forEach(
        id -> plan.left.add(new Remark(id, "the map names it, but it is not among the offerings")));
    return new Plan(plan.prices, plan.changes, plan.unchanged, plan.left, plan.notes, plan.unused);
  }

  private static String why(Offering offering) {
    String reference = offering.getPriceReference();
    return reference == null
        ? "no price reference; name its key with --map"
        : "its price reference names no key of LiteLLM's file: " + reference;
  }

  private void take(Offering offering, PriceSource source) {
    Optional<LiteLlmFile.Model> found = file.model(source.key());
    if (found.isEmpty()) {
      leave(offering, "the file has no '%s'".formatted(source.key()));
      return;
    }
    LiteLlmFile.Model model = found.get();
    unused.remove(source.key());
    model.left().forEach(reason -> notes.add(new Remark(offering.getId(), "not taken: " + reason)));
    noteUplift(offering, source, model);
    SortedMap<PriceField, BigDecimal> rates = RateTable.sorted();
    for (Map.Entry<PriceField, BigDecimal> rate : model.rates().entrySet()) {
      BigDecimal amount = rate.getValue().multiply(source.multiplier()).stripTrailingZeros();
      if (amount.scale() > SCALE) {
        leave(offering, "%s has more than %d decimals: %s".formatted(rate.getKey(), SCALE, amount));
        return;
      }
      rates.put(rate.getKey(), amount.setScale(SCALE, RoundingMode.UNNECESSARY));
    }
    for (TokenClass needed : List.of(TokenClass.UNCACHED_INPUT, TokenClass.OUTPUT)) {
      if (!rates.containsKey(new PriceField(needed, PriceField.STANDARD, 0))) {
        leave(offering, "'%s' has no standard price of %s".formatted(source.key(), needed));
        return;
      }
    }
    publish(offering, rates);
  }

  /** A tier that prices some classes and not others leaves the others unpriced. */
  private void noteGaps(Offering offering, SortedMap<PriceField, BigDecimal> rates) {
    Map<String, Set<TokenClass>> byTier = new HashMap<>();
    rates
        .keySet()
        .forEach(
            field ->
                byTier.computeIfAbsent(field.tier(), t -> new TreeSet<>()).add(field.tokenClass()));
    Set<TokenClass> standard = byTier.get(PriceField.STANDARD);
    byTier.forEach(
        (tier, classes) -> {
          Set<TokenClass> missing = new TreeSet<>(standard);
          missing.removeAll(classes);
          if (!missing.isEmpty()) {
            notes.add(
                new Remark(
                    offering.getId(),
                    "tier %s has no price of %s: such tokens stay unpriced"
                        .formatted(tier, missing)));
          }
        });
  }

  private void noteUplift(Offering offering, PriceSource source, LiteLlmFile.Model model) {
    if (offering.getProcessingRegions().size() != 1) {
      return;
    }
    String region = offering.getProcessingRegions().get(0);
    BigDecimal said = model.uplifts().get(region);
    if (said != null && said.compareTo(source.uplift()) != 0) {
      notes.add(
          new Remark(
              offering.getId(),
              "the file's uplift for %s is %s, the one applied is %s"
                  .formatted(region, said, source.uplift())));
    }
  }

  private void publish(Offering offering, SortedMap<PriceField, BigDecimal> rates) {
    String id = offering.getId();
    Optional<Price> before = RateTable.inForce(published, id, from);
    before.ifPresent(base -> fill(base, rates));
    noteGaps(offering, rates);
    Price price = PriceRecords.record(id, CURRENCY, from, before, rates);
    List<RateChange> different =
        RateTable.changes(
            id, before.map(RateTable::of).orElseGet(RateTable::sorted), RateTable.of(price));
    if (different.isEmpty()) {
      unchanged.add(id);
      return;
    }
    changes.addAll(different);
    prices.add(price);
    RateTable.takenOver(published, id, from)
        .ifPresent(
            later ->
                notes.add(
                    new Remark(id, "a price published earlier takes over at %s".formatted(later))));
  }

  /** Where the file prices a part of a tier only, the factor in force prices the rest. */
  private static void fill(Price base, SortedMap<PriceField, BigDecimal> rates) {
    SortedMap<PriceField, BigDecimal> standard = RateTable.sorted();
    standard.putAll(rates);
    for (TierFactor tier : base.getTierFactors()) {
      if (standard.keySet().stream().anyMatch(field -> field.tier().equals(tier.getTier()))) {
        RateTable.derive(rates, tier, standard, tier.getFactor());
      }
    }
  }

  private void leave(Offering offering, String reason) {
    left.add(new Remark(offering.getId(), reason));
  }
}
