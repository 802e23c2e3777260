package io.dualtrack.jobs.runtime;

import io.dualtrack.schemas.SchemaRegistry;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;

/**
 * Where a task finds the schema registry. Unlike an open registry it can travel with a job to the
 * machines that run it.
 *
 * @param url base of the registry's Confluent API
 * @param cacheFile path, on each machine that runs a task, of the file that remembers ids for a
 *     start without the registry
 */
public record RegistryLocation(URI url, String cacheFile) implements Serializable {

  /** A connection of its own for one task. */
  public SchemaRegistry connect() {
    return SchemaRegistry.connect(url, Path.of(cacheFile));
  }
}
