package io.dualtrack.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.gateway.RunningGateway.Gateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;

/** The clients for Node, in a process of their own; see {@code src/test/node}. */
@ExtendWith(RunningGateway.class)
@EnabledIf("nodeIsThere")
class OpenAiNodeIT {

  private static final Path SOURCES = Path.of("src", "test", "node");
  private static final Path FOLDER = Path.of("target", "node");
  private static final long PATIENCE_MINUTES = 3;

  static boolean nodeIsThere() {
    return Arrays.stream(System.getenv("PATH").split(java.io.File.pathSeparator, -1))
        .map(Path::of)
        .anyMatch(
            each ->
                Files.isExecutable(each.resolve("node"))
                    && Files.isExecutable(each.resolve("npm")));
  }

  @Test
  void theClientsForNodeWorkUnchanged(Gateway gateway) throws Exception {
    Files.createDirectories(FOLDER);
    try (Stream<Path> files = Files.list(SOURCES)) {
      files.forEach(OpenAiNodeIT::copy);
    }
    run(Map.of(), "npm", "ci", "--prefer-offline");

    gateway
        .standIn()
        .behave(
            request ->
                "never-answered".equals(request.getCustomId())
                    ? Optional.empty()
                    : Optional.of(
                        StandIn.answered(request, StandIn.chat("Hello from the stand-in."))));
    run(
        Map.of("GATEWAY_URL", gateway.uri().toString(), "GATEWAY_KEY", RunningGateway.KEY),
        "node",
        "--test");
  }

  private static void copy(Path file) {
    try {
      Files.copy(file, FOLDER.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void run(Map<String, String> environment, String... command) throws Exception {
    Path log = FOLDER.resolve(command[0] + ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(FOLDER.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    boolean ended = process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly();
    }
    assertThat(ended && process.exitValue() == 0)
        .as(() -> String.join(" ", command) + ": " + read(log))
        .isTrue();
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
