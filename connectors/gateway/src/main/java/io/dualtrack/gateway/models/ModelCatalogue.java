package io.dualtrack.gateway.models;

import io.dualtrack.gateway.control.ControlSnapshot;
import io.dualtrack.gateway.models.ModelStanding.OfferingStanding;
import io.dualtrack.gateway.models.ModelStanding.Why;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.LiveDrill;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Tenant;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Says which models a tenant may use, and why not the rest, from contract, catalogue and kill
 * switch. Rules have the last word, on each request: what is usable here may still be refused
 * there.
 */
final class ModelCatalogue {

  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  private final Tenant tenant;
  private final ControlSnapshot control;
  private final Instant now;

  ModelCatalogue(Tenant tenant, ControlSnapshot control, Instant now) {
    this.tenant = tenant;
    this.control = control;
    this.now = now;
  }

  /** Every model of the contract and the catalogue, by name. */
  List<ModelStanding> all() {
    Map<String, ModelContract> contracts =
        tenant.getModels().stream()
            .collect(Collectors.toMap(ModelContract::getModel, Function.identity(), (a, b) -> a));
    TreeSet<String> names = new TreeSet<>(contracts.keySet());
    control.offerings().values().forEach(each -> names.add(each.getModel()));
    return names.stream().map(name -> standing(name, contracts.get(name))).toList();
  }

  Optional<ModelStanding> find(String model) {
    return all().stream().filter(each -> each.model().equals(model)).findFirst();
  }

  private ModelStanding standing(String model, ModelContract contract) {
    List<OfferingStanding> offerings =
        contract == null
            ? List.of()
            : Stream.concat(Stream.of(model), contract.getSubstitutes().stream())
                .distinct()
                .flatMap(name -> offeringsOf(name).map(each -> standing(each, contract)))
                .toList();
    List<Why> reasons = new ArrayList<>();
    if (contract == null) {
      reasons.add(
          new Why("NOT_IN_CONTRACT", "The organisation's contract does not name the model."));
    } else if (offerings.isEmpty()) {
      reasons.add(new Why("NO_OFFERING", "Nothing in the catalogue serves the model."));
    }
    return new ModelStanding(
        model,
        offeringsOf(model)
            .map(Offering::getEffectiveFrom)
            .min(Comparator.naturalOrder())
            .orElse(Instant.EPOCH),
        offerings,
        reasons);
  }

  private Stream<Offering> offeringsOf(String model) {
    return control.offerings().values().stream()
        .filter(each -> each.getModel().equals(model))
        .sorted(Comparator.comparing(Offering::getId));
  }

  private OfferingStanding standing(Offering offering, ModelContract contract) {
    List<Why> reasons = new ArrayList<>();
    if (offering.getByContract() && !contract.getOfferings().contains(offering.getId())) {
      reasons.add(new Why("BY_CONTRACT", "The offering is for contracts that name it."));
    }
    if (now.isBefore(offering.getEffectiveFrom())
        || (offering.getEffectiveTo() != null && !now.isBefore(offering.getEffectiveTo()))) {
      reasons.add(new Why("NOT_EFFECTIVE", "The offering is not offered at this time."));
    }
    restriction(offering.getExportState(), offering, List.of())
        .ifPresent(code -> reasons.add(new Why(code, sentence(code, "The offering"))));
    outside("PROC_REGION", offering.getProcessingRegions(), tenant.getProcessingRegions())
        .ifPresent(reasons::add);
    outside("STORE_REGION", offering.getStorageRegions(), tenant.getStorageRegions())
        .ifPresent(reasons::add);
    for (Suspension suspension : control.suspensions().values()) {
      if (concerns(suspension, offering)) {
        restriction(ControlSnapshot.inForce(suspension), offering, suspension.getPartners())
            .ifPresent(code -> reasons.add(why(code, suspension)));
      }
      LiveDrill.of(suspension)
          .filter(drill -> drill.runsAt(now) && drill.concerns(offering) && takesAll(drill))
          .ifPresent(drill -> reasons.add(why(drill)));
    }
    return new OfferingStanding(
        offering.getId(), offering.getModel(), offering.getProvider(), offering.getLane(), reasons);
  }

  /** Of a smaller share most requests still get through. */
  private static boolean takesAll(LiveDrill drill) {
    return drill.percent().compareTo(HUNDRED) >= 0;
  }

  private static Why why(LiveDrill drill) {
    return new Why(
        LiveDrill.CODE,
        "The %s is left out in a drill until %s."
            .formatted(drill.what(), drill.until().truncatedTo(ChronoUnit.SECONDS)));
  }

  private static boolean concerns(Suspension suspension, Offering offering) {
    String id = suspension.getId();
    return (suspension.getScope() == SuspensionScope.OFFERING && id.equals(offering.getId()))
        || (suspension.getScope() == SuspensionScope.MODEL && id.equals(offering.getModel()))
        || (suspension.getScope() == SuspensionScope.PROVIDER && id.equals(offering.getProvider()));
  }

  /** US_PERSONS_ONLY is left to the decision: it depends on the account, and on evidence. */
  private Optional<String> restriction(
      ExportState state, Offering offering, List<String> partners) {
    boolean partner =
        partners.contains(tenant.getId()) || offering.getPartners().contains(tenant.getId());
    return switch (state) {
      case OPEN, US_PERSONS_ONLY -> Optional.empty();
      case PARTNERS_ONLY -> partner ? Optional.empty() : Optional.of("PARTNERS_ONLY");
      case SUSPENDED -> Optional.of("SUSPENDED");
    };
  }

  private static Why why(String code, Suspension suspension) {
    return new Why(
        code,
        sentence(
            code,
            "The "
                + suspension.getScope().name().toLowerCase(Locale.ROOT)
                + " "
                + suspension.getId()));
  }

  private static String sentence(String code, String subject) {
    return subject
        + (code.equals("SUSPENDED") ? " is suspended." : " is open to listed partners only.");
  }

  private static Optional<Why> outside(String code, List<String> regions, List<String> allowed) {
    return allowed.isEmpty() || allowed.containsAll(regions)
        ? Optional.empty()
        : Optional.of(
            new Why(
                code,
                "The contract allows %s, and the offering is in %s."
                    .formatted(String.join(", ", allowed), String.join(", ", regions))));
  }
}
