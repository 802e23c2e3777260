package io.dualtrack.local.control;

import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.review.control.InvalidControlException;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tenants, offerings, policies and prices that come with the product. */
public final class ShippedControl {

  private static final String PUBLISHER = "dualtrack";

  private static final List<String> FILES =
      List.of("exemptions.yaml", "offerings.yaml", "policies.yaml", "prices.yaml", "tenants.yaml");

  private ShippedControl() {}

  /** Reads the shipped files. */
  public static ControlSet read() {
    Map<String, String> texts = new LinkedHashMap<>();
    FILES.forEach(file -> texts.put(file, text(file)));
    try {
      return ControlFiles.readTexts(texts);
    } catch (InvalidControlException e) {
      throw new IllegalStateException("the shipped control files are broken", e);
    }
  }

  /**
   * Publishes the shipped records; fits the local stack's {@code ControlDefaults}.
   *
   * @param kafka where the brokers are
   * @param key that signs the policy
   */
  public static void publish(KafkaAccess kafka, SchemaRegistry registry, SigningKey key) {
    new ControlTopics(kafka, registry, Clock.systemUTC()).publish(read(), key, PUBLISHER);
  }

  private static String text(String file) {
    try (InputStream in = ShippedControl.class.getResourceAsStream("/control/" + file)) {
      if (in == null) {
        throw new IllegalStateException("the control file %s was not packaged".formatted(file));
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
