package io.dualtrack.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The images that the profile {@code images} has made. Not in the default build, which makes none:
 *
 * <pre>mvn -Pimages -Dimage.base=scratch -DskipTests install
 * mvn -Pimages -Dimage.base=scratch -Dit.test=ImagesIT verify -pl infra/deployment</pre>
 *
 * <p>Of {@code scratch}, nothing is fetched and no Java is in them: what is ours is the same in
 * each.
 */
class ImagesIT {

  private static final String TAR = "/target/jib-image.tar";
  private static final Pattern IMAGE = Pattern.compile("image: (dualtrack/\\S+)");
  private static final int WRONG_SETTINGS = 2;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "topology, io.dualtrack.topology.TopologyMain",
    "connectors/inference, io.dualtrack.inference.DispatcherMain",
    "connectors/audit, io.dualtrack.audit.AuditMain",
    "connectors/gateway, io.dualtrack.gateway.GatewayMain",
    "connectors/warehouse, io.dualtrack.warehouse.WarehouseMain"
  })
  void aProcessStartsFromItsImageAsNobodyInParticular(String module, String main) throws Exception {
    ImageTar image = ImageTar.unpack(Repository.path(module + TAR), folder);
    assertThat(image.config().get("User").asText())
        .as("the user of its volumes")
        .isEqualTo(userOfTheManifests());
    assertThat(image.config().path("Env")).as("settings are the deployment's").isEmpty();
    assertThat(image.config().path("Cmd")).isEmpty();
    List<String> entrypoint = new ArrayList<>();
    image.config().get("Entrypoint").forEach(each -> entrypoint.add(each.asText()));
    assertThat(entrypoint)
        .startsWith("java")
        .containsSequence("-cp", "@/app/jib-classpath-file")
        .endsWith(main);
    assertThat(Repository.text("docs/operating.md")).contains("`" + main + "`");
    List<Path> classPath = classPath(image);
    assertThat(classPath).allSatisfy(each -> assertThat(each).exists());
    assertThat(classPath)
        .as("where its log goes")
        .anyMatch(each -> each.getFileName().toString().startsWith("log4j-core-"));

    Process process = start(classPath, main);

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    String said = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(said).isEqualTo(WRONG_SETTINGS);
    assertThat(said).contains("DUALTRACK_");
  }

  @Test
  void flinksImageHasTheJobsWhereTheDeploymentsStartThem() throws Exception {
    ImageTar image = ImageTar.unpack(Repository.path("infra/deployment" + TAR), folder);
    Set<String> started = new TreeSet<>();
    for (Path file : deployments()) {
      Matcher jar =
          Pattern.compile("/opt/flink/usrlib/[a-z]+\\.jar").matcher(Repository.text(file));
      while (jar.find()) {
        started.add(jar.group());
      }
    }
    assertThat(started).hasSize(3);
    for (String jar : started) {
      assertThat(image.root().resolve(jar.substring(1))).exists();
    }
    assertThat(image.config().path("Entrypoint")).as("Flink's own").isEmpty();
  }

  @Test
  void everyImageThatADeploymentNamesIsMade() throws Exception {
    Set<String> named = new TreeSet<>();
    for (Path file : deployments()) {
      Matcher image = IMAGE.matcher(Repository.text(file));
      while (image.find()) {
        named.add(image.group(1));
      }
    }
    Set<String> made = new TreeSet<>();
    for (String module :
        List.of(
            "topology",
            "connectors/inference",
            "connectors/audit",
            "connectors/gateway",
            "connectors/warehouse",
            "infra/deployment")) {
      ImageTar image = ImageTar.unpack(Repository.path(module + TAR), folder.resolve(module));
      image.names().forEach(name -> made.add(name.asText()));
    }
    assertThat(named).isEqualTo(made);
  }

  private static List<Path> deployments() {
    List<Path> files = new ArrayList<>(Repository.files("infra/kubernetes", ".yaml"));
    files.addAll(Repository.files("infra/compose", ".yaml"));
    return files;
  }

  private static String userOfTheManifests() {
    Set<String> users = new TreeSet<>();
    for (Path file : Repository.files("infra/kubernetes", ".yaml")) {
      for (JsonNode document : Repository.documents(file)) {
        document.findValues("runAsUser").forEach(user -> users.add(user.asText()));
      }
    }
    assertThat(users).hasSize(1);
    return users.iterator().next();
  }

  private static List<Path> classPath(ImageTar image) throws IOException {
    String file = Files.readString(image.root().resolve("app/jib-classpath-file"));
    return Arrays.stream(file.strip().split(":", -1))
        .map(entry -> image.root().resolve(entry.substring(1)))
        .toList();
  }

  /** With the Java of this build, for none is in the image, and with no setting at all. */
  private static Process start(List<Path> classPath, String main) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            String.join(":", classPath.stream().map(Path::toString).toList()),
            main);
    builder.environment().clear();
    return builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
  }
}
