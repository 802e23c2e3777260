package io.dualtrack.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RulesTest {

  /** Of every target that Prometheus scrapes, and of the library behind timers. */
  private static final Set<String> LABELS_OF_ALL = Set.of("job", "instance", "le");

  private final DocumentedMetrics documented = new DocumentedMetrics();
  private final List<JsonNode> rules = rules();

  private static List<JsonNode> rules() {
    List<JsonNode> rules = new ArrayList<>();
    Repository.files("infra/prometheus/rules", ".yml")
        .forEach(
            file ->
                Repository.documents(file)
                    .forEach(
                        page ->
                            page.path("groups")
                                .forEach(group -> group.path("rules").forEach(rules::add))));
    return rules;
  }

  /** Names that the rules make. */
  static Set<String> recorded() {
    Set<String> names = new TreeSet<>();
    rules().stream()
        .filter(rule -> rule.has("record"))
        .forEach(rule -> names.add(rule.path("record").asText()));
    return names;
  }

  @Test
  void anExpressionsMetricsAndLabelsAreFound() {
    Expression expression =
        new Expression(
            "sum by (offering, le) (rate(a_count{result=~\"5..|on\", lane=\"API\"}[5m])) / on"
                + " (offering) b:rate5m unless c offset 10m > 7 * 86400 or scalar(max(d)) - e");

    assertThat(expression.selectors())
        .isEqualTo(
            Map.of(
                "a_count", Set.of("result", "lane"),
                "b:rate5m", Set.of(),
                "c", Set.of(),
                "d", Set.of(),
                "e", Set.of()));
    assertThat(expression.grouping()).containsExactly("le", "offering");
  }

  @Test
  void rulesNameOnlyMetricsAndLabelsThatAreDocumented() {
    Set<String> recorded = recorded();
    assertThat(rules).hasSizeGreaterThan(40);
    for (JsonNode rule : rules) {
      assertDocumented(documented, recorded, rule.path("expr").asText());
    }
  }

  static void assertDocumented(
      DocumentedMetrics documented, Set<String> recorded, String expression) {
    Map<String, Set<String>> selectors = new Expression(expression).selectors();
    assertThat(selectors).as(expression).isNotEmpty();
    selectors.forEach(
        (name, labels) -> {
          if (recorded.contains(name)) {
            return;
          }
          assertThat(documented.series()).as(expression).contains(name);
          Set<String> unknown = new TreeSet<>(labels);
          unknown.removeAll(LABELS_OF_ALL);
          unknown.removeAll(documented.of(name).orElseThrow().labels());
          assertThat(unknown).as("labels of %s in %s", name, expression).isEmpty();
        });
  }

  @Test
  void everyAlertHasATeamASeverityAndARunbook() {
    String operating = Repository.text("docs/operating.md");
    for (JsonNode alert : alerts()) {
      String name = alert.path("alert").asText();
      assertThat(alert.path("labels").path("severity").asText())
          .as(name)
          .isIn("critical", "warning", "info");
      assertThat(alert.path("labels").path("team").asText())
          .as(name)
          .isIn("operator", "compliance", "finance", "fraud");
      assertThat(alert.path("annotations").path("summary").asText()).as(name).isNotBlank();
      assertThat(alert.path("annotations").path("runbook_url").asText())
          .isEqualTo("docs/operating.md#" + name.toLowerCase(Locale.ROOT));
      assertThat(operating).contains("\n### " + name + "\n");
    }
  }

  @Test
  void everyRunbookIsOfAnAlert() {
    assertThat(
            Repository.text("docs/operating.md")
                .lines()
                .dropWhile(line -> !line.equals("## Runbooks"))
                .skip(1)
                .takeWhile(line -> !line.startsWith("## "))
                .filter(line -> line.startsWith("### "))
                .map(line -> line.substring(4)))
        .containsExactlyInAnyOrderElementsOf(
            alerts().stream().map(alert -> alert.path("alert").asText()).toList());
  }

  @Test
  void everyAlertIsSeenToFireAndToBeQuietInATestForPromtool() {
    Set<String> fired = new TreeSet<>();
    Set<String> quiet = new TreeSet<>();
    for (var file : Repository.files("infra/prometheus/tests", ".yml")) {
      for (JsonNode test : Repository.documents(file).get(0).path("tests")) {
        for (JsonNode each : test.path("alert_rule_test")) {
          (each.path("exp_alerts").isEmpty() ? quiet : fired).add(each.path("alertname").asText());
        }
      }
    }

    List<String> names = alerts().stream().map(alert -> alert.path("alert").asText()).toList();
    assertThat(names).doesNotHaveDuplicates();
    assertThat(fired).containsExactlyInAnyOrderElementsOf(names);
    assertThat(quiet).containsExactlyInAnyOrderElementsOf(names);
  }

  private List<JsonNode> alerts() {
    return rules.stream().filter(rule -> rule.has("alert")).toList();
  }

  /** Where it is installed; it is not on Maven Central, so a build must do without. */
  @Test
  void promtoolTakesTheRulesAndEachAlertFiresInItsTests() throws Exception {
    assumeThat(isOnPath("promtool")).as("promtool, of Debian's package prometheus").isTrue();
    Process check =
        new ProcessBuilder(Repository.path("infra/prometheus/check").toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(check.waitFor()).as(said).isZero();
  }

  private static boolean isOnPath(String program) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
