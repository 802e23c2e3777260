package io.dualtrack.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.avro.Schema;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SchemaRegistryTest {

  private static final Schema SCHEMA = BatchState.getClassSchema();
  private static final String SUBJECT = "dualtrack.batches-value";

  @TempDir Path folder;
  private RegistryStandIn server;

  @BeforeEach
  void start() throws IOException {
    server = new RegistryStandIn();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aNewSubjectIsSetToBackwardTransitive() {
    int id = registry().register(SUBJECT, SCHEMA);

    assertThat(id).isEqualTo(7);
    assertThat(server.compatibility).containsEntry(SUBJECT, "BACKWARD_TRANSITIVE");
  }

  @Test
  void aSubjectThatExistsKeepsItsCompatibility() {
    server.existing.add(SUBJECT);

    registry().register(SUBJECT, SCHEMA);

    assertThat(server.compatibility).isEmpty();
  }

  @Test
  void theRegistryIsAskedOncePerSchema() {
    SchemaRegistry registry = registry();
    registry.register(SUBJECT, SCHEMA);
    int calls = server.calls.size();

    registry.register(SUBJECT, SCHEMA);

    assertThat(server.calls).hasSize(calls);
  }

  @Test
  void aRegistryThatIsDownForAMomentIsAskedAgain() {
    server.unavailableFor = 3;

    assertThat(registry().register(SUBJECT, SCHEMA)).isEqualTo(7);
  }

  @Test
  void aRegistryThatStaysDownIsGivenUpWithTheSubjectAndTheCauseNamed() {
    server.unavailableFor = Integer.MAX_VALUE;

    assertThatThrownBy(() -> registry().register(SUBJECT, SCHEMA))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("BatchState")
        .hasMessageContaining(SUBJECT)
        .hasMessageContaining("503");
    assertThat(server.calls).hasSize(5);
  }

  @Test
  void aLevelThatAnotherProcessSetAMomentAgoIsNoFailure() {
    server.levels.put(SUBJECT, "BACKWARD_TRANSITIVE");

    assertThat(registry().register(SUBJECT, SCHEMA)).isEqualTo(7);
  }

  @Test
  void aLevelThatIsRefusedAndNotTheOneAskedForIsAFailure() {
    server.levels.put(SUBJECT, "NONE");

    assertThatThrownBy(() -> registry().register(SUBJECT, SCHEMA))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("exists already");
  }

  @Test
  void aSubjectThatAnotherProcessMadeAMomentAgoIsRegisteredUnder() {
    server.madeMeanwhile = true;

    assertThat(registry().register(SUBJECT, SCHEMA)).isEqualTo(7);
    assertThat(server.calls.stream().filter(call -> call.startsWith("POST"))).hasSize(2);
  }

  @Test
  void aRefusalIsNotAskedAgain() {
    server.refuse = true;

    assertThatThrownBy(() -> registry().register(SUBJECT, SCHEMA))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("incompatible");
    assertThat(server.calls.stream().filter(call -> call.startsWith("POST"))).hasSize(1);
  }

  @Test
  void aSchemaThatIsNoAvroIsTheFaultOfTheRecordThatNamesIt() {
    server.schema = Map.of("schema", "{\"type\":\"object\"}", "schemaType", "JSON");

    assertThatThrownBy(() -> registry().byId(9))
        .isInstanceOf(SerializationException.class)
        .hasMessage("schema 9 is JSON and no Avro")
        .matches(failure -> !SchemaRegistry.isBehind(failure));
    assertThat(server.calls).hasSize(1);
  }

  @Test
  void aSchemaThatCannotBeParsedIsTheFaultOfTheRecordThatNamesIt() {
    server.schema = Map.of("schema", "{\"type\":\"record\",\"name\":\"a secret\"}");

    assertThatThrownBy(() -> registry().byId(9))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("schema 9 of the registry cannot be used")
        .hasMessageNotContaining("secret")
        .matches(failure -> !SchemaRegistry.isBehind(failure));
  }

  @Test
  void aSchemaThatTheRegistryDoesNotHaveIsTheFaultOfTheRecordThatNamesIt() {
    server.schema = Map.of();

    assertThatThrownBy(() -> registry().byId(9))
        .isInstanceOf(SerializationException.class)
        .matches(failure -> !SchemaRegistry.isBehind(failure));
  }

  @Test
  void aRegistryThatIsDownIsNotTheFaultOfTheRecord() {
    server.unavailableFor = Integer.MAX_VALUE;

    assertThatThrownBy(() -> registry().byId(9))
        .isInstanceOf(SerializationException.class)
        .matches(SchemaRegistry::isBehind);
  }

  @Test
  void aProcessStartsFromItsCacheWhenTheRegistryIsDown() {
    SchemaRegistry first = registry();
    int id = first.register(SUBJECT, SCHEMA);
    first.byId(id);
    server.unavailableFor = Integer.MAX_VALUE;

    SchemaRegistry second = registry();

    assertThat(second.register(SUBJECT, SCHEMA)).isEqualTo(id);
    assertThat(second.byId(id)).isEqualTo(SCHEMA);
  }

  @Test
  void theCacheOfAnotherRegistryIsNotUsed() throws IOException {
    registry().register(SUBJECT, SCHEMA);
    try (RegistryStandIn other = new RegistryStandIn()) {
      other.unavailableFor = Integer.MAX_VALUE;

      SchemaRegistry registry =
          SchemaRegistry.connect(other.uri(), cacheFile(), Duration.ofMillis(1));

      assertThatThrownBy(() -> registry.register(SUBJECT, SCHEMA))
          .isInstanceOf(SerializationException.class);
    }
  }

  @Test
  void aLineOfTheCacheThatWasCutByAKillIsIgnored() throws IOException {
    registry().register(SUBJECT, SCHEMA);
    Files.writeString(cacheFile(), Files.readString(cacheFile()) + "{\"registry\":\"http");

    assertThat(registry().register(SUBJECT, SCHEMA)).isEqualTo(7);
  }

  private SchemaRegistry registry() {
    return SchemaRegistry.connect(server.uri(), cacheFile(), Duration.ofMillis(1));
  }

  private Path cacheFile() {
    return folder.resolve("registry-cache.jsonl");
  }

  /** The five calls of Confluent's API that the client makes, with faults. */
  private static final class RegistryStandIn implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    final List<String> existing = new CopyOnWriteArrayList<>();
    final Map<String, String> compatibility = new ConcurrentHashMap<>();
    final ConcurrentLinkedQueue<String> calls = new ConcurrentLinkedQueue<>();
    volatile int unavailableFor;
    volatile boolean refuse;
    volatile boolean madeMeanwhile;

    /** What every id stands for; empty where there is none. */
    volatile Map<String, String> schema = Map.of("schema", SCHEMA.toString());

    /** Levels that were set already, which cannot be set again. */
    final Map<String, String> levels = new ConcurrentHashMap<>();

    private final HttpServer http;

    RegistryStandIn() throws IOException {
      http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      http.createContext("/", this::answer);
      http.start();
    }

    URI uri() {
      return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
    }

    private void answer(HttpExchange exchange) throws IOException {
      String path = exchange.getRequestURI().getPath();
      String call = exchange.getRequestMethod() + " " + path;
      calls.add(call);
      JsonNode body = JSON.readTree(exchange.getRequestBody());
      if (unavailableFor > 0) {
        unavailableFor--;
        send(exchange, 503, Map.of("error_code", 50301, "message", "503: not now"));
      } else if (call.startsWith("GET /subjects/")) {
        if (existing.contains(path.split("/")[2])) {
          send(exchange, 200, List.of(1));
        } else {
          send(exchange, 404, Map.of("error_code", 40401, "message", "no subject"));
        }
      } else if (call.startsWith("POST /subjects/")) {
        if (madeMeanwhile) {
          madeMeanwhile = false;
          existing.add(path.split("/")[2]);
          send(exchange, 409, Map.of("error_code", 0, "message", "the subject exists already"));
        } else if (refuse) {
          send(exchange, 409, Map.of("error_code", 409, "message", "incompatible"));
        } else {
          send(exchange, 200, Map.of("id", 7));
        }
      } else if (call.startsWith("GET /config/")) {
        send(exchange, 200, Map.of("compatibilityLevel", levels.get(path.split("/")[2])));
      } else if (call.startsWith("PUT /config/") && levels.containsKey(path.split("/")[2])) {
        send(exchange, 409, Map.of("error_code", 0, "message", "the level exists already"));
      } else if (call.startsWith("PUT /config/")) {
        compatibility.put(path.split("/")[2], body.get("compatibility").asText());
        send(exchange, 200, body);
      } else if (schema.isEmpty()) {
        send(exchange, 404, Map.of("error_code", 40403, "message", "no schema"));
      } else {
        send(exchange, 200, schema);
      }
    }

    private static void send(HttpExchange exchange, int status, Object answer) throws IOException {
      byte[] bytes = JSON.writeValueAsString(answer).getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    }

    @Override
    public void close() {
      http.stop(0);
    }
  }
}
