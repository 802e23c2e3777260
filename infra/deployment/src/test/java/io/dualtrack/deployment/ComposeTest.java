package io.dualtrack.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

class ComposeTest {

  private static final Path FOLDER = Repository.path("infra/compose");

  private JsonNode compose;

  @BeforeEach
  void read() throws Exception {
    // It knows YAML's merge keys, which Jackson does not.
    try (Reader file = Files.newBufferedReader(FOLDER.resolve("compose.yaml"))) {
      Object parsed = new Yaml(new SafeConstructor(new LoaderOptions())).load(file);
      compose = new ObjectMapper().valueToTree(parsed);
    }
  }

  @Test
  void processesTakeTheSettingsThatTheyAreGiven() {
    for (String process : ProcessSettings.PROCESSES) {
      assertThatCode(() -> ProcessSettings.read(process, environment(process), ""))
          .as(process)
          .doesNotThrowAnyException();
    }
  }

  @Test
  void aSettingThatNobodyReadsIsNoticed() {
    Map<String, String> wrong = environment("topology");
    wrong.put("DUALTRACK_THREDS", "4");

    assertThatThrownBy(() -> ProcessSettings.read("topology", wrong, ""))
        .hasMessage("nobody reads [DUALTRACK_THREDS]");
  }

  @Test
  void volumesAndServicesThatAreNamedAreThere() {
    Set<String> used = new TreeSet<>();
    for (JsonNode service : compose.path("services")) {
      assertThat(service.path("image").asText()).contains(":").doesNotEndWith(":latest");
      for (JsonNode volume : service.path("volumes")) {
        String source = volume.asText().split(":", 2)[0];
        if (!source.startsWith(".")) {
          used.add(source);
        } else if (!source.equals("./provider-keys")) {
          assertThat(FOLDER.resolve(source)).exists();
        }
      }
      service
          .path("depends_on")
          .fieldNames()
          .forEachRemaining(name -> assertThat(compose.path("services").has(name)).isTrue());
    }
    assertThat(names(compose.path("volumes"))).isEqualTo(used);
  }

  @Test
  void onlyLoopbackIsOpenedToTheHost() {
    for (JsonNode ports : compose.findValues("ports")) {
      ports.forEach(port -> assertThat(port.asText()).startsWith("127.0.0.1:"));
    }
  }

  @Test
  void prometheusScrapesServicesWhereTheyTellTheirMetrics() {
    JsonNode scrape =
        Repository.documents(Repository.path("infra/prometheus/prometheus.yml")).get(0);
    List<String> targets =
        scrape.findValues("targets").stream()
            .flatMap(each -> StreamSupport.stream(each.spliterator(), false))
            .map(JsonNode::asText)
            .toList();
    for (String target : targets) {
      String[] parts = target.split(":", 2);
      assertThat(compose.path("services").has(parts[0])).as(target).isTrue();
      if (ProcessSettings.PROCESSES.contains(parts[0])) {
        assertThat(environment(parts[0])).containsEntry("DUALTRACK_METRICS_PORT", parts[1]);
      } else {
        assertThat(compose.at("/services/" + parts[0] + "/environment/FLINK_PROPERTIES").asText())
            .contains("metrics.reporter.prom.port: " + parts[1]);
      }
    }
    assertThat(targets).hasSize(ProcessSettings.PROCESSES.size() + 2);
  }

  private Map<String, String> environment(String service) {
    Map<String, String> environment = new HashMap<>();
    compose
        .path("services")
        .path(service)
        .path("environment")
        .fields()
        .forEachRemaining(each -> environment.put(each.getKey(), each.getValue().asText()));
    return environment;
  }

  private static Set<String> names(JsonNode object) {
    Set<String> names = new TreeSet<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
