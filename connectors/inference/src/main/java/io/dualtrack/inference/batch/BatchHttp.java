package io.dualtrack.inference.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.access.ImpossibleException;
import io.dualtrack.inference.adapter.Caller;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.inference.adapter.Reply;
import io.dualtrack.schemas.Offering;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Requests to a provider's batch API, and what is the same in all of them. */
final class BatchHttp {

  static final ObjectMapper JSON = new ObjectMapper();

  private static final Duration TIMEOUT = Duration.ofMinutes(5);
  private static final byte[] NOTHING = new byte[0];

  private final Access access;
  private final Caller caller;
  private final String keyHeader;
  private final String keyPrefix;
  private final Map<String, String> headers;

  /**
   * @param keyHeader that the provider expects its key in
   * @param headers of every request
   */
  BatchHttp(
      Access access,
      Caller caller,
      String keyHeader,
      String keyPrefix,
      Map<String, String> headers) {
    this.access = access;
    this.caller = caller;
    this.keyHeader = keyHeader;
    this.keyPrefix = keyPrefix;
    this.headers = headers;
  }

  CompletableFuture<byte[]> get(Offering offering, String path) {
    return call(offering, "GET", path, "application/json", NOTHING, Map.of());
  }

  CompletableFuture<byte[]> delete(Offering offering, String path) {
    return call(offering, "DELETE", path, "application/json", NOTHING, Map.of());
  }

  /**
   * @param more headers
   */
  CompletableFuture<byte[]> post(
      Offering offering, String path, String type, byte[] body, Map<String, String> more) {
    return call(offering, "POST", path, type, body, more);
  }

  private CompletableFuture<byte[]> call(
      Offering offering,
      String method,
      String path,
      String type,
      byte[] body,
      Map<String, String> more) {
    ProviderRequest request;
    try {
      URI uri = access.uri(offering, path);
      Map<String, String> all = new HashMap<>(headers);
      all.putAll(more);
      all.put("Accept", "application/json");
      if (body.length > 0) {
        all.put("Content-Type", type);
      }
      request =
          new ProviderRequest(uri, all, body, 0)
              .withMethod(method)
              .authorizedBy(access.header(offering, keyHeader, keyPrefix));
    } catch (ImpossibleException e) {
      return CompletableFuture.failedFuture(new BatchFailure(e.getMessage(), false));
    }
    return caller.call(request, TIMEOUT, () -> true).reply().thenCompose(BatchHttp::body);
  }

  private static CompletableFuture<byte[]> body(Reply reply) {
    if (reply instanceof Reply.Answered answered) {
      int status = answered.statusCode();
      if (status / 100 == 2) {
        return CompletableFuture.completedFuture(answered.body());
      }
      boolean again = status >= 500 || status == 408 || status == 409 || status == 429;
      return CompletableFuture.failedFuture(
          new BatchFailure("the provider answered " + status, again));
    }
    boolean again = !(reply instanceof Reply.TooLarge);
    return CompletableFuture.failedFuture(
        new BatchFailure("no answer: " + reply.getClass().getSimpleName(), again));
  }

  static CompletableFuture<JsonNode> json(byte[] body) {
    try {
      return CompletableFuture.completedFuture(JSON.readTree(body));
    } catch (IOException e) {
      return CompletableFuture.failedFuture(
          new BatchFailure("the provider's answer is no JSON", true));
    }
  }

  /** The objects of a JSONL file; a line that is none is left out, and its order taken back. */
  static List<JsonNode> lines(byte[] file) {
    List<JsonNode> lines = new ArrayList<>();
    int from = 0;
    for (int at = 0; at <= file.length; at++) {
      if (at == file.length || file[at] == '\n') {
        if (at > from) {
          try {
            lines.add(JSON.readTree(file, from, at - from));
          } catch (IOException e) {
            lines.add(JSON.missingNode());
          }
        }
        from = at + 1;
      }
    }
    return lines;
  }

  static void write(ByteArrayOutputStream out, String text) {
    out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }
}
