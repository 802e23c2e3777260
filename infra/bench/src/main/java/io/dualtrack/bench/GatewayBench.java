package io.dualtrack.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.local.batches.BatchClient;
import io.dualtrack.local.batches.BatchClient.Batch;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.ServiceProcess;
import io.dualtrack.local.stack.StackOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One large batch through a gateway with a small heap. */
@Command(
    name = "gateway",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Uploads a batch file, has it processed and downloads its output, through a gateway in a",
      "process of its own with 256 MB of heap, and the same lines through a plain client on the",
      "same sandbox. Ends with 0 only if every custom_id came exactly once."
    })
final class GatewayBench implements Callable<Integer> {

  private static final String KEY = "dt-local-acme";
  private static final List<String> MODELS = List.of("gpt-5.6-sol");
  private static final int CALLS_IN_FLIGHT = 1_000;
  private static final long BETWEEN_QUESTIONS_MILLIS = 200;

  @Option(names = "--lines", description = "lines of the batch (default: ${DEFAULT-VALUE})")
  private int lines = 50_000;

  @Option(names = "--line-bytes", description = "bytes of a line (default: ${DEFAULT-VALUE})")
  private int lineBytes = 4_000;

  @Option(
      names = "--warm-up",
      description = "lines of a batch before it (default: ${DEFAULT-VALUE})")
  private int warmUp = 10_000;

  /**
   * What came of a batch, and how long each part of it took, in nanoseconds.
   *
   * @param once whether every custom_id came exactly once
   */
  private record Run(
      Batch batch, boolean once, long upload, long processing, long download, long outputBytes) {}

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-bench-"));
        LocalStack stack =
            LocalStack.start(
                StackOptions.onFreePorts(scratch.path("data"))
                    .withServices(StackOptions.Services.GATEWAY_APART),
                ShippedControl::publish,
                System.err::println)) {
      BatchClient client = new BatchClient(stack.address().http(), KEY);
      ServiceProcess gateway = stack.processes().get("gateway");
      if (warmUp > 0) {
        Path first = scratch.path("warm-up.jsonl");
        BatchFile.writeDistinct(first, warmUp, "warm-up", MODELS, lineBytes);
        run(client, first, warmUp);
      }
      Path input = scratch.path("batch.jsonl");
      BatchFile.writeDistinct(input, lines, "gateway", MODELS, lineBytes);
      Run run = run(client, input, lines);
      CollectorLog heap = CollectorLog.read(gateway.collectorLog());
      long resident = ProcessHandle.of(gateway.pid()).map(ResidentMemory::of).orElse(-1L);
      double baseline =
          new PlainClient()
              .run(input, URI.create(stack.address().sandbox() + "/v1"), CALLS_IN_FLIGHT);
      long inputBytes = Files.size(input);
      System.out.println(
          new Figures("gateway")
              .put("lines", lines)
              .put("input_mb", inputBytes / 1e6)
              .put("upload_mb_per_second", inputBytes * 1e3 / run.upload())
              .put("lines_per_second", lines * 1e9 / run.processing())
              .put("plain_client_per_second", baseline)
              .put("output_mb", run.outputBytes() / 1e6)
              .put("download_mb_per_second", run.outputBytes() * 1e3 / run.download())
              .put("peak_heap_mb", heap.peakMegabytes())
              .put("peak_live_heap_mb", heap.peakLiveMegabytes())
              .put("resident_mb", resident)
              .put("completed", run.batch().completed())
              .put("every_custom_id_once", run.once()));
      return run.once() && run.batch().completed() == lines ? 0 : 1;
    }
  }

  private static Run run(BatchClient client, Path input, int count)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    String file = client.upload(input.getFileName().toString(), BodyPublishers.ofFile(input));
    long uploaded = System.nanoTime();
    Batch batch = client.create(file);
    while (!batch.ended()) {
      Thread.sleep(BETWEEN_QUESTIONS_MILLIS);
      batch = client.batch(batch.id());
    }
    long processed = System.nanoTime();
    Path output = input.resolveSibling(input.getFileName() + ".out");
    try (InputStream content = client.content(batch.outputFile().orElseThrow())) {
      Files.copy(content, output);
    }
    long downloaded = System.nanoTime();
    System.err.printf(
        "%s: %s, upload %.1f s, processing %.1f s, download %.1f s%n",
        input.getFileName(),
        batch.status(),
        (uploaded - begin) / 1e9,
        (processed - uploaded) / 1e9,
        (downloaded - processed) / 1e9);
    return new Run(
        batch,
        everyLineOnce(output, count),
        uploaded - begin,
        processed - uploaded,
        downloaded - processed,
        Files.size(output));
  }

  /** Whether the custom_ids of the output are those of the input, each once. */
  private static boolean everyLineOnce(Path output, int count) throws IOException {
    ObjectMapper json = new ObjectMapper();
    BitSet delivered = new BitSet(count);
    long read = 0;
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(Files.newInputStream(output), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        String id = json.readTree(line).get("custom_id").asText();
        delivered.set(Integer.parseInt(id.substring(id.lastIndexOf('-') + 1)));
        read++;
      }
    }
    return read == count && delivered.cardinality() == count && delivered.length() == count;
  }
}
