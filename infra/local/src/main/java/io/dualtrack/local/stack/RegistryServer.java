package io.dualtrack.local.stack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * The Apicurio registry in a JVM of its own, because its libraries are other versions of ours. Ids
 * last: they are in a database file in the data folder.
 */
public final class RegistryServer implements AutoCloseable {

  private static final String RUNNER = "io.quarkus.runner.GeneratedMain";
  private static final Duration PATIENCE = Duration.ofSeconds(180);
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(100);

  private final JavaProcess process;
  private final URI url;

  private RegistryServer(JavaProcess process, URI url) {
    this.process = process;
    this.url = url;
  }

  /**
   * Returns once the registry answers.
   *
   * @param program folder that the registry is unpacked in
   * @param folder of its database
   * @throws StackFailure if it does not start
   */
  static RegistryServer start(Path program, Path folder, Path log, int port)
      throws IOException, InterruptedException {
    Files.createDirectories(folder);
    JavaProcess process =
        JavaProcess.start(
            RUNNER,
            List.of(
                "-Xmx384m",
                "-Xms64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:MaxMetaspaceSize=256m",
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=" + port,
                "-Dapicurio.storage.sql.kind=h2",
                "-Dapicurio.datasource.url=jdbc:h2:file:" + folder.resolve("registry")),
            List.of(jar(program)),
            Map.of(),
            log);
    RegistryServer server = new RegistryServer(process, url(port));
    try {
      server.awaitAnswer();
    } catch (InterruptedException | RuntimeException e) {
      process.close();
      throw e;
    }
    return server;
  }

  /** Base of the Confluent API of a registry on a port. */
  static URI url(int port) {
    return URI.create("http://127.0.0.1:%d/apis/ccompat/v7".formatted(port));
  }

  /**
   * A registry of its own on a free port, for whoever measures one part without the stack.
   *
   * @throws StackFailure if it does not start
   */
  public static RegistryServer alone(Path folder) throws IOException, InterruptedException {
    return start(
        program(), folder, folder.resolve("registry.log"), Ports.claim("registry", "a port", 0));
  }

  /** Base of the Confluent API. */
  public URI url() {
    return url;
  }

  /** {@code kill -STOP}: it takes connections and answers none. */
  public void freeze() {
    process.frozen(true);
  }

  /** {@code kill -CONT}. */
  public void thaw() {
    process.frozen(false);
  }

  long pid() {
    return process.pid();
  }

  /** Completes with the exit code when the registry ends, for whatever reason. */
  CompletableFuture<Integer> exit() {
    return process.exit();
  }

  @Override
  public void close() {
    process.close();
  }

  /**
   * Where the registry is unpacked: beside this module's build, or where the system property {@code
   * dualtrack.registry} says.
   *
   * @throws StackFailure if it is not there
   */
  static Path program() {
    String set = System.getProperty("dualtrack.registry");
    Path program =
        set != null
            ? Path.of(set)
            : JavaProcess.ownCode().toAbsolutePath().getParent().resolve("registry");
    jar(program);
    return program;
  }

  private static Path jar(Path program) {
    if (Files.isDirectory(program)) {
      try (Stream<Path> files = Files.list(program)) {
        var runner = files.filter(file -> file.toString().endsWith("-runner.jar")).findFirst();
        if (runner.isPresent()) {
          return runner.get();
        }
      } catch (IOException e) {
        throw new StackFailure(
            "the schema registry's folder %s cannot be read (%s)"
                .formatted(program, e.getMessage()),
            e);
      }
    }
    throw new StackFailure(
        "the schema registry is not unpacked in %s; build it with `mvn -pl infra/local -am package -DskipTests`"
            .formatted(program));
  }

  private void awaitAnswer() throws InterruptedException {
    HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
    HttpRequest question =
        HttpRequest.newBuilder(URI.create(url + "/subjects"))
            .timeout(Duration.ofSeconds(5))
            .build();
    Instant giveUp = Instant.now().plus(PATIENCE);
    while (Instant.now().isBefore(giveUp)) {
      if (!process.isAlive()) {
        throw new StackFailure("the schema registry ended while it started; see " + process.log());
      }
      try {
        if (client.send(question, BodyHandlers.discarding()).statusCode() == 200) {
          return;
        }
      } catch (IOException e) {
        // Not listening yet.
      }
      Thread.sleep(BETWEEN_QUESTIONS.toMillis());
    }
    throw new StackFailure(
        "the schema registry has not answered in %d seconds; see %s"
            .formatted(PATIENCE.toSeconds(), process.log()));
  }
}
