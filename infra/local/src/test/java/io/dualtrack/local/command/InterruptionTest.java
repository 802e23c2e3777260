package io.dualtrack.local.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** However a command is told to stop, it puts away what it has. */
public class InterruptionTest {

  private static final Path PERL = Path.of("/usr/bin/perl");

  /** Waits until it is told to stop, as a command does between two times. */
  public static final class Waiting {
    public static void main(String[] args) {
      try (Interruption interruption = Interruption.open()) {
        System.out.println("works");
        new CountDownLatch(1).await(2, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        System.out.println("puts away");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void bothSignalsLetACommandEndInOrder(String signal, int code) throws Exception {
    assumeThat(Files.isExecutable(PERL)).as("perl, to hear Ctrl-C").isTrue();
    Process command = start();
    try (BufferedReader said =
        new BufferedReader(
            new InputStreamReader(command.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(said.readLine()).isEqualTo("works");

      assertThat(new ProcessBuilder("kill", "-" + signal, "" + command.pid()).start().waitFor())
          .isZero();

      assertThat(said.readLine()).isEqualTo("puts away");
      assertThat(command.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(command.exitValue()).isEqualTo(code);
    } finally {
      command.destroyForcibly();
    }
  }

  /**
   * A shell that runs the build in the background has it ignore Ctrl-C, its children inherit that,
   * and a JVM leaves a signal alone that it finds ignored. Perl takes it back.
   */
  private static Process start() throws IOException {
    return new ProcessBuilder(
            List.of(
                PERL.toString(),
                "-e",
                "$SIG{INT} = 'DEFAULT'; exec @ARGV or die",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Waiting.class.getName()))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
