package io.dualtrack.local.stack;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.schemas.KafkaAccess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where the parts of a running stack are; {@code GET /stack} in JSON.
 *
 * @param bootstrap the broker's {@code host:port}
 * @param registry base of the schema registry's Confluent API
 * @param http base of the stack's own HTTP
 * @param sandbox base of the sandbox, without the version path
 * @param data folder of everything that lasts
 */
public record StackAddress(String bootstrap, URI registry, URI http, URI sandbox, Path data) {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** What clients of this stack's brokers are made with, see {@link KafkaAccess}. */
  public KafkaAccess kafka() {
    return KafkaAccess.of(bootstrap, System.getenv());
  }

  /** What JSON holds: a path as its text. */
  private record Json(String bootstrap, URI registry, URI http, URI sandbox, String data) {}

  /**
   * Asks a running stack.
   *
   * @param http base of its HTTP, for example {@code http://127.0.0.1:8080}
   * @throws StackFailure if no stack answers there
   */
  public static StackAddress fetch(URI http) {
    URI question = URI.create(http.toString().replaceAll("/+$", "") + "/stack");
    try {
      HttpResponse<byte[]> answer =
          HttpClient.newBuilder()
              .connectTimeout(PATIENCE)
              .build()
              .send(
                  HttpRequest.newBuilder(question).timeout(PATIENCE).build(),
                  BodyHandlers.ofByteArray());
      if (answer.statusCode() != 200) {
        throw new StackFailure(
            "%s answers %d and is no Dualtrack stack; give the address that `dualtrack up` printed"
                .formatted(question, answer.statusCode()));
      }
      return fromJson(answer.body());
    } catch (IOException | IllegalArgumentException e) {
      throw new StackFailure(
          "no Dualtrack stack answers at %s; start one with `dualtrack up`".formatted(http), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StackFailure("interrupted while asking " + http, e);
    }
  }

  static StackAddress fromJson(byte[] text) throws IOException {
    Json json =
        new ObjectMapper()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .readValue(text, Json.class);
    return new StackAddress(
        json.bootstrap(), json.registry(), json.http(), json.sandbox(), Path.of(json.data()));
  }

  byte[] toJson() {
    try {
      return new ObjectMapper()
          .writeValueAsBytes(new Json(bootstrap, registry, http, sandbox, data.toString()));
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory", e);
    }
  }
}
