package io.dualtrack.policy.control;

import io.dualtrack.policy.CompiledBundle;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.Fingerprints;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.VolumeState;
import io.dualtrack.schemas.prices.PriceBook;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** All control records at one moment. Immutable; threads share it. */
public final class ControlSnapshot {

  private static final Comparator<Offering> API_FIRST =
      Comparator.comparing((Offering offering) -> offering.getLane() == Lane.API ? 0 : 1)
          .thenComparing(Offering::getId);

  private final long version;
  private final Map<String, TenantContract> tenants;
  private final Map<String, Offering> offerings;
  private final Map<String, List<Offering>> byModel;
  private final String catalogueFingerprint;
  private final Optional<CompiledBundle> bundle;
  private final Set<String> alertingRules;
  private final Suspensions suspensions;
  private final ReachedVolumes volumes;
  private final PriceBook prices;
  private final List<AbuseExemption> exemptions;
  private final Moves moves;
  private final NavigableSet<Instant> boundaries = new TreeSet<>();

  ControlSnapshot(
      long version,
      Map<String, TenantContract> tenants,
      Map<String, Offering> offerings,
      Collection<CompiledBundle> bundles,
      Collection<Suspension> suspensions,
      Collection<VolumeState> volumes,
      PriceBook prices,
      Collection<AbuseExemption> exemptions,
      Moves moves) {
    this.version = version;
    this.tenants = new HashMap<>(tenants);
    this.offerings = new HashMap<>(offerings);
    this.byModel =
        this.offerings.values().stream()
            .sorted(API_FIRST)
            .collect(Collectors.groupingBy(Offering::getModel));
    this.catalogueFingerprint = Fingerprints.of(this.offerings.values());
    this.bundle =
        bundles.stream()
            .max(
                Comparator.comparing((CompiledBundle each) -> each.standing().trusted())
                    .thenComparing(each -> each.bundle().getPublishedAt())
                    .thenComparing(each -> each.bundle().getId()));
    this.alertingRules = bundle.map(CompiledBundle::alerting).orElse(Set.of());
    this.suspensions = new Suspensions(suspensions);
    this.volumes = new ReachedVolumes(volumes);
    this.prices = prices;
    this.exemptions = List.copyOf(exemptions);
    this.moves = moves;
    for (Offering offering : this.offerings.values()) {
      addBoundaries(offering.getEffectiveFrom(), offering.getEffectiveTo());
      offering.getAttestationExpiry().forEach(each -> boundaries.add(each.getExpires()));
    }
    bundle.ifPresent(
        each -> {
          boundaries.addAll(each.boundaries());
          boundaries.add(each.standing().until());
        });
  }

  private void addBoundaries(Instant from, Instant to) {
    boundaries.add(from);
    if (to != null) {
      boundaries.add(to);
    }
  }

  /** Grows with every change that this process has seen; means nothing outside of it. */
  public long version() {
    return version;
  }

  public Optional<TenantContract> tenant(String id) {
    return Optional.ofNullable(tenants.get(id));
  }

  public Optional<Offering> offering(String id) {
    return Optional.ofNullable(offerings.get(id));
  }

  /** Offerings of a model, the API lane first, then by id. */
  public List<Offering> offeringsOf(String model) {
    return byModel.getOrDefault(model, List.of());
  }

  /** Of all offerings together; see {@link Fingerprints}. */
  public String catalogueFingerprint() {
    return catalogueFingerprint;
  }

  /** The rules in force: of all trusted bundles the one that was published last. */
  public Optional<CompiledBundle> bundle() {
    return bundle;
  }

  /** Ids of the rules in force whose rejections are told to people at once. */
  public Set<String> alertingRules() {
    return alertingRules;
  }

  /** Version of the bundle in force; empty text where there is none. */
  public String policyVersion() {
    return bundle.map(each -> each.bundle().getVersion()).orElse("");
  }

  public Suspensions suspensions() {
    return suspensions;
  }

  public ReachedVolumes volumes() {
    return volumes;
  }

  /** Read only where a hard budget holds a request, or a copy of it is to be made. */
  public PriceBook prices() {
    return prices;
  }

  /** What the search for abuse leaves alone, whenever. */
  public List<AbuseExemption> exemptions() {
    return exemptions;
  }

  /** What takes requests from one offering to another, step by step. */
  public Moves moves() {
    return moves;
  }

  /** The system message of a tenant's contract; null where it has none. */
  public String complianceInstruction(String tenant) {
    TenantContract contract = tenants.get(tenant);
    return contract == null ? null : contract.tenant().getComplianceInstruction();
  }

  /** Whether nothing of a tenant is to be answered any more. */
  public boolean cutOff(String tenant) {
    TenantContract contract = tenants.get(tenant);
    return contract == null || contract.cutOff() || suspensions.ofTenant(tenant).isPresent();
  }

  /** The next moment after {@code at} at which a decision may change without any new record. */
  public Instant nextBoundary(Instant at) {
    Instant next = boundaries.higher(at);
    return next == null ? Instant.MAX : next;
  }
}
