package io.dualtrack.inference.access;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * How calls leave this process. Certificates are always verified; there is no switch.
 *
 * @param hosts that addresses from control records may name
 * @param proxy that calls go through, except to loopback; null for none
 * @param proxyCredentials {@code user:password}; null for none
 * @param authorities PEM file of certificate authorities to trust beside the JDK's; null for none
 */
public record Egress(Hosts hosts, URI proxy, String proxyCredentials, Path authorities) {

  /**
   * Reads {@code DUALTRACK_HOSTS}, {@code DUALTRACK_PROXY}, {@code DUALTRACK_PROXY_CREDENTIALS} and
   * {@code DUALTRACK_CA_FILE}.
   *
   * @throws IllegalArgumentException naming the variable that is wrong
   */
  public static Egress fromEnvironment(Map<String, String> environment) {
    return new Egress(
        hosts(environment.getOrDefault("DUALTRACK_HOSTS", "")),
        text(environment, "DUALTRACK_PROXY").map(Egress::proxy).orElse(null),
        text(environment, "DUALTRACK_PROXY_CREDENTIALS").orElse(null),
        text(environment, "DUALTRACK_CA_FILE").map(Egress::file).orElse(null));
  }

  private static Hosts hosts(String text) {
    try {
      return Hosts.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("DUALTRACK_HOSTS: " + e.getMessage(), e);
    }
  }

  private static Optional<String> text(Map<String, String> environment, String variable) {
    return Optional.ofNullable(environment.get(variable))
        .map(String::strip)
        .filter(value -> !value.isEmpty());
  }

  private static URI proxy(String text) {
    try {
      URI proxy = URI.create(text);
      if ("http".equals(proxy.getScheme())
          && proxy.getHost() != null
          && proxy.getPort() > 0
          && proxy.getUserInfo() == null) {
        return proxy;
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("DUALTRACK_PROXY is not an address", e);
    }
    throw new IllegalArgumentException(
        "DUALTRACK_PROXY must be http://host:port; credentials go to DUALTRACK_PROXY_CREDENTIALS");
  }

  private static Path file(String text) {
    Path file = Path.of(text);
    if (!Files.isReadable(file)) {
      throw new IllegalArgumentException("DUALTRACK_CA_FILE: cannot read " + text);
    }
    return file;
  }

  @Override
  public String toString() {
    return "Egress[proxy=" + proxy + ", authorities=" + authorities + "]";
  }
}
