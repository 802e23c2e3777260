package io.dualtrack.schemas;

import java.nio.ByteBuffer;
import java.util.Set;

/** The signature of a policy bundle: Ed25519 over everything else in it. */
public final class BundleSignature {

  /** Whether a bundle is what somebody trusted has signed. */
  public enum Trust {
    TRUSTED,
    UNSIGNED,
    UNKNOWN_KEY,
    BAD_SIGNATURE
  }

  static final Set<String> FIELDS = Set.of("signature", "signedBy");

  private BundleSignature() {}

  /** Signs a bundle as it is; any change afterwards makes the signature a wrong one. */
  public static void sign(PolicyBundle bundle, SigningKey key) {
    bundle.setSignature(ByteBuffer.wrap(key.sign(CanonicalRecord.bytes(bundle, FIELDS))));
    bundle.setSignedBy(key.id());
  }

  public static Trust check(PolicyBundle bundle, TrustedKeys keys) {
    if (bundle.getSignature() == null || bundle.getSignedBy() == null) {
      return Trust.UNSIGNED;
    }
    if (!keys.knows(bundle.getSignedBy())) {
      return Trust.UNKNOWN_KEY;
    }
    byte[] signature = new byte[bundle.getSignature().remaining()];
    bundle.getSignature().duplicate().get(signature);
    byte[] content = CanonicalRecord.bytes(bundle, FIELDS);
    return keys.verify(bundle.getSignedBy(), content, signature)
        ? Trust.TRUSTED
        : Trust.BAD_SIGNATURE;
  }
}
