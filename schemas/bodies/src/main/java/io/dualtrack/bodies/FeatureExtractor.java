package io.dualtrack.bodies;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.net.InetAddresses;
import io.dualtrack.schemas.Features;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Makes of a request's text what the abuse job may know of it: hashes under a secret, so that
 * nobody without it can look a guessed text up.
 *
 * <p>The text is that of the user's messages, or an embedding's input; of the system prompt only
 * its beginning is hashed, by itself. Of a text longer than {@value Conversation#MAX_CHARS}
 * characters both ends count, so that the work is bounded. Threads share an instance.
 */
public final class FeatureExtractor {

  private static final int IPV4_PREFIX_BYTES = 3;
  private static final int IPV6_PREFIX_BYTES = 6;

  private final Supplier<FeatureKeyring.Keys> keys;
  private final Elicitation elicitation = Elicitation.shipped();

  /**
   * Features of one request.
   *
   * @param current under the secret in use
   * @param earlier under the one before, while the two overlap
   */
  public record Extracted(Features current, Optional<Features> earlier) {}

  /**
   * With one secret for ever.
   *
   * @param secret at least 16 bytes
   * @param keyEpoch number of the secret, told with every feature
   */
  public FeatureExtractor(byte[] secret, int keyEpoch) {
    FeatureKeyring.Keys only =
        new FeatureKeyring.Keys(new FeatureKey(secret, keyEpoch), Optional.empty());
    this.keys = () -> only;
  }

  /** With secrets that take turns. */
  public FeatureExtractor(FeatureKeyring ring) {
    this.keys = ring::keys;
  }

  /** Features of a request's body under the secret in use. */
  public Features extract(ObjectNode body) {
    return keys.get().current().features(Reading.of(body, elicitation));
  }

  /** Features of a request's body under every secret in use. */
  public Extracted extractAll(ObjectNode body) {
    Reading reading = Reading.of(body, elicitation);
    FeatureKeyring.Keys now = keys.get();
    return new Extracted(
        now.current().features(reading), now.earlier().map(key -> key.features(reading)));
  }

  /**
   * Fingerprint of the network that an address is in, under the secret in use: the first 24 bits of
   * IPv4, the first 48 of IPv6. Nothing for what is no address.
   */
  public Optional<String> network(String address) {
    if (!InetAddresses.isInetAddress(address.strip())) {
      return Optional.empty();
    }
    InetAddress inet = InetAddresses.forString(address.strip());
    int bytes = inet instanceof Inet6Address ? IPV6_PREFIX_BYTES : IPV4_PREFIX_BYTES;
    String prefix = HexFormat.of().formatHex(Arrays.copyOf(inet.getAddress(), bytes));
    return Optional.of(keys.get().current().network(prefix));
  }
}
