package io.dualtrack.topology.admission;

import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;

/** Tells a record that is bad for ever from one that cannot be read only now. */
final class RegistryTrouble {

  private RegistryTrouble() {}

  /** Whether a registry that did not answer is behind a failure. */
  static boolean isBehind(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof RestClientException answer) {
        return answer.getStatus() >= 500 || answer.getStatus() == 429;
      }
      if (each instanceof IOException) {
        return true;
      }
    }
    return false;
  }
}
