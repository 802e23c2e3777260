package io.dualtrack.local.command;

import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.local.stack.StackTexts;
import io.dualtrack.schemas.TextSubject;
import io.dualtrack.texts.KeyFolder;
import io.dualtrack.texts.SubjectKeyFolder;
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

/** Commands on the keys that texts of tenants, and of their accounts, are encrypted under. */
@Command(
    name = "text-keys",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "The keys that tenants' prompts and answers are encrypted under: in the folder that",
      "DUALTRACK_TEXT_KEYS names, or in the stack's own. A tenant's accounts may each have a key of",
      "their own under it, so that the texts of one can be destroyed alone."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:the tenant or account has a key already, or has none",
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
        spec.commandLine(), "which command? create, rotate, destroy, by-account or list");
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

  private SubjectKeyFolder subjects() {
    return StackTexts.subjects(data)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "no folder for keys of accounts: set DUALTRACK_TEXT_KEYS to one, or beside keys"
                        + " at a key management service DUALTRACK_SUBJECT_KEYS, or start the stack"
                        + " with --encrypt"));
  }

  @Command(
      name = "by-account",
      mixinStandardHelpOptions = true,
      description = {
        "Has each account of a tenant have a key of its own, made with its first text. Texts of",
        "before stay under the tenant's key. Accounts share no calls and no kept answers any more.",
        "It cannot be undone."
      })
  int byAccount(@Parameters(paramLabel = "TENANT") String tenant) throws IOException {
    return told(
        subjects().begin(tenant),
        "texts of tenant %s are under keys of their accounts within seconds",
        "tenant %s has keys of its accounts already",
        tenant);
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
        "Makes a key for a tenant, or an account, that has none. Tenants that are published and",
        "accounts that ask get theirs by themselves; one whose key was destroyed gets another one",
        "only so."
      })
  int create(
      @Parameters(paramLabel = "TENANT") String tenant,
      @Option(names = "--subject", paramLabel = "ACCOUNT", description = "an account's key")
          String account)
      throws IOException {
    if (account != null) {
      return told(
          subjects().create(new TextSubject(tenant, account)),
          "account %2$s of tenant %1$s has a key; its texts are taken within seconds",
          "account %2$s has a key already, or tenant %1$s has none or no keys of its accounts",
          tenant,
          account);
    }
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
        "Gives a tenant, and each of its accounts that has one, a new key for texts that are",
        "written from now on. Those of before are read as they were."
      })
  int rotate(@Parameters(paramLabel = "TENANT") String tenant) throws IOException {
    boolean rotated = folder().rotate(tenant);
    if (rotated) {
      subjects().rotateAll(tenant);
    }
    return told(
        rotated,
        "tenant %s has a new key; it is used within seconds",
        "tenant %s has no key; create one",
        tenant);
  }

  @Command(
      name = "destroy",
      mixinStandardHelpOptions = true,
      description = {
        "Destroys the key of a tenant, or of one of its accounts: nobody can read its prompts and",
        "answers any more, in topics, stores and files alike, and its requests are refused. It",
        "cannot be undone."
      })
  int destroy(
      @Parameters(paramLabel = "TENANT") String tenant,
      @Option(names = "--subject", paramLabel = "ACCOUNT", description = "an account's key")
          String account,
      @Option(
              names = "--for-ever",
              required = true,
              description = "says that you know it cannot be undone")
          boolean forEver)
      throws IOException {
    if (account != null) {
      return destroyed(tenant, account, forEver);
    }
    boolean destroyed = forEver && folder().destroy(tenant);
    if (destroyed) {
      subjects().deleteAll(tenant);
    }
    return told(
        destroyed,
        "the key of tenant %s is destroyed; every process forgets it within seconds",
        "tenant %s has no key",
        tenant);
  }

  private int destroyed(String tenant, String account, boolean forEver) throws IOException {
    return told(
        forEver && subjects().destroy(new TextSubject(tenant, account)),
        """
        the key of account %2$s of tenant %1$s is destroyed; every process forgets it within \
        seconds, and requests of the account are refused
        nobody reads what was under it: prompts, answers, kept answers, parts of large bodies, \
        files that it uploaded, and what its batches wrote
        not reached:
          texts of before the tenant had keys of its accounts, and copies of the key
          files that another account uploaded for its batches
          the plain spool of a batch of it that runs: cancel it
          what providers keep of its calls
          its name and the hashes of its texts in records without text; for the audit trail: \
        dualtrack audit erase""",
        "account %2$s of tenant %1$s has no key",
        tenant,
        account);
  }

  private int told(boolean done, String yes, String no, Object... names) {
    PrintWriter to = done ? spec.commandLine().getOut() : spec.commandLine().getErr();
    to.println((done ? yes : "dualtrack: " + no).formatted(names));
    to.flush();
    return done ? Exit.DONE : Exit.INCOMPLETE;
  }
}
