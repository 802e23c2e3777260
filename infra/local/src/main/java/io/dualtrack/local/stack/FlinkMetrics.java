package io.dualtrack.local.stack;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.LogicalScopeProvider;
import org.apache.flink.metrics.Meter;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricConfig;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.reporter.MetricReporter;

/**
 * Hands the jobs' Flink metrics to the process's own registry, so that one scrape holds all, by the
 * names and labels of Flink's own Prometheus reporter, so that rules serve both. Of the metrics
 * that Flink takes over from the Kafka clients, only the lag: the others are hundreds for each
 * source and sink.
 */
final class FlinkMetrics implements MetricReporter {

  private static final double[] QUANTILES = {0.5, 0.95, 0.99};

  private final MeterRegistry registry;
  private final Map<Metric, List<io.micrometer.core.instrument.Meter>> meters =
      new ConcurrentHashMap<>();

  FlinkMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void open(MetricConfig config) {}

  @Override
  public void close() {
    meters.values().forEach(made -> made.forEach(registry::remove));
    meters.clear();
  }

  @Override
  public void notifyOfAddedMetric(Metric metric, String metricName, MetricGroup group) {
    String scope = LogicalScopeProvider.castFrom(group).getLogicalScope(text -> text, '.');
    if (!isOfJobs(scope) || (isOfKafkaClient(scope) && !metricName.startsWith("records-lag"))) {
      return;
    }
    String name = "flink." + scope + "." + metricName;
    Tags tags = tags(group.getAllVariables());
    List<io.micrometer.core.instrument.Meter> made = make(metric, name, tags);
    if (!made.isEmpty()) {
      meters.put(metric, made);
    }
  }

  @Override
  public void notifyOfRemovedMetric(Metric metric, String metricName, MetricGroup group) {
    List<io.micrometer.core.instrument.Meter> made = meters.remove(metric);
    if (made != null) {
      made.forEach(registry::remove);
    }
  }

  private List<io.micrometer.core.instrument.Meter> make(Metric metric, String name, Tags tags) {
    return switch (metric.getMetricType()) {
      case COUNTER ->
          List.of(
              io.micrometer.core.instrument.Gauge.builder(name, (Counter) metric, Counter::getCount)
                  .tags(tags)
                  .register(registry));
      case GAUGE -> List.of(gauge(name, tags, (Gauge<?>) metric));
      case METER ->
          List.of(
              io.micrometer.core.instrument.Gauge.builder(name, (Meter) metric, Meter::getRate)
                  .tags(tags)
                  .register(registry));
      case HISTOGRAM -> quantiles(name, tags, (Histogram) metric);
    };
  }

  private io.micrometer.core.instrument.Meter gauge(String name, Tags tags, Gauge<?> gauge) {
    return io.micrometer.core.instrument.Gauge.builder(name, gauge, FlinkMetrics::number)
        .tags(tags)
        .register(registry);
  }

  private List<io.micrometer.core.instrument.Meter> quantiles(
      String name, Tags tags, Histogram histogram) {
    return Arrays.stream(QUANTILES)
        .<io.micrometer.core.instrument.Meter>mapToObj(
            quantile ->
                io.micrometer.core.instrument.Gauge.builder(
                        name, histogram, h -> h.getStatistics().getQuantile(quantile))
                    .tags(tags.and("quantile", String.valueOf(quantile)))
                    .register(registry))
        .toList();
  }

  private static double number(Gauge<?> gauge) {
    return gauge.getValue() instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  private static boolean isOfJobs(String scope) {
    return Stream.of("taskmanager.job.", "jobmanager.job").anyMatch(scope::startsWith);
  }

  private static boolean isOfKafkaClient(String scope) {
    String lower = scope.toLowerCase(Locale.ROOT);
    return lower.contains("kafkaconsumer") || lower.contains("kafkaproducer");
  }

  /** The same tags on every metric: one scrape refuses two sets of them under one name. */
  private static Tags tags(Map<String, String> variables) {
    return Tags.of(
        "job_name", variables.getOrDefault("<job_name>", ""),
        "operator_name",
            variables.getOrDefault("<operator_name>", variables.getOrDefault("<task_name>", "")),
        "subtask_index", variables.getOrDefault("<subtask_index>", ""),
        "topic", variables.getOrDefault("<topic>", ""),
        "partition", variables.getOrDefault("<partition>", ""));
  }
}
