package io.dualtrack.faults;

import io.dualtrack.local.stack.Detour;
import io.dualtrack.local.stack.KafkaCluster;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The networks of processes that come to a cluster's brokers by a way of their own. */
final class Ways implements AutoCloseable {

  private final Map<String, List<Wire>> wires = new LinkedHashMap<>();

  /**
   * Opens them.
   *
   * @param names that the cluster was started with
   */
  Ways(KafkaCluster cluster, Collection<String> names) {
    for (String name : names) {
      List<Wire> opened = new ArrayList<>();
      wires.put(name, opened);
      for (Detour detour : cluster.way(name)) {
        opened.add(Wire.open(detour.port(), detour.behind()));
      }
    }
  }

  /** Brokers as they are reached by a way. */
  String bootstrap(String name) {
    return wires(name).stream()
        .map(wire -> "127.0.0.1:" + wire.port())
        .collect(Collectors.joining(","));
  }

  /** To every broker. */
  void cut(String name) {
    wires(name).forEach(Wire::cut);
  }

  void mend(String name) {
    wires(name).forEach(Wire::mend);
  }

  void reset(String name) {
    wires(name).forEach(Wire::reset);
  }

  private List<Wire> wires(String name) {
    List<Wire> found = wires.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "%s has no way of its own; there are %s".formatted(name, wires.keySet()));
    }
    return found;
  }

  @Override
  public void close() {
    wires.values().forEach(each -> each.forEach(Wire::close));
  }
}
