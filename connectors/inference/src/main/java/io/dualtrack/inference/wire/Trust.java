package io.dualtrack.inference.wire;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Whose certificates are believed: the JDK's authorities, and those of a file. */
final class Trust {

  private Trust() {}

  /**
   * @param authorities PEM file; null for none
   * @throws IllegalArgumentException where the file holds no certificate
   */
  static SSLContext context(Path authorities) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      if (authorities == null) {
        return SSLContext.getDefault();
      }
      int number = 0;
      for (X509Certificate usual : usual()) {
        store.setCertificateEntry("jdk-" + number++, usual);
      }
      for (Certificate own : read(authorities)) {
        store.setCertificateEntry("own-" + number++, own);
      }
      TrustManagerFactory factory = factory();
      factory.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, factory.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException(
          "the certificate authorities in %s cannot be used: %s"
              .formatted(authorities, e.getMessage()),
          e);
    }
  }

  private static TrustManagerFactory factory() throws GeneralSecurityException {
    return TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
  }

  private static X509Certificate[] usual() throws GeneralSecurityException {
    TrustManagerFactory factory = factory();
    factory.init((KeyStore) null);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager known) {
        return known.getAcceptedIssuers();
      }
    }
    return new X509Certificate[0];
  }

  private static Collection<? extends Certificate> read(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (found.isEmpty()) {
        throw new GeneralSecurityException("no certificate in it");
      }
      return found;
    }
  }

  /**
   * What went wrong with a connection. Never the exception's own message: it may quote what went
   * over the wire.
   */
  static String kind(Exception failure) {
    boolean ofCertificate = failure instanceof SSLPeerUnverifiedException;
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof CertPathBuilderException || each instanceof CertPathValidatorException) {
        return "the certificate is not trusted; DUALTRACK_CA_FILE names further authorities";
      }
      ofCertificate |= each instanceof CertificateException;
    }
    return ofCertificate
        ? "the certificate is not the called host's"
        : failure.getClass().getSimpleName();
  }
}
