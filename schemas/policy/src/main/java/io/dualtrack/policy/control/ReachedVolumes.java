package io.dualtrack.policy.control;

import io.dualtrack.schemas.VolumeState;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The volume counters that have reached their limit, by tenant and provider. */
public final class ReachedVolumes {

  private record Counterparty(String tenant, String provider) {}

  private final Map<Counterparty, List<String>> reached = new HashMap<>();

  public ReachedVolumes(Collection<VolumeState> states) {
    Map<Counterparty, TreeSet<String>> counters = new HashMap<>();
    for (VolumeState state : states) {
      if (state.getReached()) {
        counters
            .computeIfAbsent(
                new Counterparty(state.getTenant(), state.getProvider()), each -> new TreeSet<>())
            .add(state.getCounter());
      }
    }
    counters.forEach((counterparty, ids) -> reached.put(counterparty, List.copyOf(ids)));
  }

  /** Ids of the counters that have reached their limit, sorted. */
  public List<String> of(String tenant, String provider) {
    return reached.isEmpty()
        ? List.of()
        : reached.getOrDefault(new Counterparty(tenant, provider), List.of());
  }
}
