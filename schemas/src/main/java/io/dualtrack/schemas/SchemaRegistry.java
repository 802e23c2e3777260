package io.dualtrack.schemas;

import dev.failsafe.Failsafe;
import dev.failsafe.FailsafeException;
import dev.failsafe.RetryPolicy;
import dev.failsafe.function.CheckedSupplier;
import io.confluent.kafka.schemaregistry.avro.AvroSchema;
import io.confluent.kafka.schemaregistry.client.CachedSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.SchemaRegistryClient;
import io.confluent.kafka.schemaregistry.client.rest.RestService;
import io.confluent.kafka.schemaregistry.client.rest.entities.SchemaString;
import io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.SerializationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ids of schemas, and schemas of ids, from a registry that speaks Confluent's API.
 *
 * <p>Ids never change, so each is asked for once. A registry that is slow or down is asked again a
 * few times; after that the ids of the last run serve, where a cache file is set, so that a process
 * can start without its registry. A registry that answers always wins over the file.
 */
public final class SchemaRegistry {

  private static final Logger LOG = LoggerFactory.getLogger(SchemaRegistry.class);
  private static final String COMPATIBILITY = "BACKWARD_TRANSITIVE";
  private static final int REMEMBERED_SCHEMAS = 1_000;
  private static final Duration PATIENCE_PER_CALL = Duration.ofSeconds(3);
  private static final int NOT_FOUND = 404;

  private record Subject(String name, Schema schema) {}

  private final SchemaRegistryClient client;
  private final ById byId;
  private final SchemaCache cache;
  private final RetryPolicy<Object> retry;
  private final TextSeal texts;
  private final Map<Subject, Integer> ids;
  private final Map<Integer, Schema> schemas;

  /** Asks for the schema of an id. */
  @FunctionalInterface
  private interface ById {
    Schema ask(int id) throws IOException, RestClientException;
  }

  private SchemaRegistry(
      SchemaRegistryClient client, ById byId, SchemaCache cache, Duration firstDelay) {
    this.client = client;
    this.byId = byId;
    this.cache = cache;
    this.texts = TextSeal.NONE;
    this.ids = new ConcurrentHashMap<>();
    this.schemas = new ConcurrentHashMap<>();
    this.retry =
        RetryPolicy.builder()
            .handleIf(SchemaRegistry::mayPass)
            .withMaxRetries(4)
            .withBackoff(firstDelay, firstDelay.multipliedBy(8))
            .withJitter(0.2)
            .build();
  }

  private SchemaRegistry(SchemaRegistry same, TextSeal texts) {
    this.client = same.client;
    this.byId = same.byId;
    this.cache = same.cache;
    this.retry = same.retry;
    this.texts = texts;
    this.ids = same.ids;
    this.schemas = same.schemas;
  }

  /**
   * The same registry for serdes that seal texts. Every serde is made of a registry, so none is
   * made that forgets to.
   */
  public SchemaRegistry withTexts(TextSeal sealed) {
    return new SchemaRegistry(this, sealed);
  }

  /** What its serdes seal texts with. */
  public TextSeal texts() {
    return texts;
  }

  /**
   * The same registry for serdes that tell of each text that nobody can read any more.
   *
   * @param unreadable run on the thread that reads
   */
  public SchemaRegistry tellingUnreadable(Runnable unreadable) {
    return withTexts(texts.telling(unreadable));
  }

  /**
   * @param url base of the registry's Confluent API
   * @param cacheFile where the ids are remembered for a start without the registry
   */
  public static SchemaRegistry connect(URI url, Path cacheFile) {
    return connect(url, cacheFile, Duration.ofMillis(200));
  }

  static SchemaRegistry connect(URI url, Path cacheFile, Duration firstDelay) {
    RestService rest = new RestService(url.toString());
    rest.setHttpConnectTimeoutMs((int) PATIENCE_PER_CALL.toMillis());
    rest.setHttpReadTimeoutMs((int) PATIENCE_PER_CALL.toMillis());
    return new SchemaRegistry(
        new CachedSchemaRegistryClient(rest, REMEMBERED_SCHEMAS),
        id -> parsed(id, rest.getId(id)),
        SchemaCache.open(cacheFile, url),
        firstDelay);
  }

  /** A registry of its own in memory, for tests. */
  public static SchemaRegistry inMemory() {
    SchemaRegistryClient client = new MockSchemaRegistryClient();
    return new SchemaRegistry(
        client,
        id -> (Schema) client.getSchemaById(id).rawSchema(),
        SchemaCache.none(),
        Duration.ofMillis(1));
  }

  /**
   * Whether a registry that does not answer, or does not let us in, is behind a failure: what
   * cannot be read now may be sound. A schema that the registry does not have, or that is no Avro,
   * is the fault of the record that names it.
   */
  public static boolean isBehind(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof RestClientException answer) {
        return answer.getStatus() != NOT_FOUND;
      }
      if (each instanceof IOException) {
        return true;
      }
    }
    return false;
  }

  /**
   * Id of a schema under a subject; registers it if it is new there. A new subject is set to {@code
   * BACKWARD_TRANSITIVE}.
   *
   * @throws SerializationException if the registry refuses the schema, or cannot be reached and the
   *     cache does not know the id
   */
  public int register(String subject, Schema schema) {
    Subject key = new Subject(subject, schema);
    Integer known = ids.get(key);
    return known != null ? known : ids.computeIfAbsent(key, this::resolve);
  }

  /**
   * Schema of an id.
   *
   * @throws SerializationException if the registry does not know it, or cannot be reached and the
   *     cache does not know it either
   */
  public Schema byId(int id) {
    Schema known = schemas.get(id);
    return known != null ? known : schemas.computeIfAbsent(id, this::fetch);
  }

  private int resolve(Subject subject) {
    try {
      int id = ask(() -> registerRemotely(subject));
      cache.remember(subject.name(), subject.schema(), id);
      return id;
    } catch (IOException | RestClientException e) {
      OptionalInt cached =
          mayPass(e) ? cache.id(subject.name(), subject.schema()) : OptionalInt.empty();
      if (cached.isPresent()) {
        LOG.warn(
            "registry unavailable, using the cached id; subject={} cause={}",
            subject.name(),
            e.getMessage());
        return cached.getAsInt();
      }
      throw new SerializationException(
          "schema %s cannot be registered under %s: %s"
              .formatted(subject.schema().getName(), subject.name(), e.getMessage()),
          e);
    }
  }

  private int registerRemotely(Subject subject) throws IOException, RestClientException {
    AvroSchema schema = new AvroSchema(subject.schema());
    if (exists(subject.name())) {
      return client.register(subject.name(), schema);
    }
    int id = registerFirst(subject.name(), schema);
    setCompatibility(subject.name());
    return id;
  }

  /** Processes that start together register the same subjects; one is first. */
  private int registerFirst(String subject, AvroSchema schema)
      throws IOException, RestClientException {
    try {
      return client.register(subject, schema);
    } catch (RestClientException e) {
      if (mayPass(e) || !exists(subject)) {
        throw e;
      }
      return client.register(subject, schema);
    }
  }

  /** A registry may refuse a level that another process set a moment ago. */
  private void setCompatibility(String subject) throws IOException, RestClientException {
    try {
      client.updateCompatibility(subject, COMPATIBILITY);
    } catch (RestClientException e) {
      if (mayPass(e) || !COMPATIBILITY.equals(client.getCompatibility(subject))) {
        throw e;
      }
    }
  }

  private boolean exists(String subject) throws IOException, RestClientException {
    try {
      return !client.getAllVersions(subject).isEmpty();
    } catch (RestClientException e) {
      if (e.getStatus() == NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private Schema fetch(int id) {
    try {
      Schema schema = ask(() -> byId.ask(id));
      cache.remember(schema, id);
      return schema;
    } catch (IOException | RestClientException e) {
      Optional<Schema> cached = mayPass(e) ? cache.schema(id) : Optional.empty();
      return cached.orElseThrow(
          () ->
              new SerializationException(
                  "schema %d cannot be read from the registry: %s".formatted(id, e.getMessage()),
                  e));
    }
  }

  /**
   * Not left to the client, which says of a schema that it cannot use what it says of a registry
   * that it cannot reach.
   */
  private static Schema parsed(int id, SchemaString found) {
    String type = Objects.requireNonNullElse(found.getSchemaType(), AvroSchema.TYPE);
    if (!type.equals(AvroSchema.TYPE)) {
      throw new SerializationException("schema %d is %s and no Avro".formatted(id, type));
    }
    try {
      return new AvroSchema(found.getSchemaString()).rawSchema();
    } catch (RuntimeException e) {
      throw new SerializationException(
          "schema %d of the registry cannot be used (%s)"
              .formatted(id, e.getClass().getSimpleName()));
    }
  }

  private <T> T ask(CheckedSupplier<T> question) throws IOException, RestClientException {
    try {
      return Failsafe.with(retry).get(question);
    } catch (FailsafeException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      if (e.getCause() instanceof RestClientException rest) {
        throw rest;
      }
      throw e;
    }
  }

  /** Whether asking again may help: no answer at all, a server error, or too many requests. */
  private static boolean mayPass(Throwable failure) {
    if (failure instanceof RestClientException answer) {
      return answer.getStatus() >= 500 || answer.getStatus() == 429;
    }
    return failure instanceof IOException;
  }
}
