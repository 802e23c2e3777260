package io.dualtrack.faults;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.bench.BatchFile;
import io.dualtrack.bench.Scratch;
import io.dualtrack.local.batches.BatchClient;
import io.dualtrack.local.batches.BatchClient.Batch;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.ServiceProcess;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackOptions;
import io.dualtrack.local.stack.StackProgress;
import io.dualtrack.local.topics.TopicScan;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * A batch whose gateway is killed with SIGKILL and started again: in mid-upload, right after it
 * acknowledged the batch, while lines are released, with the last result, and in mid-download. What
 * it acknowledged must be there, and every line must be released, answered and delivered once.
 *
 * <p>Each kill happens on a condition, never after a time.
 */
public final class GatewayScenario {

  private static final String KEY = "dt-local-acme";
  private static final List<String> MODELS =
      List.of("gpt-5.6-sol", "llama-3.1-405b", "claude-opus-4.8", "kimi-k2.7");
  private static final Duration LATENCY = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(50);
  private static final Duration POLL = Duration.ofMillis(100);

  /** So that most of a file is still at the gateway when its reader stops reading. */
  private static final int RECEIVE_BUFFER_BYTES = 16 * 1024;

  /**
   * Lines that a tenant without limits of its own has in flight at most. While more than these are
   * open, a kill hits a gateway that still has lines to release.
   */
  private static final int IN_FLIGHT = 1_000;

  /**
   * What came of it.
   *
   * @param verdict what the topics hold
   * @param kills of the gateway
   * @param uploadLeftNothing whether nothing of the upload that was broken off can be seen
   * @param inputKept whether the acknowledged input was read back byte for byte after a kill
   * @param sameBatch whether a create that is repeated after a kill is the acknowledged batch
   * @param releasing whether the batch had lines to release when the gateway was back
   * @param downloadBroken whether the kill broke the download off
   * @param inOrderOnce whether the output has every line of the input once, in its order
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
          && batch.status().equals("completed");
    }
  }

  private final int lines;
  private final Scratch scratch;
  private final StackProgress progress;
  private int kills;

  /**
   * @param lines more than are in flight at once, so that there are some to release after a kill
   * @param scratch where the stack keeps its data
   */
  public GatewayScenario(int lines, Scratch scratch, StackProgress progress) {
    if (lines < 2 * IN_FLIGHT) {
      throw new IllegalArgumentException(
          "%,d lines are too few; %,d are in flight at once, and twice as many are needed"
              .formatted(lines, IN_FLIGHT));
    }
    this.lines = lines;
    this.scratch = scratch;
    this.progress = progress;
  }

  /** Runs the scenario. */
  public Report run() throws Exception {
    Path input = scratch.path("batch.jsonl");
    BatchFile.writeDistinct(input, lines, "gateway", MODELS);
    StackOptions options =
        StackOptions.onFreePorts(scratch.path("data"))
            .withServices(StackOptions.Services.GATEWAY_APART)
            .withSandboxLatency(LATENCY);
    try (LocalStack stack = LocalStack.start(options, ShippedControl::publish, progress)) {
      StackAddress address = stack.address();
      SchemaRegistry registry =
          SchemaRegistry.connect(address.registry(), scratch.path("registry-cache.jsonl"));
      ServiceProcess gateway = stack.processes().get("gateway");
      BatchClient client = new BatchClient(address.http(), KEY);

      uploadBrokenOff(gateway, client, input);
      startAgain(gateway, client);
      boolean uploadLeftNothing = client.files() == 0;

      String file = client.upload(input.getFileName().toString(), BodyPublishers.ofFile(input));
      Batch created = client.create(file);
      kill(gateway, "after the batch was acknowledged");
      boolean inputKept;
      boolean sameBatch;
      boolean releasing;
      try (Results results = new Results(address.bootstrap(), registry, created.id())) {
        startAgain(gateway, client);
        results.await(lines / 10);
        kill(gateway, "after %,d results".formatted(results.seen()));
        startAgain(gateway, client);
        releasing = client.batch(created.id()).status().equals("in_progress");
        try (InputStream kept = client.content(file)) {
          inputKept = Arrays.equals(kept.readAllBytes(), Files.readAllBytes(input));
        }
        sameBatch = client.create(file).id().equals(created.id());
        results.await(lines);
        kill(gateway, "after the last result");
        startAgain(gateway, client);
      }
      await(() -> ended(client, created.id()), "the batch does not end");
      Batch batch = client.batch(created.id());
      String output =
          batch.outputFile().orElseThrow(() -> new IllegalStateException("no output: " + batch));

      boolean downloadBroken = downloadBrokenOff(gateway, address.http(), output);
      startAgain(gateway, client);
      return new Report(
          ResultOracle.judge(address.bootstrap(), registry, created.id()),
          kills,
          uploadLeftNothing,
          inputKept,
          sameBatch,
          releasing,
          downloadBroken,
          customIds(Files.newInputStream(input)).equals(customIds(client.content(output))),
          batch);
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
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
      socket.connect(new InetSocketAddress(http.getHost(), http.getPort()));
      socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
      socket
          .getOutputStream()
          .write(
              "GET /v1/files/%s/content HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer %s\r\n\r\n"
                  .formatted(file, KEY)
                  .getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      long length = contentLength(in);
      long received = in.readNBytes(Math.toIntExact(length / 10)).length;
      kill(gateway, "after %,d of %,d bytes of a download".formatted(received, length));
      try {
        received += in.transferTo(OutputStream.nullOutputStream());
      } catch (IOException e) {
        // The connection was reset: the rest will not come.
        return true;
      }
      return received < length;
    }
  }

  private static long contentLength(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the gateway closed a download at its head");
      }
      head.append((char) next);
    }
    return head.toString()
        .lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1).strip()))
        .findFirst()
        .orElseThrow(() -> new IOException("the gateway does not offer the file: " + head));
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

    Results(String bootstrap, SchemaRegistry registry, String batch) {
      this.scan = new TopicScan<>(bootstrap, registry, Topics.RESULTS).fromBeginning();
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
