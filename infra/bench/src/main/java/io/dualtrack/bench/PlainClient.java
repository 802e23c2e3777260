package io.dualtrack.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The baseline: a client that sends a batch's bodies straight to the endpoint, with a bounded
 * number in flight and nothing else. What it reaches is what the endpoint and the machine allow.
 */
final class PlainClient {

  private static final ObjectMapper JSON = new ObjectMapper();

  // One for all runs: a client of its own for each would leave its connections open.
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /**
   * @param endpoint base with the version path
   * @return answers per second
   * @throws IOException if any call was not answered with 200
   */
  double run(Path batch, URI endpoint, int inFlight) throws IOException, InterruptedException {
    Semaphore places = new Semaphore(inFlight);
    AtomicLong answered = new AtomicLong();
    long sent = 0;
    long start = System.nanoTime();
    try (BufferedReader lines = Files.newBufferedReader(batch)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        HttpRequest request =
            HttpRequest.newBuilder(URI.create(endpoint + "/chat/completions"))
                .timeout(Duration.ofMinutes(1))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(JSON.readTree(line).get("body").toString()))
                .build();
        places.acquire();
        sent++;
        client
            .sendAsync(request, BodyHandlers.ofString())
            .whenComplete(
                (response, failure) -> {
                  if (failure == null && response.statusCode() == 200) {
                    answered.incrementAndGet();
                  }
                  places.release();
                });
      }
    }
    places.acquire(inFlight);
    double seconds = (System.nanoTime() - start) / 1e9;
    if (answered.get() != sent) {
      throw new IOException(
          "the endpoint answered %d of %d calls of the plain client"
              .formatted(answered.get(), sent));
    }
    return sent / seconds;
  }
}
