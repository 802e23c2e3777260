package io.dualtrack.policy;

import io.dualtrack.policy.Expression.Outcome;
import io.dualtrack.policy.control.ControlSnapshot;
import io.dualtrack.policy.jurisdiction.AttributeNames;
import io.dualtrack.policy.jurisdiction.RequestProfile;
import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.RequestFacts;
import io.dualtrack.schemas.VolumeEvent;
import io.dualtrack.schemas.VolumeThreshold;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Says what an order adds to the volume counters of the policy in force.
 *
 * <p>Who asks again about the same persons is counted again, because nobody here knows persons
 * apart: the count is never too low.
 *
 * <p>For one thread.
 */
public final class VolumeMeter {

  private ControlSnapshot known;
  private final Map<String, List<CompiledCounter>> byOffering = new HashMap<>();

  /** What an order to an offering adds; nearly always nothing. */
  public List<VolumeEvent> of(
      RequestFacts facts, Offering offering, ControlSnapshot control, Instant at) {
    if (control.bundle().isEmpty() || control.bundle().get().counters().isEmpty()) {
      return List.of();
    }
    if (control != known) {
      known = control;
      byOffering.clear();
    }
    CompiledBundle bundle = control.bundle().get();
    List<CompiledCounter> counters =
        byOffering.computeIfAbsent(
            offering.getId(), id -> countersOf(bundle, OfferingSide.of(offering, bundle, at)));
    return counters.isEmpty() ? List.of() : events(facts, offering, bundle, counters, at);
  }

  /** Counters that may count what goes to an offering; by its own side alone most do not. */
  private static List<CompiledCounter> countersOf(CompiledBundle bundle, OfferingSide offering) {
    return bundle.counters().stream()
        .filter(
            counter ->
                counter
                    .condition()
                    .map(each -> each.ofOffering(offering.side()) != Outcome.FALSE)
                    .orElse(true))
        .toList();
  }

  private static List<VolumeEvent> events(
      RequestFacts facts,
      Offering offering,
      CompiledBundle bundle,
      List<CompiledCounter> counters,
      Instant at) {
    RequestProfile profile = RequestProfile.of(facts);
    Map<String, Object> variables = new HashMap<>(64);
    profile.variables(variables, at);
    variables.putAll(bundle.lists());
    variables.put("is_partner", offering.getPartners().contains(profile.tenant()));
    variables.put("volumes_reached", List.of());
    Side request = new Side(variables, bundle.expressions());
    Side side = OfferingSide.of(offering, bundle, at).side();
    List<VolumeEvent> events = new ArrayList<>();
    for (CompiledCounter counter : counters) {
      // What cannot be evaluated counts.
      boolean counts =
          counter
              .condition()
              .map(each -> each.evaluate(request, side) != Outcome.FALSE)
              .orElse(true);
      if (counts) {
        for (VolumeThreshold threshold : counter.counter().getThresholds()) {
          if (holds(profile, threshold.getDataClass())) {
            events.add(event(facts, offering, counter, threshold, at));
          }
        }
      }
    }
    return events;
  }

  /** Data of which no class is known may be of any. */
  private static boolean holds(RequestProfile profile, String dataClass) {
    return profile.dataClasses().isEmpty()
        || profile.dataClasses().contains(dataClass)
        || (dataClass.equals("personal") && profile.personalData());
  }

  private static VolumeEvent event(
      RequestFacts facts,
      Offering offering,
      CompiledCounter counter,
      VolumeThreshold threshold,
      Instant at) {
    return VolumeEvent.newBuilder()
        .setTenant(facts.getTenant())
        .setProvider(offering.getProvider())
        .setCounter(counter.counter().getId())
        .setDataClass(threshold.getDataClass())
        .setPersons(persons(facts))
        .setReachedAt(
            Math.max(1, threshold.getPersons() * counter.counter().getReachedAtPercent() / 100))
        .setWindowDays(counter.counter().getWindowDays())
        .setAt(at)
        .build();
  }

  private static long persons(RequestFacts facts) {
    long most = 1;
    for (Attribute attribute : facts.getAttributes()) {
      if (attribute.getName().equals(AttributeNames.PERSONS)) {
        for (String value : attribute.getValues()) {
          most = Math.max(most, Long.parseLong(value));
        }
      }
    }
    return most;
  }
}
