package io.dualtrack.local.command;

import picocli.CommandLine.Option;

/**
 * The option that says who commands. Nothing proves the name: until there is sign-in, whoever may
 * run commands may say any, so that two names stand for two persons only where people keep to it.
 */
final class PersonOption {

  @Option(
      names = "--as",
      paramLabel = "NAME",
      description =
          "who commands it; taken on trust, because nobody signs in yet (default: the user of the"
              + " operating system)")
  private String name = System.getProperty("user.name");

  String name() {
    return name.strip();
  }
}
