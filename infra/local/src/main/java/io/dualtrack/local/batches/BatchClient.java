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
import java.net.http.HttpResponse.BodySubscribers;
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
   * @param error what is wrong with its input, where its status is failed
   */
  public record Batch(
      String id,
      String status,
      long total,
      long completed,
      long failed,
      Optional<String> outputFile,
      Optional<String> errorFile,
      Optional<String> error) {

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

    /** Whether the same call would be refused again, because of itself and not of its moment. */
    public boolean isFinal() {
      return status < 500 && status != 429;
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

  /**
   * Asks whether the key may be used.
   *
   * @throws RefusedException with 401 or 403 if not
   */
  public void checkKey() throws IOException, InterruptedException {
    send(get("/v1/batches?limit=1"), BodyHandlers.discarding());
  }

  /** How many files the caller's organisation has. */
  public int files() throws IOException, InterruptedException {
    return JSON.readTree(send(get("/v1/files"), BodyHandlers.ofByteArray())).get("data").size();
  }

  /** Makes a batch of chats that may take a day; what it returns is durable. */
  public Batch create(String inputFile) throws IOException, InterruptedException {
    return create(inputFile, Duration.ofHours(24));
  }

  /**
   * Makes a batch of chats; what it returns is durable. The same call again gives the same batch.
   *
   * @param window whole seconds, 72 hours at most
   */
  public Batch create(String inputFile, Duration window) throws IOException, InterruptedException {
    String body =
        JSON.createObjectNode()
            .put("input_file_id", inputFile)
            .put("endpoint", "/v1/chat/completions")
            .put("completion_window", text(window))
            .toString();
    HttpRequest request =
        request("/v1/batches")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    return batch(send(request, BodyHandlers.ofByteArray()));
  }

  private static String text(Duration window) {
    return window.toSecondsPart() + window.toMinutesPart() == 0
        ? window.toHours() + "h"
        : window.toSeconds() + "s";
  }

  /** Has nothing more of a batch released. */
  public Batch cancel(String id) throws IOException, InterruptedException {
    HttpRequest request =
        request("/v1/batches/%s/cancel".formatted(id)).POST(BodyPublishers.noBody()).build();
    return batch(send(request, BodyHandlers.ofByteArray()));
  }

  public Batch batch(String id) throws IOException, InterruptedException {
    return batch(send(get("/v1/batches/" + id), BodyHandlers.ofByteArray()));
  }

  /** Reads a file as it arrives; the caller closes it. */
  public InputStream content(String file) throws IOException, InterruptedException {
    return send(get("/v1/files/%s/content".formatted(file)), BodyHandlers.ofInputStream());
  }

  /** Deletes a file that no batch reads any more. */
  public void delete(String file) throws IOException, InterruptedException {
    send(request("/v1/files/" + file).DELETE().build(), BodyHandlers.discarding());
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
    HttpResponse<Either<T>> answer =
        http.send(
            request,
            head ->
                head.statusCode() == 200
                    ? BodySubscribers.mapping(handler.apply(head), Either::of)
                    : BodySubscribers.mapping(BodySubscribers.ofByteArray(), Either::refused));
    if (answer.statusCode() != 200) {
      throw new RefusedException(answer.statusCode(), message(answer));
    }
    return answer.body().answer();
  }

  /** What was asked for, or an error's text; the other one is null. */
  private record Either<T>(T answer, byte[] error) {
    static <T> Either<T> of(T answer) {
      return new Either<>(answer, null);
    }

    static <T> Either<T> refused(byte[] text) {
      return new Either<>(null, text);
    }
  }

  private static String message(HttpResponse<? extends Either<?>> answer) throws IOException {
    JsonNode said = JSON.readTree(answer.body().error());
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
        Optional.ofNullable(json.path("error_file_id").textValue()),
        Optional.ofNullable(json.at("/errors/data/0/message").textValue()));
  }
}
