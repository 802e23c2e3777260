package io.dualtrack.local.command;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Makes a subject unreadable in the audit trail. */
@Command(
    name = "erase",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Destroys the key that an account is hidden under: nobody can tell any more which decisions"
            + " were about it, and the trail still verifies. It cannot be undone.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the key is destroyed",
      "1:the account has no key, or has none any more",
      "2:wrong usage",
      "3:no stack answers"
    })
final class AuditEraseCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(names = "--tenant", required = true, paramLabel = "ID", description = "the tenant")
  private String tenant;

  @Option(names = "--account", required = true, paramLabel = "ID", description = "its account")
  private String account;

  @Mixin private StackOption stack;

  @Override
  public Integer call() {
    int destroyed = stack.connect().subjects().destroy(tenant, account);
    if (destroyed == 0) {
      spec.commandLine()
          .getErr()
          .println("dualtrack: account %s of %s has no key".formatted(account, tenant));
      return Exit.INCOMPLETE;
    }
    spec.commandLine()
        .getOut()
        .println(
            "destroyed %d key%s; past decisions do not tell their account any more"
                .formatted(destroyed, destroyed == 1 ? "" : "s"));
    spec.commandLine().getOut().flush();
    return Exit.DONE;
  }
}
