package io.dualtrack.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/** Chats of one tenant with one model, none of which was asked before. */
final class Chats {

  static final String TENANT = "acme";
  static final String MODEL = "gpt-5.6-sol";

  private static final String KEY = "dt-local-" + TENANT;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final AtomicLong number = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  /**
   * @param millis of each call, the shortest first
   */
  record Load(double perSecond, double[] millis) {

    double percentile(int percent) {
      return millis[Math.min(millis.length - 1, millis.length * percent / 100)];
    }
  }

  /** As many calls as asked for, each connection with the next as soon as it has an answer. */
  Load load(URI endpoint, int count, int atATime) throws Exception {
    Queue<Double> millis = new ConcurrentLinkedQueue<>();
    AtomicLong left = new AtomicLong(count);
    ExecutorService callers = Executors.newFixedThreadPool(atATime);
    long begin = System.nanoTime();
    try {
      for (Future<?> each :
          IntStream.range(0, atATime)
              .mapToObj(
                  i ->
                      callers.submit(
                          () -> {
                            while (left.getAndDecrement() > 0) {
                              millis.add(ask(endpoint));
                            }
                            return null;
                          }))
              .toList()) {
        each.get();
      }
    } finally {
      callers.shutdownNow();
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    double[] sorted = millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return new Load(count / seconds, sorted);
  }

  /** Calls that were not answered with 200, since it was last asked to forget them. */
  long failed() {
    return failed.get();
  }

  void forgetFailed() {
    failed.set(0);
  }

  private double ask(URI endpoint) throws IOException, InterruptedException {
    ObjectNode body = JSON.createObjectNode().put("model", MODEL).put("temperature", 0);
    body.putArray("messages")
        .addObject()
        .put("role", "user")
        .put("content", "What is %d times 17?".formatted(number.incrementAndGet()));
    HttpRequest request =
        HttpRequest.newBuilder(endpoint)
            .timeout(Duration.ofMinutes(1))
            .header("Authorization", "Bearer " + KEY)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body.toString()))
            .build();
    long begin = System.nanoTime();
    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 200 && failed.incrementAndGet() == 1) {
      System.err.println(answer.statusCode() + " " + answer.body());
    }
    return (System.nanoTime() - begin) / 1e6;
  }
}
