package io.dualtrack.schemas;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.avro.Schema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ids and schemas of earlier runs, as JSON lines in a file. Lines of another registry are not used.
 */
final class SchemaCache {

  private static final Logger LOG = LoggerFactory.getLogger(SchemaCache.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * @param subject empty where only the schema's id is known
   */
  record Line(String registry, String subject, int id, String schema) {}

  private final Path file;
  private final String registry;
  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<Integer, Schema> schemas = new HashMap<>();

  private SchemaCache(Path file, String registry) {
    this.file = file;
    this.registry = registry;
  }

  static SchemaCache none() {
    return new SchemaCache(null, "");
  }

  static SchemaCache open(Path file, URI registry) {
    SchemaCache cache = new SchemaCache(file, registry.toString());
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      if (Files.exists(file)) {
        for (String line : Files.readAllLines(file)) {
          cache.load(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the schema cache " + file, e);
    }
    return cache;
  }

  private void load(String text) {
    try {
      Line line = JSON.readValue(text, Line.class);
      if (line.registry().equals(registry)) {
        put(line.subject(), new Schema.Parser().parse(line.schema()), line.id());
      }
    } catch (JsonProcessingException | RuntimeException e) {
      // The last line may be cut short by a kill; the registry still knows it.
      LOG.warn("ignoring an unreadable line of the schema cache; file={}", file);
    }
  }

  synchronized OptionalInt id(String subject, Schema schema) {
    Integer id = ids.get(key(subject, schema));
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  synchronized Optional<Schema> schema(int id) {
    return Optional.ofNullable(schemas.get(id));
  }

  void remember(Schema schema, int id) {
    remember("", schema, id);
  }

  synchronized void remember(String subject, Schema schema, int id) {
    Integer known = ids.get(key(subject, schema));
    if (file == null || (known != null && known == id)) {
      return;
    }
    put(subject, schema, id);
    try {
      String line = JSON.writeValueAsString(new Line(registry, subject, id, schema.toString()));
      Files.write(file, List.of(line), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      LOG.warn("cannot write the schema cache; file={} cause={}", file, e.getMessage());
    }
  }

  private void put(String subject, Schema schema, int id) {
    ids.put(key(subject, schema), id);
    schemas.put(id, schema);
  }

  private static String key(String subject, Schema schema) {
    return subject + "\n" + schema;
  }
}
