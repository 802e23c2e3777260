package io.dualtrack.policy.control;

import io.dualtrack.schemas.BundleSignature;
import io.dualtrack.schemas.BundleSignature.Trust;
import io.dualtrack.schemas.Fingerprints;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.TrustedKeys;
import java.time.Duration;
import java.time.Instant;

/** Which bundles count, and for how long. */
@FunctionalInterface
public interface PolicyTrust {

  BundleStanding judge(PolicyBundle bundle);

  /**
   * Of published bundles.
   *
   * @param keys of whoever may publish policies
   * @param maxAge from a bundle's publication on; its own limit may be nearer
   * @param mark how far publications came; raised by each trusted bundle
   */
  static PolicyTrust of(TrustedKeys keys, Duration maxAge, PublicationMark mark) {
    return bundle -> {
      Trust trust = BundleSignature.check(bundle, keys);
      Instant byAge = bundle.getPublishedAt().plus(maxAge);
      Instant byItself = BundleStanding.ownLimit(bundle);
      return new BundleStanding(
          trust,
          trust == Trust.TRUSTED && !mark.reach(bundle.getPublishedAt()),
          byAge.isBefore(byItself) ? byAge : byItself,
          Fingerprints.of(bundle));
    };
  }

  /** Of bundles that nobody has published: nobody signs a draft. */
  static PolicyTrust ofDrafts() {
    return BundleStanding::ofDraft;
  }
}
