package io.dualtrack.local.command;

import io.dualtrack.local.control.ControlFiles;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackTexts;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.operations.finance.BudgetTable;
import io.dualtrack.review.control.InvalidControlException;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.BudgetEvent;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.texts.KeyFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.ProducerFencedException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Checks control files and publishes them. */
@Command(
    name = "apply",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Checks YAML files with tenants, offerings, policies, prices, rates of currencies and"
            + " exemptions from the search for abuse, signs"
            + " the policies, and"
            + " publishes them: all or, where one is bad, none.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:everything is published",
      "1:something is wrong in the files; nothing was published",
      "2:wrong usage, or a path that cannot be read",
      "3:no stack answers"
    })
final class ControlApplyCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "PATH", description = "a YAML file or a folder of them")
  private Path path;

  @Mixin private StackOption stack;

  @Mixin private PersonOption person;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = "the Ed25519 key that signs policies (default: the one of the stack's folder)")
  private Path key;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    if (!Files.isReadable(path)) {
      err.println("dualtrack: %s cannot be read; name a YAML file or a folder".formatted(path));
      return Exit.USAGE;
    }
    StackClient client = stack.connect();
    ControlTopics control = client.control();
    SigningKey signing;
    try {
      signing = SigningKey.open(key == null ? client.inData(LocalStack.POLICY_KEY) : key);
    } catch (IOException e) {
      err.println(
          "dualtrack: no key to sign policies with: %s; name one with --key"
              .formatted(e.getMessage()));
      return Exit.USAGE;
    }
    try {
      ControlSet published = control.read();
      ControlSet set = ControlFiles.read(path, published);
      // Before the tenants are known, so that no text of theirs is refused for want of a key.
      int keys = createMissingKeys(client, set);
      control.publish(set, openings(client, set, published), signing, person.name());
      print(set);
      if (keys > 0) {
        spec.commandLine().getOut().println("made %d text keys".formatted(keys));
        spec.commandLine().getOut().flush();
      }
      return Exit.DONE;
    } catch (InvalidControlException e) {
      e.problems().forEach(err::println);
      err.println("dualtrack: %d problems, nothing was published".formatted(e.problems().size()));
      return Exit.INCOMPLETE;
    } catch (IOException e) {
      err.println("dualtrack: %s cannot be read: %s".formatted(path, e.getMessage()));
      return Exit.USAGE;
    } catch (ProducerFencedException e) {
      err.println(
          "dualtrack: another control command came in between, nothing was published; try again");
      return Exit.INCOMPLETE;
    }
  }

  private static int createMissingKeys(StackClient client, ControlSet set) throws IOException {
    Optional<KeyFolder> keys = StackTexts.folder(client.inData(""));
    return keys.isEmpty()
        ? 0
        : keys.get().createMissing(set.tenants().stream().map(Tenant::getId).toList());
  }

  /** The ledger is read only where a hard budget begins. */
  private static List<BudgetEvent> openings(
      StackClient client, ControlSet set, ControlSet published) {
    return set.tenants().stream().anyMatch(each -> BudgetTable.begins(each, published.tenants()))
        ? BudgetTable.openings(
            Instant.now(), set.tenants(), published.tenants(), client.costs().rollups())
        : List.of();
  }

  private void print(ControlSet set) {
    PrintWriter out = spec.commandLine().getOut();
    print(out, "tenants", set.tenants(), Tenant::getId);
    print(out, "offerings", set.offerings(), Offering::getId);
    print(
        out,
        "policies",
        set.policies(),
        (PolicyBundle bundle) ->
            "%s version %s (%d rules)"
                .formatted(bundle.getId(), bundle.getVersion(), bundle.getRules().size()));
    print(out, "prices", set.prices(), Price::getPriceId);
    print(out, "rates of currencies", set.currencies(), CurrencyRate::getRateId);
    print(out, "exemptions", set.exemptions(), AbuseExemption::getId);
    out.flush();
  }

  private static <T> void print(
      PrintWriter out, String what, List<T> records, Function<T, String> name) {
    if (!records.isEmpty()) {
      out.println(
          "applied %d %s: %s"
              .formatted(
                  records.size(),
                  what,
                  records.stream().map(name).collect(Collectors.joining(", "))));
    }
  }
}
