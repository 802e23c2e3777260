package io.dualtrack.local.command;

import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.local.stack.StackTexts;
import io.dualtrack.texts.KeyFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Commands on the keys that tenants' texts are encrypted under. */
@Command(
    name = "text-keys",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "The keys that tenants' prompts and answers are encrypted under: in the folder that",
      "DUALTRACK_TEXT_KEYS names, or in the stack's own."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:the tenant has a key already, or has none",
      "2:wrong usage, or there is no such folder"
    })
public final class TextKeysCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      scope = ScopeType.INHERIT,
      description = "the stack's folder (default: ~/.dualtrack)")
  private Path data = StackOptions.defaultData();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? create, rotate, destroy or list");
  }

  private KeyFolder folder() {
    return StackTexts.folder(data)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "no folder of text keys: set DUALTRACK_TEXT_KEYS to one, or start the stack"
                        + " with --encrypt; keys at a key management service are managed there"));
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Prints the tenants that have a key.")
  int list() throws IOException {
    List<String> tenants = folder().tenants();
    PrintWriter out = spec.commandLine().getOut();
    tenants.forEach(out::println);
    out.flush();
    return Exit.DONE;
  }

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = {
        "Makes a key for a tenant that has none. Tenants that are published get theirs by",
        "themselves; one whose key was destroyed gets another one only so."
      })
  int create(@Parameters(paramLabel = "TENANT") String tenant) throws IOException {
    return told(
        folder().create(tenant),
        "tenant %s has a key; its texts are taken within seconds",
        "tenant %s has a key already; rotate it for another one",
        tenant);
  }

  @Command(
      name = "rotate",
      mixinStandardHelpOptions = true,
      description = {
        "Gives a tenant a new key for texts that are written from now on. Those of before are",
        "read as they were."
      })
  int rotate(@Parameters(paramLabel = "TENANT") String tenant) throws IOException {
    return told(
        folder().rotate(tenant),
        "tenant %s has a new key; it is used within seconds",
        "tenant %s has no key; create one",
        tenant);
  }

  @Command(
      name = "destroy",
      mixinStandardHelpOptions = true,
      description = {
        "Destroys a tenant's key: nobody can read its prompts and answers any more, in topics,",
        "stores and files alike, and its requests are refused. It cannot be undone."
      })
  int destroy(
      @Parameters(paramLabel = "TENANT") String tenant,
      @Option(
              names = "--for-ever",
              required = true,
              description = "says that you know it cannot be undone")
          boolean forEver)
      throws IOException {
    return told(
        forEver && folder().destroy(tenant),
        "the key of tenant %s is destroyed; every process forgets it within seconds",
        "tenant %s has no key",
        tenant);
  }

  private int told(boolean done, String yes, String no, String tenant) {
    PrintWriter to = done ? spec.commandLine().getOut() : spec.commandLine().getErr();
    to.println((done ? yes : "dualtrack: " + no).formatted(tenant));
    to.flush();
    return done ? Exit.DONE : Exit.INCOMPLETE;
  }
}
