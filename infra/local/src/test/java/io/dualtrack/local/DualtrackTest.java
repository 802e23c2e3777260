package io.dualtrack.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DualtrackTest {

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void unpackRegistry() throws IOException {
    Path program = Files.createDirectory(folder.resolve("registry-program"));
    Files.createFile(program.resolve("a-runner.jar"));
    System.setProperty("dualtrack.registry", program.toString());
  }

  @AfterEach
  void forgetRegistry() {
    System.clearProperty("dualtrack.registry");
  }

  @Test
  void helpNamesTheCommands() {
    assertThat(execute("--help")).isZero();
    assertThat(out.toString()).contains("up", "Runs the whole stack");
  }

  @Test
  void noCommandAndAnUnknownCommandAreUsageErrors() {
    assertThat(execute()).isEqualTo(2);
    assertThat(execute("down")).isEqualTo(2);
  }

  @Test
  void optionsOutOfTheirRangeAreUsageErrors() {
    assertThat(execute("up", "--port", "70000")).isEqualTo(2);
    assertThat(err.toString()).contains("--port is 70000");
    assertThat(execute("up", "--partitions", "0")).isEqualTo(2);
    assertThat(execute("up", "--sandbox-latency", "soon")).isEqualTo(2);
  }

  @Test
  void aPortInUseIsSaidInOneLineWithItsOption() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = other.getLocalPort();

      int exit =
          execute(
              "up",
              "--data",
              folder.resolve("data").toString(),
              "--kafka-port",
              "" + port,
              "--registry-port",
              "0",
              "--sandbox-port",
              "0",
              "--port",
              "0");

      assertThat(exit).isEqualTo(1);
      assertThat(err.toString().lines())
          .singleElement()
          .asString()
          .startsWith("dualtrack: port " + port + " for the broker is in use")
          .contains("--kafka-port");
    }
  }

  @Test
  void aDataFolderThatIsAFileIsSaidInOneLine() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));

    assertThat(execute("up", "--data", file.toString())).isEqualTo(1);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .contains(file + " is a file, not a folder", "--data");
  }

  @Test
  void aRegistryThatIsNotUnpackedIsSaidWithHowToBuildIt() {
    System.setProperty("dualtrack.registry", folder.resolve("nowhere").toString());

    assertThat(execute("up", "--data", folder.resolve("data").toString())).isEqualTo(1);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .contains("schema registry is not unpacked", "mvn");
  }

  @Test
  void policyTestSaysWhichCaseFailsAndWhere() throws IOException {
    assertThat(execute("policy", "test", "../control/cases")).isZero();
    assertThat(out.toString()).contains("pass  1. EU personal data", "0 failed");

    Path file =
        Files.writeString(
            folder.resolve("mine.yaml"),
            """
            cases:
              - name: mine
                steps:
                  - at: 2026-11-21T08:00:00Z
                    request: {tenant: acme, account: acme-batch, model: gpt-5.6-sol}
                    expect: {decision: refused, first: none}
            """);
    assertThat(execute("policy", "test", file.toString())).isEqualTo(1);
    assertThat(out.toString())
        .contains(
            "FAIL  mine",
            file + ":4: decision: expected refused, was permitted",
            "1 cases, 1 failed");

    Files.writeString(file, "cases:\n  - name: mine\n    step: []\n");
    assertThat(execute("policy", "test", file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains(file + ":3: the case has the unknown key 'step'");
    assertThat(execute("policy", "test", folder.resolve("nowhere").toString())).isEqualTo(2);
  }

  private int execute(String... args) {
    CommandLine commandLine = Dualtrack.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(args);
  }
}
