package io.dualtrack.deployment;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What docs/metrics.md says. */
final class DocumentedMetrics {

  /**
   * One row of the page.
   *
   * @param type counter, gauge, timer, or timer with buckets
   */
  record Metric(String name, String type, Set<String> labels) {

    List<String> series() {
      return switch (type) {
        case "counter", "gauge" -> List.of(name);
        case "timer" -> List.of(name + "_count", name + "_sum", name + "_max");
        case "timer with buckets" ->
            List.of(name + "_count", name + "_sum", name + "_max", name + "_bucket");
        default -> throw new IllegalStateException(name + " is of no known type: " + type);
      };
    }
  }

  private static final Pattern ROW =
      Pattern.compile("\\| `([a-zA-Z_]+)` \\| ([a-z ]+) \\| ([a-z_, ]*)\\| .+ \\|");

  private final Map<String, Metric> bySeries = new TreeMap<>();

  DocumentedMetrics() {
    for (String line : Repository.text("docs/metrics.md").lines().toList()) {
      if (!line.matches("\\| `[a-z].*")) {
        continue;
      }
      Matcher row = ROW.matcher(line);
      if (!row.matches()) {
        throw new IllegalStateException("docs/metrics.md has a row that is no metric's: " + line);
      }
      Set<String> labels = new TreeSet<>();
      Arrays.stream(row.group(3).split(",", -1))
          .map(String::strip)
          .filter(label -> !label.isEmpty())
          .forEach(labels::add);
      Metric metric = new Metric(row.group(1), row.group(2).strip(), labels);
      metric.series().forEach(series -> bySeries.put(series, metric));
    }
  }

  Collection<Metric> metrics() {
    return bySeries.values();
  }

  Collection<String> series() {
    return bySeries.keySet();
  }

  Optional<Metric> of(String series) {
    return Optional.ofNullable(bySeries.get(series));
  }
}
