package io.dualtrack.local.batches;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/** A gateway's files and batches as a caller uses them. Threads may share a client. */
public final class BatchClient {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Of a call whose body is small. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /**
   * A batch as the gateway tells it.
   *
   * @param status OpenAI's word
   * @param completed lines that were answered
   * @param failed lines that have ended without an answer
   * @param outputFile empty where no line was answered, or it has not ended
   * @param errorFile empty where every line was answered, or it has not ended
   */
  public record Batch(
      String id,
      String status,
      long total,
      long completed,
      long failed,
      Optional<String> outputFile,
      Optional<String> errorFile) {

    /** Whether nothing of it will change any more. */
    public boolean ended() {
      return switch (status) {
        case "completed", "failed", "expired", "cancelled" -> true;
        default -> false;
      };
    }
  }

  /** The gateway's answer was not 200; the message is its own. */
  public static final class RefusedException extends IOException {
    private final int status;

    RefusedException(int status, String message) {
      super(message);
      this.status = status;
    }

    /** HTTP's. */
    public int status() {
      return status;
    }
  }

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI gateway;
  private final String key;

  /**
   * @param gateway base without the version path
   */
  public BatchClient(URI gateway, String key) {
    this.gateway = gateway;
    this.key = key;
  }

  /** Whether the gateway says that it answers calls. */
  public boolean isReady() throws InterruptedException {
    HttpRequest question =
        HttpRequest.newBuilder(gateway.resolve("/readyz")).timeout(Duration.ofSeconds(5)).build();
    try {
      return http.send(question, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      // It does not listen.
      return false;
    }
  }

  /**
   * Uploads an input; what it returns is durable.
   *
   * @param content sent as it is read
   * @return the file's id
   */
  public String upload(String filename, BodyPublisher content)
      throws IOException, InterruptedException {
    String boundary = "dualtrack-" + UUID.randomUUID();
    String head =
        """
        --%1$s\r
        Content-Disposition: form-data; name="purpose"\r
        \r
        batch\r
        --%1$s\r
        Content-Disposition: form-data; name="file"; filename="%2$s"\r
        Content-Type: application/jsonl\r
        \r
        """
            .formatted(boundary, filename);
    HttpRequest request =
        HttpRequest.newBuilder(gateway.resolve("/v1/files"))
            .header("Authorization", "Bearer " + key)
            .header("Content-Type", "multipart/form-data; boundary=" + boundary)
            .POST(
                BodyPublishers.concat(
                    BodyPublishers.ofString(head),
                    content,
                    BodyPublishers.ofString("\r\n--%s--\r\n".formatted(boundary))))
            .build();
    return JSON.readTree(send(request, BodyHandlers.ofByteArray())).get("id").asText();
  }

  /** How many files the caller's organisation has. */
  public int files() throws IOException, InterruptedException {
    return JSON.readTree(send(get("/v1/files"), BodyHandlers.ofByteArray())).get("data").size();
  }

  /** Makes a batch of chats; what it returns is durable. */
  public Batch create(String inputFile) throws IOException, InterruptedException {
    String body =
        JSON.createObjectNode()
            .put("input_file_id", inputFile)
            .put("endpoint", "/v1/chat/completions")
            .put("completion_window", "24h")
            .toString();
    HttpRequest request =
        request("/v1/batches")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    return batch(send(request, BodyHandlers.ofByteArray()));
  }

  public Batch batch(String id) throws IOException, InterruptedException {
    return batch(send(get("/v1/batches/" + id), BodyHandlers.ofByteArray()));
  }

  /** Reads a file as it arrives; the caller closes it. */
  public InputStream content(String file) throws IOException, InterruptedException {
    return send(get("/v1/files/%s/content".formatted(file)), BodyHandlers.ofInputStream());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(gateway.resolve(path))
        .timeout(PATIENCE)
        .header("Authorization", "Bearer " + key);
  }

  private HttpRequest get(String path) {
    return request(path).build();
  }

  private <T> T send(HttpRequest request, BodyHandler<T> handler)
      throws IOException, InterruptedException {
    HttpResponse<T> answer = http.send(request, handler);
    if (answer.statusCode() != 200) {
      throw new RefusedException(answer.statusCode(), message(answer));
    }
    return answer.body();
  }

  private static String message(HttpResponse<?> answer) throws IOException {
    JsonNode said =
        answer.body() instanceof InputStream stream
            ? JSON.readTree(stream)
            : JSON.readTree((byte[]) answer.body());
    return "%s answers %d: %s"
        .formatted(answer.uri().getPath(), answer.statusCode(), said.at("/error/message").asText());
  }

  private static Batch batch(byte[] text) throws IOException {
    JsonNode json = JSON.readTree(text);
    return new Batch(
        json.get("id").asText(),
        json.get("status").asText(),
        json.at("/request_counts/total").asLong(),
        json.at("/request_counts/completed").asLong(),
        json.at("/request_counts/failed").asLong(),
        Optional.ofNullable(json.path("output_file_id").textValue()),
        Optional.ofNullable(json.path("error_file_id").textValue()));
  }
}
