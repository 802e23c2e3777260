package io.dualtrack.local.command;

import io.dualtrack.gateway.access.ApiKey;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Commands on API keys. */
@Command(name = "key", mixinStandardHelpOptions = true, description = "API keys of accounts.")
public final class KeyCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command? key new");
  }

  @Command(
      name = "new",
      mixinStandardHelpOptions = true,
      description = {
        "Makes an API key and prints it, with the lines for its account in the tenant's file. The",
        "key is printed this once and kept nowhere."
      })
  int create() {
    ApiKey made = ApiKey.create();
    PrintWriter out = spec.commandLine().getOut();
    out.println(made.key());
    out.println("key_prefix: " + made.prefix());
    out.println("key_hash: '" + made.hash() + "'");
    out.flush();
    return 0;
  }
}
