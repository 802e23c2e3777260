package io.dualtrack.local.command;

import io.dualtrack.review.ControlHistory;
import io.dualtrack.schemas.PolicyBundle;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What commands that decide recorded requests again begin with. */
final class RecordedOptions {

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--replay",
      paramLabel = "N",
      description =
          "how many requests are decided again at most, the latest ones (default: ${DEFAULT-VALUE})")
  private int replay = 100_000;

  @Option(names = "--json", description = "print one JSON object, with every digit")
  private boolean json;

  @Mixin private StackOption stack;

  int replay() {
    return replay;
  }

  boolean json() {
    return json;
  }

  /**
   * The stack that is meant.
   *
   * @throws io.dualtrack.local.stack.StackFailure if none answers there
   */
  StackClient connect() {
    if (replay < 1) {
      throw new ParameterException(spec.commandLine(), "--replay must be at least 1");
    }
    return stack.connect();
  }

  static ControlHistory history(StackClient client) {
    return ControlHistory.read(client.kafka(), client.registry());
  }

  /** The policy in force; empty, and said so, where none was ever published. */
  Optional<PolicyBundle> policy(ControlHistory history) {
    Optional<PolicyBundle> rules = history.lastPolicy();
    if (rules.isEmpty()) {
      spec.commandLine()
          .getErr()
          .println("dualtrack: no policy was published; apply one with: dualtrack control apply");
    }
    return rules;
  }
}
