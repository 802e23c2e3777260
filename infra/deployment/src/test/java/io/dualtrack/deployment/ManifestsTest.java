package io.dualtrack.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import io.dualtrack.topology.TopologyConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class ManifestsTest {

  /** Whoever deploys brings these: keys, certificates, passwords. */
  private static final Set<String> BROUGHT =
      Set.of(
          "gateway-tls",
          "file-keys",
          "features",
          "policy-keys",
          "provider-keys",
          "postgresql",
          "kafka-ca-eu",
          "kafka-ca-us",
          "mirror-eu",
          "mirror-us");

  private final List<Manifest> manifests = Manifest.all();

  @Test
  void everyResourceIsReadByItsOperatorsOwnModel() {
    Set<String> withoutModel = new TreeSet<>();
    for (Manifest manifest : manifests) {
      if (manifest.hasModel()) {
        assertThatCode(manifest::parsed).as(manifest.toString()).doesNotThrowAnyException();
      } else {
        withoutModel.add(manifest.kind());
      }
    }
    // Nobody publishes Java models of KEDA's, and of the Prometheus operator's none for Java 17.
    assertThat(withoutModel).containsExactly("PodMonitor", "ScaledObject", "TriggerAuthentication");
  }

  @Test
  void aFieldThatTheModelDoesNotKnowIsRefused() {
    for (String kind :
        List.of("Kafka", "KafkaTopic", "KafkaMirrorMaker2", "FlinkDeployment", "StatefulSet")) {
      Manifest manifest = ofKind(kind).get(0);
      ObjectNode wrong = manifest.json().deepCopy();
      ((ObjectNode) wrong.path("spec")).put("replicass", 3);

      assertThatThrownBy(new Manifest(manifest.file(), wrong)::parsed)
          .as(kind)
          .isInstanceOf(UnrecognizedPropertyException.class)
          .hasMessageContaining("replicass");
    }
  }

  @Test
  void kustomizationsListEveryFileBesideThem() {
    for (String folder : List.of("base", "zones/eu", "zones/us")) {
      Path path = Repository.path("infra/kubernetes/" + folder);
      List<String> listed =
          texts(Repository.documents(path.resolve("kustomization.yaml")).get(0).path("resources"))
              .filter(name -> name.endsWith(".yaml"))
              .toList();
      assertThat(listed)
          .containsExactlyInAnyOrderElementsOf(
              Repository.files("infra/kubernetes/" + folder, ".yaml").stream()
                  .map(file -> file.getFileName().toString())
                  .filter(name -> !name.equals("kustomization.yaml"))
                  .toList());
    }
  }

  @Test
  void processesTakeTheSettingsThatTheyAreGiven() {
    for (Manifest process : ofKind("StatefulSet")) {
      assertThatCode(() -> ProcessSettings.read(process.name(), manifests))
          .as(process.name())
          .doesNotThrowAnyException();
    }
    assertThat(ofKind("StatefulSet").stream().map(Manifest::name))
        .containsExactlyInAnyOrder(ProcessSettings.PROCESSES.toArray(String[]::new));
  }

  @Test
  void everySecretConfigMapAndClaimThatIsMountedIsThereOrIsBrought() {
    Set<String> there = new TreeSet<>(BROUGHT);
    there.add("kafka-cluster-ca-cert");
    manifests.stream()
        .filter(
            each ->
                Set.of("ConfigMap", "Secret", "KafkaUser", "PersistentVolumeClaim")
                    .contains(each.kind()))
        .forEach(each -> there.add(each.name()));
    for (Manifest manifest : manifests) {
      for (String reference :
          List.of(
              "secret",
              "configMap",
              "secretKeyRef",
              "configMapKeyRef",
              "configMapRef",
              "persistentVolumeClaim")) {
        for (JsonNode found : manifest.json().findValues(reference)) {
          String name =
              found
                  .path("secretName")
                  .asText(found.path("claimName").asText(found.path("name").asText()));
          assertThat(there).as("%s of %s", reference, manifest).contains(name);
        }
      }
    }
  }

  @Test
  void everyProcessIsProbedBoundedAndLetNowhereByDefault() {
    for (Manifest process : ofKind("StatefulSet")) {
      JsonNode container = process.json().at("/spec/template/spec/containers/0");
      for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
        assertThat(container.path(probe).at("/httpGet/path").asText())
            .as("%s of %s", probe, process)
            .isIn("/healthz", "/readyz");
        assertThat(texts(container.path("ports"), "name"))
            .contains(container.path(probe).at("/httpGet/port").asText());
      }
      assertThat(container.at("/resources/limits/memory").asText())
          .isNotEmpty()
          .isEqualTo(container.at("/resources/requests/memory").asText());
      assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
      assertThat(process.json().at("/spec/template/metadata/labels/app.kubernetes.io~1part-of"))
          .hasToString("\"dualtrack\"");
      if (process.json().at("/spec/replicas").asInt() > 1) {
        assertThat(ofKind("PodDisruptionBudget").stream().map(Manifest::name))
            .contains(process.name());
      }
    }
    JsonNode deny = named("NetworkPolicy", "deny").json().path("spec");
    assertThat(deny.has("ingress") || deny.has("egress")).isFalse();
    assertThat(texts(deny.path("policyTypes"))).containsExactly("Ingress", "Egress");
  }

  @Test
  void scalingFollowsGroupsAndTopicsThatExist() {
    Set<String> topics = Topics.all().stream().map(Topic::name).collect(Collectors.toSet());
    Set<String> groups =
        Set.of(
            TopologyConfig.APPLICATION, "dualtrack-dispatcher-api", "dualtrack-dispatcher-local");
    List<Manifest> scaled = ofKind("ScaledObject");
    assertThat(scaled).hasSize(3);
    for (Manifest each : scaled) {
      JsonNode spec = each.json().path("spec");
      named("StatefulSet", spec.at("/scaleTargetRef/name").asText());
      assertThat(spec.path("maxReplicaCount").asInt())
          .isLessThanOrEqualTo(Topics.DEFAULT_PARTITIONS);
      for (JsonNode trigger : spec.path("triggers")) {
        assertThat(topics).contains(trigger.at("/metadata/topic").asText());
        assertThat(groups).contains(trigger.at("/metadata/consumerGroup").asText());
      }
    }
  }

  @Test
  void noTextCrossesZones() {
    List<String> crossing = new ArrayList<>();
    for (Manifest mirror : ofKind("KafkaMirrorMaker2")) {
      for (JsonNode source : mirror.json().at("/spec/mirrors")) {
        Pattern pattern = Pattern.compile(source.path("topicsPattern").asText());
        for (Topic<?> topic : Topics.all()) {
          if (pattern.matcher(topic.name()).matches()) {
            assertThat(topic.text()).as(topic.name()).isFalse();
            crossing.add(topic.name());
          }
        }
      }
    }
    assertThat(crossing)
        .doesNotHaveDuplicates()
        .doesNotContain(Topics.VOLUMES.name())
        .contains(
            Topics.SUSPENSIONS.name(),
            Topics.POLICIES.name(),
            Topics.AUDIT.name(),
            Topics.EXCHANGES.name(),
            Topics.COST_LEDGER.name(),
            Topics.ABUSE_ALERTS.name());
  }

  /** Mirrored records name their schemas by ids of the registry where they were written. */
  @Test
  void everyZoneReadsItsRecordsWithTheRegistryOfTheControlZone() {
    JsonNode patches =
        Repository.documents(Repository.path("infra/kubernetes/zones/us/kustomization.yaml"))
            .get(0)
            .path("patches");
    List<JsonNode> patched = new ArrayList<>();
    for (JsonNode each : patches) {
      patched.add(Repository.yaml(each.path("patch").asText()));
    }

    assertThat(patched)
        .filteredOn(each -> each.path("$patch").asText().equals("delete"))
        .extracting(each -> each.path("kind").asText() + " " + each.at("/metadata/name").asText())
        .containsExactlyInAnyOrderElementsOf(
            manifests.stream()
                .filter(each -> each.name().equals("registry"))
                .map(each -> each.kind() + " registry")
                .toList());
    assertThat(patched)
        .filteredOn(each -> each.path("kind").asText().equals("ConfigMap"))
        .singleElement()
        .satisfies(
            each ->
                assertThat(each.at("/data/DUALTRACK_REGISTRY").asText())
                    .startsWith("https://registry.eu."));
  }

  private List<Manifest> ofKind(String kind) {
    return manifests.stream().filter(each -> each.kind().equals(kind)).toList();
  }

  private Manifest named(String kind, String name) {
    return ofKind(kind).stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  private static Stream<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText);
  }

  private static List<String> texts(JsonNode array, String field) {
    return StreamSupport.stream(array.spliterator(), false)
        .map(each -> each.path(field).asText())
        .toList();
  }
}
