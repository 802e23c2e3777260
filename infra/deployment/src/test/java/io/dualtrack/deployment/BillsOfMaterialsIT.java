package io.dualtrack.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the build says of the libraries in everything that is deployed. */
class BillsOfMaterialsIT {

  /** SPDX; of several a library may be taken under any one. */
  private static final Set<String> LICENCES =
      Set.of(
          "Apache-2.0",
          "BSD-2-Clause",
          "BSD-3-Clause",
          "CC0-1.0",
          "CDDL-1.0",
          "EPL-2.0",
          "MIT",
          "MIT-0",
          "PostgreSQL");

  /** Of those whose poms say nothing, or use a name that is not SPDX. */
  private static final Map<String, String> LOOKED_UP =
      Map.of(
          "datasketches-memory", "Apache-2.0",
          "re2j", "BSD-3-Clause",
          "jline-terminal", "BSD-3-Clause",
          "jline-native", "BSD-3-Clause");

  private static final Set<String> WITHOUT_CLASSES = Set.of("kotlin-stdlib-common");

  @ParameterizedTest
  @CsvSource({
    "topology, kafka-streams",
    "connectors/inference, kafka-clients",
    "connectors/audit, kafka-clients",
    "connectors/gateway, kafka-clients",
    "connectors/warehouse, postgresql",
    "jobs/cost, flink-connector-kafka",
    "jobs/abuse, flink-connector-kafka",
    "jobs/comparison, json-schema-validator",
    "infra/local, picocli"
  })
  void namesEachLibraryWithVersionDigestAndALicenceThatWeMayShipUnder(String module, String library)
      throws IOException {
    Path file = Repository.path(module + "/target/bom.json");
    assertThat(file).as("made by `mvn package`, though not offline").exists();
    JsonNode bill = new ObjectMapper().readTree(file.toFile());
    List<String> names = new ArrayList<>();
    List<String> unlicensed = new ArrayList<>();
    for (JsonNode component : bill.get("components")) {
      if (component.path("group").asText().equals("io.dualtrack")) {
        continue;
      }
      names.add(component.get("name").asText());
      assertThat(component.get("purl").asText()).startsWith("pkg:maven/").contains("@");
      assertThat(component.get("version").asText()).doesNotContain("SNAPSHOT");
      assertThat(component.get("hashes")).as(component.get("purl").asText()).isNotEmpty();
      if (licences(component).stream().noneMatch(LICENCES::contains)) {
        unlicensed.add(component.get("purl").asText() + " " + licences(component));
      }
    }

    assertThat(bill.get("bomFormat").asText()).isEqualTo("CycloneDX");
    assertThat(names).contains(library).doesNotContain("junit-jupiter", "assertj-core");
    assertThat(unlicensed).isEmpty();
  }

  /** A narrower scope in the local stack's pom hides a library from it, and from no test. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "topology",
        "connectors/inference",
        "connectors/audit",
        "connectors/gateway",
        "connectors/warehouse",
        "jobs/cost",
        "jobs/abuse",
        "jobs/comparison"
      })
  void theLaunchedStackHasEachLibraryOfItsParts(String module) throws IOException {
    List<String> jars =
        Repository.files("infra/local/target/lib", ".jar").stream()
            .map(jar -> jar.getFileName().toString())
            .toList();
    List<String> missing = new ArrayList<>();
    for (JsonNode component :
        new ObjectMapper()
            .readTree(Repository.path(module + "/target/bom.json").toFile())
            .get("components")) {
      String name = component.get("name").asText();
      Pattern jar = Pattern.compile(Pattern.quote(name) + "-\\d.*");
      if (!WITHOUT_CLASSES.contains(name)
          && jars.stream().noneMatch(each -> jar.matcher(each).matches())) {
        missing.add(name);
      }
    }

    assertThat(missing).isEmpty();
  }

  private static Set<String> licences(JsonNode component) {
    Set<String> found = new HashSet<>();
    for (JsonNode entry : component.path("licenses")) {
      found.add(entry.path("license").path("id").asText());
      found.add(entry.path("license").path("name").asText());
      found.addAll(List.of(entry.path("expression").asText().split("[ ()]+|OR")));
    }
    found.add(LOOKED_UP.getOrDefault(component.get("name").asText(), ""));
    found.remove("");
    return found;
  }
}
