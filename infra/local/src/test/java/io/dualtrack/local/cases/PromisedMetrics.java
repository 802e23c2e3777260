package io.dualtrack.local.cases;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The page that rules and dashboards are held against, and pages that processes serve. */
final class PromisedMetrics {

  private static final Path PAGE = Path.of("../../docs/metrics.md");
  private static final Pattern ROW =
      Pattern.compile(
          "^\\| `([a-zA-Z_]+)` \\| (counter|gauge|timer|timer with buckets) \\|",
          Pattern.MULTILINE);
  private static final Pattern SAMPLE =
      Pattern.compile("^([a-zA-Z_]+)(?:\\{| )", Pattern.MULTILINE);

  private static final String FAULT = "nothing of the kind goes wrong in these cases";
  private static final String BROKERS = "told by the exporters of the brokers' operator";
  private static final String OWN_PROCESS = "told by processes of their own; ProcessMetricsTest";

  /** Those that no stack of these cases tells, and why. All others, one does. */
  static final Map<String, String> NOT_TOLD =
      Map.ofEntries(
          Map.entry("up", "made by Prometheus itself"),
          Map.entry("dualtrack_process_ready", OWN_PROCESS),
          Map.entry("process_uptime_seconds", OWN_PROCESS),
          Map.entry("dualtrack_warehouse_records_total", "there is no PostgreSQL"),
          Map.entry(
              "dualtrack_dispatcher_provider_batch_lines_total",
              "no request waits for a provider's batch; ProviderBatchIT"),
          Map.entry("dualtrack_topology_shadows_total", "no contract asks for copies; ShadowTest"),
          Map.entry("dualtrack_topology_policy_alerts_total", "no rule of the policy alerts"),
          Map.entry("dualtrack_topology_withdrawals_late_total", "no caller leaves"),
          Map.entry("dualtrack_topology_completions_ignored_total", FAULT),
          Map.entry("dualtrack_topology_dead_letters_total", FAULT),
          Map.entry("kafka_consumergroup_lag", BROKERS),
          Map.entry("kafka_log_log_logendoffset", BROKERS),
          Map.entry("kafka_cluster_partition_laststableoffsetlag", BROKERS),
          Map.entry("kafka_server_replicamanager_underreplicatedpartitions", BROKERS),
          Map.entry("kafka_controller_kafkacontroller_offlinepartitionscount", BROKERS),
          Map.entry("kafka_mirror_source_replication_latency_ms_max", BROKERS));

  private PromisedMetrics() {}

  /** Names of series, of a timer that of its count. */
  static Set<String> documented() throws IOException {
    Set<String> names = new TreeSet<>();
    Matcher rows = ROW.matcher(Files.readString(PAGE));
    while (rows.find()) {
      names.add(rows.group(2).startsWith("timer") ? rows.group(1) + "_count" : rows.group(1));
    }
    return names;
  }

  /**
   * Names of the series that a process tells.
   *
   * @param page in Prometheus' text format
   */
  static Set<String> told(String page) {
    Set<String> names = new TreeSet<>();
    Matcher samples = SAMPLE.matcher(page);
    while (samples.find()) {
      names.add(samples.group(1));
    }
    return names;
  }
}
