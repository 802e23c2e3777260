package io.dualtrack.local.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Commands on the audit trail. */
@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    subcommands = {AuditVerifyCommand.class, AuditEraseCommand.class},
    description = "The audit trail: proof that it is whole, and erasure of a subject.")
public final class AuditCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command? audit verify or audit erase");
  }
}
