package io.dualtrack.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.bench.BatchFile;
import io.dualtrack.bench.LinesInFlight;
import io.dualtrack.bench.Scratch;
import io.dualtrack.local.batches.BatchClient;
import io.dualtrack.local.batches.BatchClient.Batch;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.ServiceProcess;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.local.stack.StackProgress;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * A batch whose gateway is killed with SIGKILL and started again: in mid-upload, right after it
 * acknowledged the batch, while lines are released, with the last result, and in mid-download. What
 * it acknowledged must be there, and every line must be released, answered and delivered once. At
 * last it is told to stop in mid-download, which must be let to its end.
 *
 * <p>Each kill happens on a condition, never after a time.
 */
public final class GatewayScenario {

  private static final String KEY = "dt-local-acme";
  private static final List<String> MODELS =
      List.of("gpt-5.6-sol", "llama-3.1-405b", "claude-opus-4.8", "kimi-k2.7");
  private static final int EXIT_BY_SIGTERM = 128 + 15;
  private static final Duration LATENCY = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(50);
  private static final Duration POLL = Duration.ofMillis(100);

  /** Of a file that no connection buffers whole. */
  private static final long LARGE_BYTES = 16_000_000;

  /**
   * Lines that each tenant has in flight here. While more than these are open, a kill hits a
   * gateway that still has lines to release.
   */
  private static final int IN_FLIGHT = 100;

  /** When the gateway is killed. */
  public enum Moment {
    /** Half of an upload is sent. */
    UPLOADING,
    /** The batch was acknowledged this instant. */
    ACKNOWLEDGED,
    /** Results come, and there are lines to release. */
    RELEASING,
    /** The last result is there. */
    FINALISING,
    /** A tenth of a download has come. */
    DOWNLOADING
  }

  /**
   * What came of it.
   *
   * @param verdict what the topics hold
   * @param kills of the gateway
   * @param uploadLeftNothing whether nothing of the upload that was broken off can be seen
   * @param inputKept whether the acknowledged input was read back byte for byte after a kill
   * @param sameBatch whether a create that is repeated after a kill is the acknowledged batch
   * @param releasing whether the batch had lines to release when the gateway was back
   * @param downloadBroken whether a kill broke the download off
   * @param inOrderOnce whether the output has every line of the input once, in its order
   * @param drains whether it let a download end and then stopped when it was told to
   * @param batch as it ended
   */
  public record Report(
      ResultOracle.Verdict verdict,
      int kills,
      boolean uploadLeftNothing,
      boolean inputKept,
      boolean sameBatch,
      boolean releasing,
      boolean downloadBroken,
      boolean inOrderOnce,
      boolean drains,
      Batch batch) {

    /** Whether all of it is as it must be. */
    public boolean holds() {
      return verdict.exactlyOneResultEach()
          && verdict.requests() == batch.total()
          && uploadLeftNothing
          && inputKept
          && sameBatch
          && releasing
          && downloadBroken
          && inOrderOnce
          && drains
          && batch.status().equals("completed");
    }
  }

  private final int lines;
  private final Set<Moment> moments;
  private final Scratch scratch;
  private final StackProgress progress;
  private int kills;

  /**
   * @param lines more than are in flight at once, so that there are some to release after a kill
   * @param moments of the kills
   * @param scratch where the stack keeps its data
   */
  public GatewayScenario(int lines, Set<Moment> moments, Scratch scratch, StackProgress progress) {
    if (lines < 4 * IN_FLIGHT) {
      throw new IllegalArgumentException(
          "%,d lines are too few; %,d are in flight at once, and four times as many are needed"
              .formatted(lines, IN_FLIGHT));
    }
    this.lines = lines;
    this.moments = Set.copyOf(moments);
    this.scratch = scratch;
    this.progress = progress;
  }

  /** Runs the scenario. */
  public Report run() throws Exception {
    Path input = scratch.path("batch.jsonl");
    BatchFile.writeDistinct(input, lines, "gateway", MODELS);
    Path large = scratch.path("large.jsonl");
    repeat(input, large);
    StackOptions options =
        StackOptions.onFreePorts(scratch.path("data"))
            .withServices(StackOptions.Services.GATEWAY_APART)
            .withSandboxLatency(LATENCY);
    try (LocalStack stack = LocalStack.start(options, LinesInFlight.atMost(IN_FLIGHT), progress)) {
      StackAddress address = stack.address();
      SchemaRegistry registry =
          SchemaRegistry.connect(address.registry(), scratch.path("registry-cache.jsonl"));
      ServiceProcess gateway = stack.processes().get("gateway");
      BatchClient client = new BatchClient(address.http(), KEY);

      if (moments.contains(Moment.UPLOADING)) {
        uploadBrokenOff(gateway, client, large);
        startAgain(gateway, client);
      }
      boolean uploadLeftNothing = client.files() == 0;

      String file = client.upload(input.getFileName().toString(), BodyPublishers.ofFile(input));
      Batch created = client.create(file);
      if (moments.contains(Moment.ACKNOWLEDGED)) {
        kill(gateway, "after the batch was acknowledged");
      }
      boolean inputKept;
      boolean sameBatch;
      boolean releasing;
      try (Results results = new Results(address.kafka(), registry, created.id())) {
        startAgain(gateway, client);
        results.await(lines / 10);
        if (moments.contains(Moment.RELEASING)) {
          kill(gateway, "after %,d results".formatted(results.seen()));
          startAgain(gateway, client);
        }
        releasing = client.batch(created.id()).status().equals("in_progress");
        try (InputStream kept = client.content(file)) {
          inputKept = Arrays.equals(kept.readAllBytes(), Files.readAllBytes(input));
        }
        sameBatch = client.create(file).id().equals(created.id());
        results.await(lines);
        if (moments.contains(Moment.FINALISING)) {
          kill(gateway, "after the last result");
          startAgain(gateway, client);
        }
      }
      await(() -> ended(client, created.id()), "the batch does not end");
      Batch batch = client.batch(created.id());
      String output =
          batch.outputFile().orElseThrow(() -> new IllegalStateException("no output: " + batch));

      String stored = client.upload("large.jsonl", BodyPublishers.ofFile(large));
      boolean downloadBroken =
          moments.contains(Moment.DOWNLOADING)
              && downloadBrokenOff(gateway, address.http(), stored);
      startAgain(gateway, client);
      boolean inOrderOnce =
          customIds(Files.newInputStream(input)).equals(customIds(client.content(output)));
      return new Report(
          ResultOracle.judge(address.kafka(), registry, List.of(created.id())),
          kills,
          uploadLeftNothing,
          inputKept,
          sameBatch,
          releasing,
          downloadBroken,
          inOrderOnce,
          drains(gateway, address.http(), stored),
          batch);
    }
  }

  private static void repeat(Path input, Path large) throws IOException {
    try (OutputStream out = Files.newOutputStream(large)) {
      for (long bytes = 0; bytes < LARGE_BYTES; bytes += Files.size(input)) {
        Files.copy(input, out);
      }
    }
  }

  private void kill(ServiceProcess gateway, String when) {
    gateway.kill();
    kills++;
    progress.step("killed the gateway " + when);
  }

  private static void startAgain(ServiceProcess gateway, BatchClient client)
      throws InterruptedException {
    gateway.start();
    while (!client.isReady()) {
      if (!gateway.isAlive()) {
        throw new IllegalStateException("the gateway ended while it started again");
      }
      Thread.sleep(BETWEEN_QUESTIONS.toMillis());
    }
  }

  private static void await(BooleanSupplier condition, String otherwise)
      throws InterruptedException {
    long giveUp = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > giveUp) {
        throw new IllegalStateException(otherwise);
      }
      Thread.sleep(BETWEEN_QUESTIONS.toMillis());
    }
  }

  private static boolean ended(BatchClient client, String id) {
    try {
      return client.batch(id).ended();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking for the batch", e);
    }
  }

  /** Kills when half of the file is sent, and before the other half can be. */
  private void uploadBrokenOff(ServiceProcess gateway, BatchClient client, Path input)
      throws IOException, InterruptedException {
    long half = Files.size(input) / 2;
    try {
      client.upload(
          "broken.jsonl",
          BodyPublishers.ofInputStream(() -> killingAfter(half, gateway, open(input))));
    } catch (IOException e) {
      return;
    }
    throw new IllegalStateException("an upload was acknowledged by a gateway that was killed");
  }

  private static InputStream open(Path file) {
    try {
      return Files.newInputStream(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private InputStream killingAfter(long bytes, ServiceProcess gateway, InputStream content) {
    return new FilterInputStream(content) {
      private long left = bytes;

      @Override
      public int read(byte[] buffer, int from, int length) throws IOException {
        if (left == 0) {
          kill(gateway, "after %,d bytes of an upload".formatted(bytes));
          left = -1;
        }
        int read = super.read(buffer, from, left > 0 ? (int) Math.min(length, left) : length);
        left -= left > 0 ? Math.max(0, read) : 0;
        return read;
      }
    };
  }

  /** Kills when a tenth of the file has come. Whether the rest did not come. */
  private boolean downloadBrokenOff(ServiceProcess gateway, URI http, String file)
      throws IOException {
    try (SlowDownload download = new SlowDownload(http, KEY, file)) {
      download.read(download.length() / 10);
      kill(gateway, "after a tenth of a download of %,d bytes".formatted(download.length()));
      return !download.completes();
    }
  }

  /** Tells the gateway to stop when a tenth of the file has come. Whether it stops behind it. */
  private boolean drains(ServiceProcess gateway, URI http, String file)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    try (SlowDownload download = new SlowDownload(http, KEY, file)) {
      download.read(download.length() / 10);
      CompletableFuture<Integer> exit = gateway.stop();
      boolean whole = download.completes();
      int code = exit.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      progress.step(
          "told the gateway to stop after a tenth of a download: it was %s, exit code %d"
              .formatted(whole ? "whole" : "broken off", code));
      return whole && code == EXIT_BY_SIGTERM;
    }
  }

  private static List<String> customIds(InputStream content) throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<String> ids = new ArrayList<>();
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(content, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        ids.add(json.readTree(line).get("custom_id").asText());
      }
    }
    return ids;
  }

  /** Counts the results of the batch as they are committed. */
  private static final class Results implements AutoCloseable {
    private final TopicScan<InferenceResult> scan;
    private final String batch;
    private final AtomicLong seen = new AtomicLong();

    Results(KafkaAccess kafka, SchemaRegistry registry, String batch) {
      this.scan = new TopicScan<>(kafka, registry, Topics.RESULTS).fromBeginning();
      this.batch = batch;
    }

    long seen() {
      return seen.get();
    }

    void await(long results) throws InterruptedException {
      GatewayScenario.await(
          () -> {
            scan.poll(POLL, batch::equals, (key, result) -> seen.incrementAndGet());
            return seen.get() >= results;
          },
          "%,d results did not come".formatted(results));
    }

    @Override
    public void close() {
      scan.close();
    }
  }
}
