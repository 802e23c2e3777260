package io.dualtrack.local.command;

import io.dualtrack.local.cases.CaseReader;
import io.dualtrack.local.cases.CaseRun;
import io.dualtrack.local.cases.PolicyCase;
import io.dualtrack.local.control.ControlFiles;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.review.control.InvalidControlException;
import io.dualtrack.topology.jurisdiction.AddressCountries;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes the decisions of cases and compares them with what is expected. Needs no stack. */
@Command(
    name = "test",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Decides on the requests of cases, under the states that the cases set, and compares.",
      "infra/control/cases holds the cases that come with the product, and shows every key."
    },
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every case holds",
      "1:some case does not",
      "2:wrong usage, or cases or control files that cannot be read or are wrong"
    })
final class PolicyTestCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "DIR", description = "a file of cases, or a folder of them")
  private Path path;

  @Option(
      names = "--control",
      paramLabel = "PATH",
      description =
          "a file or folder of tenants, offerings and policies that stand in for those shipped;"
              + " what it does not hold is taken from those")
  private Path control;

  @Option(
      names = "--geo",
      paramLabel = "FILE",
      description = "MMDB files that addresses are looked up in (default: the shipped one)")
  private List<Path> geo = List.of();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    for (Path each : control == null ? List.of(path) : List.of(path, control)) {
      if (!Files.isReadable(each)) {
        err.println("dualtrack: %s cannot be read; name a YAML file or a folder".formatted(each));
        return Exit.USAGE;
      }
    }
    try {
      ControlSet shipped = ShippedControl.read();
      ControlSet base =
          control == null ? shipped : shipped.with(ControlFiles.read(control, shipped));
      return print(CaseReader.read(path, base), new CaseRun(AddressCountries.open(geo)), out);
    } catch (InvalidControlException e) {
      e.problems().forEach(err::println);
      err.println("dualtrack: %d problems, no case was run".formatted(e.problems().size()));
      return Exit.USAGE;
    } catch (IOException e) {
      err.println("dualtrack: %s cannot be read: %s".formatted(path, e.getMessage()));
      return Exit.USAGE;
    } catch (IllegalArgumentException e) {
      err.println("dualtrack: " + e.getMessage());
      return Exit.USAGE;
    }
  }

  private static int print(List<PolicyCase> cases, CaseRun run, PrintWriter out) {
    int failed = 0;
    for (PolicyCase each : cases) {
      List<String> failures = run.failures(each);
      out.println((failures.isEmpty() ? "pass  " : "FAIL  ") + each.name());
      failures.forEach(failure -> out.println("      " + failure));
      failed += failures.isEmpty() ? 0 : 1;
    }
    out.println("%d cases, %d failed".formatted(cases.size(), failed));
    out.flush();
    return failed == 0 ? Exit.DONE : Exit.INCOMPLETE;
  }
}
