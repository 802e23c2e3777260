package io.dualtrack.gateway.access;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * A new API key, with what the control records hold of it.
 *
 * @param key for its owner, and nowhere else
 * @param prefix by which the account is found
 * @param hash Argon2id in PHC form
 */
public record ApiKey(String key, String prefix, String hash) {

  /** OWASP's least for Argon2id: 19 MiB, two passes, one lane. */
  private static final Argon2Function HASH =
      Argon2Function.getInstance(19 * 1024, 2, 1, 32, Argon2.ID);

  private static final int PREFIX_BYTES = 6;
  private static final int SECRET_BYTES = 24;

  public static ApiKey create() {
    SecureRandom random = new SecureRandom();
    String prefix = "dt-" + hex(random, PREFIX_BYTES);
    String key = prefix + "-" + hex(random, SECRET_BYTES);
    return new ApiKey(key, prefix, Password.hash(key).addRandomSalt(16).with(HASH).getResult());
  }

  private static String hex(SecureRandom random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** Without the key: it would end up in a log. */
  @Override
  public String toString() {
    return prefix + "…";
  }
}
