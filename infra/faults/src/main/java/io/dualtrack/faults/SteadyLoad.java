package io.dualtrack.faults;

import io.dualtrack.bench.BatchFile;
import io.dualtrack.bench.Scratch;
import io.dualtrack.faults.oracle.Exchanged;
import io.dualtrack.local.batches.BatchClient;
import io.dualtrack.local.batches.BatchClient.Batch;
import io.dualtrack.local.batches.BatchClient.RefusedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A caller that sends one batch behind the other until it is told to end, and asks again as long as
 * its gateway does not answer.
 */
final class SteadyLoad {

  private static final String KEY = "dt-local-acme";
  private static final List<String> MODELS =
      List.of("gpt-5.6-sol", "llama-3.1-405b", "claude-opus-4.8", "kimi-k2.7");
  private static final Duration DEADLINE = Duration.ofHours(2);
  private static final Duration BETWEEN_QUESTIONS = Duration.ofSeconds(1);

  /** Without any answer for this long the stack is lost. */
  private static final Duration SILENCE = Duration.ofMinutes(4);

  private final BatchClient gateway;
  private final int lines;
  private final Scratch scratch;
  private final List<Exchanged> files = new ArrayList<>();
  private final List<String> batches = new ArrayList<>();
  private final CompletableFuture<Void> done;
  private volatile boolean ending;

  /** A call that may be made again. */
  private interface Call<T> {
    T make() throws IOException, InterruptedException;
  }

  private SteadyLoad(URI http, int lines, Scratch scratch) {
    this.gateway = new BatchClient(http, KEY);
    this.lines = lines;
    this.scratch = scratch;
    this.done = CompletableFuture.runAsync(this::send);
  }

  /**
   * @param lines of each batch
   * @param scratch where the files are
   */
  static SteadyLoad start(URI http, int lines, Scratch scratch) {
    return new SteadyLoad(http, lines, scratch);
  }

  /** Begins no batch any more, and waits for the end of the one that it is at. */
  void end() throws ExecutionException, InterruptedException {
    ending = true;
    done.get();
  }

  /** Whether it broke off. */
  boolean failed() {
    return done.isCompletedExceptionally();
  }

  /** What was sent and what came back, once it has ended. */
  List<Exchanged> files() {
    return files;
  }

  /** Ids of the batches, once it has ended. */
  List<String> batches() {
    return batches;
  }

  private void send() {
    try {
      for (int number = 1; !ending; number++) {
        send(number);
      }
    } catch (IOException e) {
      throw new IllegalStateException("the caller of the soak gives up", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the caller of the soak was interrupted", e);
    }
  }

  private void send(int number) throws IOException, InterruptedException {
    Exchanged each =
        new Exchanged(
            scratch.path("in-%d.jsonl".formatted(number)),
            scratch.path("out-%d.jsonl".formatted(number)));
    BatchFile.writeDistinct(each.input(), lines, "soak-" + number, MODELS);
    // An upload whose answer is lost leaves a file that no batch is made of.
    String file =
        patiently(() -> gateway.upload("soak.jsonl", BodyPublishers.ofFile(each.input())));
    Batch created = patiently(() -> gateway.create(file, DEADLINE));
    Batch batch = created;
    while (!batch.ended()) {
      Thread.sleep(BETWEEN_QUESTIONS.toMillis());
      batch = patiently(() -> gateway.batch(created.id()));
    }
    if (batch.error().isPresent()) {
      throw new IOException("batch %s: %s".formatted(batch.id(), batch.error().get()));
    }
    Batch ended = batch;
    patiently(
        () -> {
          download(ended, each);
          return ended;
        });
    files.add(each);
    batches.add(ended.id());
  }

  /** Whole or again. */
  private void download(Batch batch, Exchanged into) throws IOException, InterruptedException {
    try (OutputStream out = Files.newOutputStream(into.output())) {
      for (Optional<String> file : List.of(batch.outputFile(), batch.errorFile())) {
        if (file.isPresent()) {
          try (InputStream content = gateway.content(file.get())) {
            content.transferTo(out);
          }
        }
      }
    }
  }

  private static <T> T patiently(Call<T> call) throws IOException, InterruptedException {
    Instant giveUp = Instant.now().plus(SILENCE);
    while (true) {
      try {
        return call.make();
      } catch (IOException e) {
        boolean isFinal = e instanceof RefusedException refused && refused.isFinal();
        if (isFinal || Instant.now().isAfter(giveUp)) {
          throw e;
        }
        Thread.sleep(BETWEEN_QUESTIONS.toMillis());
      }
    }
  }
}
