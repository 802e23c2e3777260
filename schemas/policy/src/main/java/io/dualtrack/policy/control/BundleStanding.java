package io.dualtrack.policy.control;

import io.dualtrack.schemas.BundleSignature.Trust;
import io.dualtrack.schemas.Fingerprints;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Reason;
import java.time.Instant;
import java.util.Optional;

/**
 * Whether a bundle may still open closed APIs: only one that a trusted key signed, and only for a
 * bounded time. Rules of one that may not are evaluated all the same, for whatever stays at home.
 *
 * @param replayed whether a trusted one that was published later was in force here before
 * @param until when it is stale; {@link Instant#MAX} for never
 * @param fingerprint of what was signed, SHA-256 in hex
 */
public record BundleStanding(Trust trust, boolean replayed, Instant until, String fingerprint) {

  /** Of a bundle that was never published: nobody signs a draft. It may have its own limit. */
  public static BundleStanding ofDraft(PolicyBundle bundle) {
    return new BundleStanding(Trust.TRUSTED, false, ownLimit(bundle), Fingerprints.of(bundle));
  }

  static Instant ownLimit(PolicyBundle bundle) {
    return bundle.getValidUntil() == null ? Instant.MAX : bundle.getValidUntil();
  }

  boolean trusted() {
    return trust == Trust.TRUSTED && !replayed;
  }

  /** Why no closed API may be used under the bundle; empty where one may. */
  public Optional<Reason> closesApis(PolicyBundle bundle, Instant at) {
    String name = "policy %s version %s".formatted(bundle.getId(), bundle.getVersion());
    String remedy = ", so no closed API may be used; apply the policy again";
    if (replayed) {
      return closed(
          "POLICY_REPLAYED",
          "%s was published at %s, before one that was in force here%s"
              .formatted(name, bundle.getPublishedAt(), remedy));
    }
    return switch (trust) {
      case TRUSTED ->
          at.isBefore(until)
              ? Optional.empty()
              : closed("POLICY_STALE", "%s was valid until %s%s".formatted(name, until, remedy));
      case UNSIGNED -> closed("POLICY_UNSIGNED", "%s is not signed%s".formatted(name, remedy));
      case UNKNOWN_KEY ->
          closed(
              "POLICY_UNTRUSTED",
              "%s is signed by the key %s, which is not trusted%s"
                  .formatted(name, bundle.getSignedBy(), remedy));
      case BAD_SIGNATURE ->
          closed(
              "POLICY_BAD_SIGNATURE",
              "%s is not what the key %s has signed%s"
                  .formatted(name, bundle.getSignedBy(), remedy));
    };
  }

  private static Optional<Reason> closed(String code, String text) {
    return Optional.of(new Reason("built-in:policy", code, text));
  }
}
