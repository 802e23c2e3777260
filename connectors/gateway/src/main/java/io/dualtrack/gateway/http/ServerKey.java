package io.dualtrack.gateway.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** The server's certificate and key, read from the files that are configured. */
record ServerKey(KeyStore store, String password) {

  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String END = "-----END PRIVATE KEY-----";

  /**
   * @throws IllegalArgumentException naming the file that cannot be read, and what to do
   */
  static ServerKey read(TlsFiles files) {
    return files.keyStore() == null
        ? fromPem(files.chain(), files.key())
        : fromPkcs12(files.keyStore(), files.password());
  }

  void putInto(SslContextFactory.Server tls) {
    tls.setKeyStore(store);
    tls.setKeyStorePassword(password);
    tls.setKeyManagerPassword(password);
  }

  private static ServerKey fromPkcs12(Path file, Path passwordFile) {
    try {
      String password = passwordFile == null ? "" : Files.readString(passwordFile).strip();
      return new ServerKey(KeyStore.getInstance(file.toFile(), password.toCharArray()), password);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "%s cannot be read as PKCS#12 with the password in %s: %s"
              .formatted(file, passwordFile, e.getMessage()),
          e);
    }
  }

  private static ServerKey fromPem(Path chainFile, Path keyFile) {
    Certificate[] chain = chain(chainFile);
    PrivateKey key = key(keyFile, chain[0].getPublicKey().getAlgorithm());
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("server", key, new char[0], chain);
      return new ServerKey(store, "");
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "%s and %s do not go together: %s".formatted(chainFile, keyFile, e.getMessage()), e);
    }
  }

  private static Certificate[] chain(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      Certificate[] chain =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(in)
              .toArray(Certificate[]::new);
      if (chain.length == 0) {
        throw new IllegalArgumentException(file + " has no certificate; it must be PEM");
      }
      return chain;
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "%s cannot be read as PEM certificates: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static PrivateKey key(Path file, String algorithm) {
    try {
      String text = Files.readString(file, StandardCharsets.US_ASCII);
      int begin = text.indexOf(BEGIN);
      int end = text.indexOf(END);
      if (begin < 0 || end < begin) {
        throw new IllegalArgumentException(
            "%s has no '%s'; make it one with: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW"
                .formatted(file, BEGIN));
      }
      byte[] der = Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end));
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "%s cannot be read as the %s key of the certificate".formatted(file, algorithm), e);
    }
  }
}
