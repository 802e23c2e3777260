package io.dualtrack.gateway.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.password4j.Argon2Function;
import com.password4j.BadParametersException;
import com.password4j.Password;
import io.dualtrack.gateway.error.ApiError;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells whether a key is the one that a hash was made of.
 *
 * <p>Argon2 is slow and takes memory on purpose, so what it said is remembered for a short while
 * under a keyed hash (HMAC-SHA-256, with a secret of this process), and few keys are tried at a
 * time: a flood of wrong keys waits and is turned away, and takes neither the memory nor all CPU.
 */
final class KeyVerifier {

  private static final Logger LOG = LoggerFactory.getLogger(KeyVerifier.class);
  private static final String HMAC = "HmacSHA256";
  private static final long REMEMBERED = 10_000;
  private static final Duration FOR = Duration.ofMinutes(5);
  private static final int AT_A_TIME = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final SecretKeySpec secret;
  private final Cache<String, Boolean> verdicts =
      Caffeine.newBuilder().maximumSize(REMEMBERED).expireAfterWrite(FOR).build();
  private final Semaphore places = new Semaphore(AT_A_TIME);

  KeyVerifier() {
    byte[] random = new byte[32];
    new SecureRandom().nextBytes(random);
    this.secret = new SecretKeySpec(random, HMAC);
  }

  /**
   * @param hash Argon2 in PHC form
   * @throws io.dualtrack.gateway.error.ApiException with 503 where too many keys wait to be tried
   */
  boolean matches(String key, String hash) {
    // Those who show the same key at the same time wait for one try of it.
    return verdicts.get(name(key, hash), name -> tryKey(key, hash));
  }

  private boolean tryKey(String key, String hash) {
    boolean entered = false;
    try {
      entered = places.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (!entered) {
        throw ApiError.unavailable("Too many keys are being checked.", RETRY_AFTER).toException();
      }
      return Password.check(key, hash).with(Argon2Function.getInstanceFromHash(hash));
    } catch (BadParametersException e) {
      LOG.error("an account's key hash cannot be read; it must be Argon2 in PHC form");
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw ApiError.unavailable("The gateway is stopping.", RETRY_AFTER).toException();
    } finally {
      if (entered) {
        places.release();
      }
    }
  }

  private String name(String key, String hash) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(secret);
      mac.update(hash.getBytes(StandardCharsets.UTF_8));
      mac.update((byte) 0);
      return Base64.getEncoder().encodeToString(mac.doFinal(key.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no " + HMAC, e);
    }
  }
}
