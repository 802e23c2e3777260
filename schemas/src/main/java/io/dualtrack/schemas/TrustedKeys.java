package io.dualtrack.schemas;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** Public Ed25519 keys whose signatures count. Several at once, so that keys can be replaced. */
public final class TrustedKeys {

  private static final int ID_DIGITS = 16;

  private final Map<String, PublicKey> keys;

  private TrustedKeys(Map<String, PublicKey> keys) {
    this.keys = Map.copyOf(keys);
  }

  /** Trusts nobody. */
  public static TrustedKeys none() {
    return new TrustedKeys(Map.of());
  }

  /**
   * Reads every {@code PUBLIC KEY} of a PEM file.
   *
   * @throws IOException if the file cannot be read, or holds none, or one that is not Ed25519
   */
  public static TrustedKeys read(Path file) throws IOException {
    Map<String, PublicKey> keys = new LinkedHashMap<>();
    for (byte[] encoded : SigningKey.Pem.decode(Files.readString(file), SigningKey.Pem.PUBLIC)) {
      try {
        keys.put(
            id(encoded),
            KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
      } catch (GeneralSecurityException e) {
        throw new IOException("%s holds a key that is not Ed25519".formatted(file), e);
      }
    }
    if (keys.isEmpty()) {
      throw new IOException("%s holds no PUBLIC KEY in PEM".formatted(file));
    }
    return new TrustedKeys(keys);
  }

  private static String id(byte[] encoded) {
    return HexFormat.of()
        .formatHex(CanonicalRecord.sha256().digest(encoded))
        .substring(0, ID_DIGITS);
  }

  String onlyId() throws IOException {
    if (keys.size() != 1) {
      throw new IOException("the public half of a key must be one key, not " + keys.size());
    }
    return keys.keySet().iterator().next();
  }

  public boolean knows(String keyId) {
    return keys.containsKey(keyId);
  }

  /** Whether a trusted key made a signature; false for an unknown key or a malformed signature. */
  public boolean verify(String keyId, byte[] content, byte[] signature) {
    PublicKey key = keys.get(keyId);
    if (key == null) {
      return false;
    }
    try {
      Signature check = Signature.getInstance("Ed25519");
      check.initVerify(key);
      check.update(content);
      return check.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
