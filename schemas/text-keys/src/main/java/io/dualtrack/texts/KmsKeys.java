package io.dualtrack.texts;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.KmsClient;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.regex.Pattern;

/**
 * Keys in a key management service that Tink has a client for: {@code
 * aws-kms://arn:aws:kms:eu-central-1:111122223333:alias/dualtrack-{tenant}}. They are made, rotated
 * and destroyed there.
 */
final class KmsKeys implements KeyService {

  static final String TENANT = "{tenant}";

  /** Each question costs money and a journey. */
  private static final Duration REMEMBERED = Duration.ofMinutes(5);

  /** How the services' clients say that a key does not exist, or is on its way out. */
  private static final Pattern GONE =
      Pattern.compile(
          "NotFound|NOT_FOUND|Disabled|DISABLED|KMSInvalidState|PendingDeletion|DESTROYED");

  private final KmsClient client;
  private final String uri;

  /**
   * @param uri of the keys, with {@code {tenant}} where a tenant's name goes
   */
  KmsKeys(KmsClient client, String uri) {
    this.client = client;
    this.uri = uri;
  }

  /**
   * Finds the client on the class path, with the credentials of the process.
   *
   * @throws IllegalArgumentException if the address names no tenant, or there is no client for it
   */
  static KmsKeys of(String uri) {
    if (!uri.contains(TENANT)) {
      throw new IllegalArgumentException(
          "%s names one key for all tenants; write {tenant} where a tenant's name goes"
              .formatted(uri));
    }
    for (KmsClient each : ServiceLoader.load(KmsClient.class)) {
      if (each.doesSupport(uri)) {
        try {
          return new KmsKeys(each.withDefaultCredentials(), uri);
        } catch (GeneralSecurityException e) {
          throw new IllegalArgumentException("no credentials for " + uri, e);
        }
      }
    }
    throw new IllegalArgumentException(
        "no client for %s is on the class path; add Tink's".formatted(uri));
  }

  /** What is asked of a key. */
  private interface Question {
    byte[] ask(Aead key, byte[] tenant) throws GeneralSecurityException;
  }

  private Optional<byte[]> ask(String tenant, Question question) throws IOException {
    try {
      Aead key =
          client.getAead(uri.replace(TENANT, URLEncoder.encode(tenant, StandardCharsets.UTF_8)));
      return Optional.of(question.ask(key, tenant.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException | RuntimeException e) {
      if (isGone(e)) {
        return Optional.empty();
      }
      throw new IOException(
          "the key service does not answer for tenant %s (%s)"
              .formatted(tenant, e.getClass().getSimpleName()),
          e);
    }
  }

  private static boolean isGone(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (GONE.matcher(each.getClass().getSimpleName() + " " + each.getMessage()).find()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public Optional<byte[]> wrap(String tenant, byte[] dataKey) throws IOException {
    return ask(tenant, (key, bound) -> key.encrypt(dataKey, bound));
  }

  @Override
  public Optional<byte[]> unwrap(String tenant, byte[] wrapped) throws IOException {
    return ask(tenant, (key, bound) -> key.decrypt(wrapped, bound));
  }

  @Override
  public Duration remembered() {
    return REMEMBERED;
  }
}
