package io.dualtrack.local.command;

import io.dualtrack.operations.control.KillSwitch;
import io.dualtrack.operations.control.KillSwitch.Outcome;
import io.dualtrack.operations.control.UnknownSubjectException;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.errors.ProducerFencedException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** What is restricted or reopened, by whom and why. */
final class SuspensionOptions {

  @Parameters(
      index = "0",
      paramLabel = "SCOPE",
      description = "offering, model, provider or tenant")
  private SuspensionScope scope;

  @Parameters(index = "1", paramLabel = "ID", description = "its id")
  private String id;

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "why; it stands in every refusal and in the audit trail")
  private String reason;

  @Option(
      names = "--partners",
      split = ",",
      paramLabel = "TENANT",
      description = "for PARTNERS_ONLY: tenants to serve beside the offering's own partners")
  private List<String> partners = List.of();

  @Mixin private PersonOption person;

  @Mixin private StackOption stack;

  int command(ExportState state, CommandSpec spec) {
    if (reason.isBlank() || person.name().isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--reason and --as must say something");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try {
      Outcome outcome =
          stack
              .connect()
              .control()
              .command(
                  new KillSwitch.Command(
                      scope, id, state, partners, reason.strip(), person.name()));
      return report(outcome, out, err);
    } catch (UnknownSubjectException e) {
      err.println("dualtrack: " + e.getMessage());
      return Exit.USAGE;
    } catch (ProducerFencedException e) {
      err.println("dualtrack: another control command came in between; try again");
      return Exit.INCOMPLETE;
    } finally {
      out.flush();
      err.flush();
    }
  }

  private int report(Outcome outcome, PrintWriter out, PrintWriter err) {
    String what = scope.name().toLowerCase(Locale.ROOT) + " " + id;
    if (outcome instanceof Outcome.Applied applied) {
      Suspension done = applied.suspension();
      out.println(
          "%s is %s, epoch %d%s"
              .formatted(
                  what,
                  done.getState(),
                  done.getEpoch(),
                  done.getApprover() == null
                      ? ""
                      : ", asked for by %s and approved by %s"
                          .formatted(done.getActor(), done.getApprover())));
      return Exit.DONE;
    }
    if (outcome instanceof Outcome.Asked asked) {
      out.println(
          "%s is still %s: %s asked for %s, and a second person has to approve it by the same command"
              .formatted(
                  what,
                  KillSwitch.state(asked.suspension()),
                  asked.suspension().getReopening().getActor(),
                  asked.suspension().getReopening().getState()));
      return Exit.INCOMPLETE;
    }
    err.println("dualtrack: " + ((Outcome.Denied) outcome).why());
    return Exit.USAGE;
  }
}
