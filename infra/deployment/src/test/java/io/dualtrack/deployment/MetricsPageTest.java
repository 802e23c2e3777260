package io.dualtrack.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.inference.flow.EveryFlowMeter;
import io.dualtrack.inference.intake.IntakeMeters;
import io.dualtrack.metrics.ProcessMetrics;
import io.dualtrack.policy.control.ControlState;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.PriceProblem;
import io.dualtrack.schemas.Reason;
import io.dualtrack.topology.TopologyMeters;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class MetricsPageTest {

  private static final Pattern SAMPLE =
      Pattern.compile("^(dualtrack_\\w+)(?:\\{([^}]*)})? ", Pattern.MULTILINE);
  private static final Pattern METER =
      Pattern.compile(
          "\"(dualtrack\\.(?:process|topology|dispatcher|gateway|audit|warehouse)\\.[a-z.]*[a-z])\"");
  private static final Pattern OF_JOBS =
      Pattern.compile("flink_taskmanager_job_task_operator_(?:deserializer_)?(\\w+)");
  private static final Set<String> OF_FLINK = Set.of("pendingRecords", "numRecordsIn");
  private static final String UNPRICED = "rowsUnpriced_";
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"");

  private final DocumentedMetrics documented = new DocumentedMetrics();

  @Test
  void topologyAndDispatchersRegisterWhatIsDocumented() {
    try (ProcessMetrics metrics = ProcessMetrics.fromEnvironment(Map.of())) {
      countOnceInTopology(new TopologyMeters(metrics.registry()));
      new IntakeMeters(metrics.registry(), Lane.API);
      EveryFlowMeter.count(metrics.registry());
      ProcessMetrics.unreadableTexts(metrics.registry(), "topology").run();

      Set<String> registered = assertDocumented(metrics.registry());

      assertThat(registered)
          .containsAll(
              documented.series().stream()
                  .filter(name -> name.matches("dualtrack_(process|topology|dispatcher)_.*"))
                  .filter(name -> !name.contains("_provider_batch"))
                  .toList());
      assertThat(metrics.registry().scrape())
          .contains(
              documented.series().stream()
                  .filter(name -> name.matches("(jvm_memory|process)_.*"))
                  .toArray(String[]::new));
    }
  }

  @Test
  void whatSourcesNameIsOnThePage() {
    Set<String> pages = new TreeSet<>();
    documented.metrics().forEach(metric -> pages.add(metric.name()));
    Set<String> named = new TreeSet<>();
    for (String folder : List.of("schemas", "topology", "connectors", "infra/local")) {
      for (Path source : Repository.files(folder, ".java")) {
        if (source.toString().contains("/src/main/")) {
          Matcher names = METER.matcher(Repository.text(source));
          while (names.find()) {
            named.add(names.group(1).replace('.', '_'));
          }
        }
      }
    }
    assertThat(named).hasSizeGreaterThan(20);
    for (String name : named) {
      assertThat(pages).containsAnyOf(name, name + "_total", name + "_seconds");
    }
  }

  @Test
  void metricsOfJobsAreInTheirSources() {
    StringBuilder sources = new StringBuilder();
    Repository.files("jobs", ".java").stream()
        .filter(source -> source.toString().contains("/src/main/"))
        .forEach(source -> sources.append(Repository.text(source)));
    Set<String> expected = new TreeSet<>();
    for (DocumentedMetrics.Metric metric : documented.metrics()) {
      Matcher own = OF_JOBS.matcher(metric.name());
      if (own.matches() && !OF_FLINK.contains(own.group(1))) {
        expected.add(own.group(1));
      }
    }

    assertThat(expected).hasSizeGreaterThan(10);
    for (String name : expected) {
      if (name.startsWith(UNPRICED)) {
        assertThat(PriceProblem.values())
            .extracting(PriceProblem::name)
            .contains(name.substring(UNPRICED.length()));
        assertThat(sources).contains("\"" + UNPRICED + "\"");
      } else {
        assertThat(sources).contains("\"" + name + "\"");
      }
    }
  }

  /** Every sample is on the page with all of its labels; returns their names. */
  private Set<String> assertDocumented(PrometheusMeterRegistry registry) {
    Set<String> registered = new TreeSet<>();
    Matcher samples = SAMPLE.matcher(registry.scrape());
    while (samples.find()) {
      String name = samples.group(1);
      registered.add(name);
      assertThat(documented.series()).contains(name);
      Set<String> labels = new TreeSet<>();
      if (samples.group(2) != null) {
        Matcher label = LABEL.matcher(samples.group(2));
        while (label.find()) {
          labels.add(label.group(1));
        }
      }
      labels.remove("le");
      assertThat(labels).as(name).isEqualTo(documented.of(name).orElseThrow().labels());
    }
    return registered;
  }

  private static void countOnceInTopology(TopologyMeters meters) {
    meters.watch(ControlState.holding(List.of(), List.of(), List.of(), List.of(), List.of()));
    InferenceResult result = new InferenceResult();
    result.setTenant("acme");
    result.setOutcome(Outcome.ANSWERED);
    result.setSource(AnswerSource.PROVIDER);
    meters.ended(result);
    meters.cache("hit");
    meters.decided(true);
    meters.refused(new Reason("built-in:model", "UNKNOWN_MODEL", "no such model"));
    meters.budget("acme", "reserved");
    meters.policyAlert("embargo", "EMBARGOED");
    meters.shadow("ordered");
    meters.move("away", "onward");
    meters.policyRefused();
    meters.withdrawnInVain();
    meters.ignoredCompletion();
    meters.deadLetter("dualtrack.requests", "UNREADABLE");
  }
}
