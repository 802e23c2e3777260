package io.dualtrack.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.local.stack.StackTexts;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TextKeysCommandTest {

  @TempDir Path data;

  private final StringWriter said = new StringWriter();

  private int run(String... arguments) {
    PrintWriter to = new PrintWriter(said);
    return new CommandLine(new TextKeysCommand()).setOut(to).setErr(to).execute(arguments);
  }

  @Test
  void aKeyIsMadeRotatedAndDestroyed() throws IOException {
    StackTexts.encrypt(data);
    String folder = "--data=" + data;

    assertThat(run("create", folder, "acme")).isEqualTo(Exit.DONE);
    assertThat(run("create", folder, "acme")).isEqualTo(Exit.INCOMPLETE);
    assertThat(run("rotate", folder, "acme")).isEqualTo(Exit.DONE);
    assertThat(run("rotate", folder, "globex")).isEqualTo(Exit.INCOMPLETE);
    assertThat(run("destroy", folder, "acme")).as("without --for-ever").isEqualTo(Exit.USAGE);
    assertThat(run("list", folder)).isEqualTo(Exit.DONE);
    assertThat(said.toString()).endsWith("acme" + System.lineSeparator());
    assertThat(run("destroy", folder, "--for-ever", "acme")).isEqualTo(Exit.DONE);
    assertThat(run("destroy", folder, "--for-ever", "acme")).isEqualTo(Exit.INCOMPLETE);

    assertThat(StackTexts.folder(data).orElseThrow().tenants()).isEmpty();
  }

  @Test
  void aStackThatDoesNotEncryptHasNoKeys() {
    assertThat(run("create", "--data=" + data, "acme")).isEqualTo(Exit.USAGE);

    assertThat(said.toString()).contains("--encrypt");
  }

  @Test
  void aKeyOfAnAccountIsDestroyedAndAskedForAgain() throws IOException {
    StackTexts.encrypt(data);
    String folder = "--data=" + data;
    String seat = "--subject=seat-1";
    run("create", folder, "acme");
    assertThat(run("create", folder, seat, "acme"))
        .as("before the tenant has keys of its accounts")
        .isEqualTo(Exit.INCOMPLETE);
    assertThat(run("by-account", folder, "acme")).isEqualTo(Exit.DONE);
    assertThat(run("by-account", folder, "acme")).isEqualTo(Exit.INCOMPLETE);

    assertThat(run("destroy", folder, seat, "--for-ever", "acme")).isEqualTo(Exit.INCOMPLETE);
    assertThat(run("create", folder, seat, "acme")).isEqualTo(Exit.DONE);
    assertThat(run("rotate", folder, "acme")).isEqualTo(Exit.DONE);
    assertThat(run("destroy", folder, seat, "acme")).as("without --for-ever").isEqualTo(Exit.USAGE);
    assertThat(run("destroy", folder, seat, "--for-ever", "acme")).isEqualTo(Exit.DONE);
    assertThat(said.toString())
        .contains("account seat-1 of tenant acme is destroyed", "not reached");
    assertThat(run("create", folder, seat, "acme")).isEqualTo(Exit.DONE);

    assertThat(run("destroy", folder, "--for-ever", "acme")).isEqualTo(Exit.DONE);
    assertThat(run("create", folder, seat, "acme")).as("under no key").isEqualTo(Exit.INCOMPLETE);
  }
}
