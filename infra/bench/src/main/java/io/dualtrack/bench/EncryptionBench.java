package io.dualtrack.bench;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.TextSeal;
import io.dualtrack.schemas.Topics;
import io.dualtrack.texts.KeyFolder;
import io.dualtrack.texts.TenantSeal;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What it costs to write and read a record with a text, plain and encrypted in turns. */
@Command(
    name = "encryption",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Writes requests of 1, 8 and 64 KB as bytes and reads them again, as every process does at",
      "each topic: plain and encrypted in turns, on one thread. The medians of the rounds, in",
      "microseconds of time and of processor time for one record written and read once."
    })
final class EncryptionBench implements Callable<Integer> {

  private static final String TENANT = "acme";
  private static final String TOPIC = Topics.REQUESTS.name();
  private static final int[] KILOBYTES = {1, 8, 64};

  /** What a prompt is made of; Latin letters alone are the JVM's fast path, as most prompts are. */
  private static final String WORDS =
      "How many of the loans of the last quarter are overdue, and by how much in sum? ";

  @Option(names = "--rounds", description = "of each kind and size (default: ${DEFAULT-VALUE})")
  private int rounds = 15;

  @Option(names = "--megabytes", description = "of text in each round (default: ${DEFAULT-VALUE})")
  private int megabytes = 24;

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  /**
   * Microseconds for one record.
   *
   * @param time that passed
   * @param cpu of this thread
   */
  private record Cost(double time, double cpu) {}

  @Override
  public Integer call() throws Exception {
    try (Scratch scratch = new Scratch(Files.createTempDirectory("dualtrack-bench-"))) {
      Path folder = scratch.path("text-keys");
      KeyFolder keys = new KeyFolder(folder);
      keys.create(TENANT);
      SchemaRegistry registry = SchemaRegistry.inMemory();
      AvroSerde<InferenceRequest> plain = Topics.REQUESTS.serde(registry);
      TextSeal seal = new TenantSeal(keys, InstantSource.system());
      AvroSerde<InferenceRequest> sealed = Topics.REQUESTS.serde(registry.withTexts(seal));
      Figures figures = new Figures("encryption").put("rounds", rounds);
      for (int kilobytes : KILOBYTES) {
        measure(kilobytes, plain, sealed, figures);
      }
      System.out.println(figures);
      return 0;
    }
  }

  private void measure(
      int kilobytes,
      AvroSerde<InferenceRequest> plain,
      AvroSerde<InferenceRequest> sealed,
      Figures figures) {
    InferenceRequest request = request(kilobytes * 1024);
    int records = megabytes * 1024 / kilobytes;
    List<Cost> plainly = new ArrayList<>();
    List<Cost> encrypted = new ArrayList<>();
    // The first third warms up.
    for (int round = -rounds / 2; round < rounds; round++) {
      Cost without = round(plain, request, records);
      Cost with = round(sealed, request, records);
      if (round >= 0) {
        plainly.add(without);
        encrypted.add(with);
      }
    }
    Cost without = median(plainly);
    Cost with = median(encrypted);
    int more = sealed.serialize(TOPIC, request).length - plain.serialize(TOPIC, request).length;
    System.err.printf(
        "%2d KB: plain %.2f us (cpu %.2f), encrypted %.2f us (cpu %.2f), %d bytes more%n",
        kilobytes, without.time(), without.cpu(), with.time(), with.cpu(), more);
    String size = "_" + kilobytes + "kb";
    figures
        .put("plain_us" + size, without.time())
        .put("plain_cpu_us" + size, without.cpu())
        .put("encrypted_us" + size, with.time())
        .put("encrypted_cpu_us" + size, with.cpu())
        .put("more_bytes" + size, more);
  }

  private Cost round(AvroSerde<InferenceRequest> serde, InferenceRequest request, int records) {
    long read = 0;
    long cpu = threads.getCurrentThreadCpuTime();
    long begin = System.nanoTime();
    for (int i = 0; i < records; i++) {
      read += serde.deserialize(TOPIC, serde.serialize(TOPIC, request)).getBody().length();
    }
    double time = (System.nanoTime() - begin) / 1e3;
    double used = (threads.getCurrentThreadCpuTime() - cpu) / 1e3;
    if (read != (long) records * request.getBody().length()) {
      throw new IllegalStateException("what was read is not what was written");
    }
    return new Cost(time / records, used / records);
  }

  private static Cost median(List<Cost> costs) {
    return new Cost(median(costs.stream().map(Cost::time)), median(costs.stream().map(Cost::cpu)));
  }

  private static double median(Stream<Double> values) {
    List<Double> sorted = new ArrayList<>(values.toList());
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2);
  }

  private static InferenceRequest request(int bytes) {
    String text = WORDS.repeat(bytes / WORDS.length() + 1).substring(0, bytes);
    Instant now = Instant.now();
    return InferenceRequest.newBuilder()
        .setRequestId("req-0123456789abcdef0123456789abcdef")
        .setTenant(TENANT)
        .setAccount("seat-1")
        .setReplyKey("batch-0123456789abcdef")
        .setServiceClass(ServiceClass.BATCH)
        .setEndpoint("/v1/chat/completions")
        .setBody(
            "{\"model\":\"gpt\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}")
        .setSubmittedAt(now)
        .setDeadline(now.plusSeconds(3600))
        .build();
  }
}
