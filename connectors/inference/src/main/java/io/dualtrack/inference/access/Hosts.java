package io.dualtrack.inference.access;

import java.net.URI;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Hosts that an address from a control record may name. Whoever can write a control record must not
 * be able to have this process call, with a key, a host that its operator never heard of.
 *
 * <p>An entry is a host, or {@code *.suffix} for all below one, and stands for https; {@code
 * http://host} permits plain http too, for models served at home. A star inside a label stands for
 * part of it.
 */
public final class Hosts {

  /** The providers' own hosts, which are always permitted. */
  public static final List<String> PROVIDERS =
      List.of(
          "api.openai.com",
          "*.api.openai.com",
          "*.openai.azure.com",
          "api.mistral.ai",
          "api.eu.mistral.ai",
          "api.together.xyz",
          "api.fireworks.ai",
          "api.anthropic.com",
          "bedrock-runtime.*.amazonaws.com",
          "bedrock-mantle.*.api.aws",
          "*-aiplatform.googleapis.com",
          "aiplatform.googleapis.com");

  /** For a stack on one machine: models served on the same machine. */
  public static final String LOOPBACK = "http://127.0.0.1,http://localhost,http://[::1]";

  private static final Pattern ENTRY = Pattern.compile("(https?://)?[A-Za-z0-9.*:\\[\\]-]+");

  private final List<Pattern> encrypted;
  private final List<Pattern> plain;

  private Hosts(Set<String> entries) {
    this.encrypted = entries.stream().map(Hosts::host).map(Hosts::pattern).toList();
    this.plain =
        entries.stream()
            .filter(entry -> entry.startsWith("http://"))
            .map(Hosts::host)
            .map(Hosts::pattern)
            .toList();
  }

  /**
   * @param text entries separated by commas, beside the providers' own
   * @throws IllegalArgumentException naming an entry that is no host
   */
  public static Hosts parse(String text) {
    Set<String> entries = new LinkedHashSet<>(PROVIDERS);
    Arrays.stream(text.split(",", -1))
        .map(String::strip)
        .filter(entry -> !entry.isEmpty())
        .forEach(
            entry -> {
              if (!ENTRY.matcher(entry).matches()) {
                throw new IllegalArgumentException(
                    "%s is not a host, *.host or http://host".formatted(entry));
              }
              entries.add(entry);
            });
    return new Hosts(entries);
  }

  public boolean permit(URI address) {
    String host = address.getHost();
    if (host == null || address.getUserInfo() != null) {
      return false;
    }
    List<Pattern> patterns =
        "https".equals(address.getScheme())
            ? encrypted
            : "http".equals(address.getScheme()) ? plain : List.of();
    String name = host.toLowerCase(Locale.ROOT);
    return patterns.stream().anyMatch(pattern -> pattern.matcher(name).matches());
  }

  private static String host(String entry) {
    int scheme = entry.indexOf("://");
    return scheme < 0 ? entry : entry.substring(scheme + 3);
  }

  private static Pattern pattern(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    // "*.suffix" covers any depth; a star elsewhere stays within its label.
    String rest = lower.startsWith("*.") ? lower.substring(2) : lower;
    String labels = Pattern.quote(rest).replace("*", "\\E[a-z0-9-]+\\Q");
    return Pattern.compile((lower.startsWith("*.") ? "[a-z0-9.-]+\\." : "") + labels);
  }
}
