package io.dualtrack.texts;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * Holds one key for each tenant and never gives it away: it encrypts and decrypts the data keys
 * that texts are encrypted with. Once a tenant's key is destroyed, its data keys, and so its texts,
 * are nobody's to read, wherever copies of them are.
 *
 * <p>Threads may share an instance.
 */
public interface KeyService {

  /**
   * Encrypts a data key under a tenant's key.
   *
   * @return empty where the tenant has no key
   * @throws IOException if that cannot be known now
   */
  Optional<byte[]> wrap(String tenant, byte[] dataKey) throws IOException;

  /**
   * Decrypts a data key.
   *
   * @return empty where it is not the tenant's, or the tenant's key was destroyed
   * @throws IOException if that cannot be known now
   */
  Optional<byte[]> unwrap(String tenant, byte[] wrapped) throws IOException;

  /** How long a data key may be used before this is asked again. */
  Duration remembered();
}
