package io.dualtrack.local.command;

import io.dualtrack.local.stack.StackAddress;
import java.net.URI;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The option that says which stack a command talks to. */
final class StackOption {

  static final URI DEFAULT = URI.create("http://127.0.0.1:8080");

  @Option(
      names = "--stack",
      paramLabel = "URL",
      description = "address that `dualtrack up` printed (default: http://127.0.0.1:8080)")
  private URI url;

  /** What was given. */
  Optional<URI> given() {
    return Optional.ofNullable(url);
  }

  /**
   * The stack that is meant.
   *
   * @throws io.dualtrack.local.stack.StackFailure if none answers there
   */
  StackClient connect() {
    return new StackClient(StackAddress.fetch(given().orElse(DEFAULT)));
  }
}
