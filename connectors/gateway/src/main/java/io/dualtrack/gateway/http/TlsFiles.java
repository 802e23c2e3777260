package io.dualtrack.gateway.http;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where the server's certificate and key are: two PEM files, or one PKCS#12 file.
 *
 * @param chain PEM file of the certificate and those that sign it; null for PKCS#12
 * @param key PEM file of the key in PKCS#8 without a password; null for PKCS#12
 * @param keyStore PKCS#12 file; null for PEM
 * @param password file that holds the password of the PKCS#12 file; null for none
 */
public record TlsFiles(Path chain, Path key, Path keyStore, Path password) {

  /** Throws an {@link IllegalArgumentException} where it is neither the one nor the other. */
  public TlsFiles {
    if ((chain == null) != (key == null) || (chain == null) == (keyStore == null)) {
      throw new IllegalArgumentException(
          "set DUALTRACK_TLS_CERTIFICATE and DUALTRACK_TLS_KEY, or DUALTRACK_TLS_KEYSTORE");
    }
  }

  /**
   * Reads {@code DUALTRACK_TLS_CERTIFICATE} and {@code DUALTRACK_TLS_KEY}, or {@code
   * DUALTRACK_TLS_KEYSTORE} and {@code DUALTRACK_TLS_PASSWORD_FILE}; empty where none is set.
   *
   * @throws IllegalArgumentException where they do not go together
   */
  public static Optional<TlsFiles> fromEnvironment(Map<String, String> environment) {
    Path chain = path(environment, "DUALTRACK_TLS_CERTIFICATE");
    Path key = path(environment, "DUALTRACK_TLS_KEY");
    Path keyStore = path(environment, "DUALTRACK_TLS_KEYSTORE");
    Path password = path(environment, "DUALTRACK_TLS_PASSWORD_FILE");
    return chain == null && key == null && keyStore == null
        ? Optional.empty()
        : Optional.of(new TlsFiles(chain, key, keyStore, password));
  }

  private static Path path(Map<String, String> environment, String variable) {
    String value = environment.get(variable);
    return value == null || value.isBlank() ? null : Path.of(value.strip());
  }
}
