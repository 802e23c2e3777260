package io.dualtrack.bench;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.TextSeal;
import io.dualtrack.schemas.Topics;
import io.dualtrack.texts.KeyFolder;
import io.dualtrack.texts.SubjectKeyFolder;
import io.dualtrack.texts.SubjectKeyService;
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
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What it costs to write and read a record with a text, plain, encrypted under its tenant's key and
 * under its account's in turns; and what it costs to meet an account.
 */
@Command(
    name = "encryption",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Writes requests of 1, 8 and 64 KB as bytes and reads them again, as every process does at",
      "each topic: plain, encrypted under the tenant's key and under the account's in turns, on one",
      "thread. The medians of the rounds, in microseconds of time and of processor time for one",
      "record written and read once. Then one record of 1 KB of each of many accounts, written by",
      "one process and read by another: as a new account, and as one whose data key is too old."
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

  @Option(names = "--accounts", description = "to meet (default: ${DEFAULT-VALUE})")
  private int accounts = 2000;

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
      Path byAccount = scratch.path("account-keys");
      SubjectKeyFolder subjects = new SubjectKeyFolder(keys, byAccount, InstantSource.system());
      subjects.begin(TENANT);
      AvroSerde<InferenceRequest> ofAccounts = process(registry, keys, subjects);
      Figures figures = new Figures("encryption").put("rounds", rounds);
      for (int kilobytes : KILOBYTES) {
        measure(kilobytes, plain, sealed, ofAccounts, figures);
      }
      meet(registry, keys, subjects, figures);
      System.out.println(figures);
      return 0;
    }
  }

  /** The serde of a process that has met nobody yet. */
  private static AvroSerde<InferenceRequest> process(
      SchemaRegistry registry, KeyFolder keys, SubjectKeyFolder subjects) {
    SubjectKeyService service =
        new SubjectKeyService(keys, Optional.of(subjects), InstantSource.system());
    return Topics.REQUESTS.serde(
        registry.withTexts(new TenantSeal(service, InstantSource.system())));
  }

  /** Twice with processes that remember nothing: without keys of the accounts, and with them. */
  private void meet(
      SchemaRegistry registry, KeyFolder keys, SubjectKeyFolder subjects, Figures figures) {
    Cost first = null;
    Cost again = null;
    long before = 0;
    long after = 0;
    for (int time = 0; time < 2; time++) {
      AvroSerde<InferenceRequest> writer = process(registry, keys, subjects);
      AvroSerde<InferenceRequest> reader = process(registry, keys, subjects);
      before = used();
      first = again;
      again = meet(writer, reader);
      after = used();
      // Both are alive until here.
      reader.deserialize(TOPIC, writer.serialize(TOPIC, request(1024, "account-0")));
    }
    // A data key in the writer, and the same in the reader.
    long bytes = (after - before) / 2 / accounts;
    System.err.printf(
        "an account: new %.0f us (cpu %.0f), again %.0f us (cpu %.0f), %d bytes a data key%n",
        first.time(), first.cpu(), again.time(), again.cpu(), bytes);
    figures
        .put("accounts", accounts)
        .put("new_account_us", first.time())
        .put("new_account_cpu_us", first.cpu())
        .put("account_us", again.time())
        .put("account_cpu_us", again.cpu())
        .put("data_key_bytes", bytes);
  }

  private Cost meet(AvroSerde<InferenceRequest> writer, AvroSerde<InferenceRequest> reader) {
    long cpu = threads.getCurrentThreadCpuTime();
    long begin = System.nanoTime();
    for (int i = 0; i < accounts; i++) {
      InferenceRequest request = request(1024, "account-" + i);
      reader.deserialize(TOPIC, writer.serialize(TOPIC, request));
    }
    double time = (System.nanoTime() - begin) / 1e3;
    double used = (threads.getCurrentThreadCpuTime() - cpu) / 1e3;
    return new Cost(time / accounts, used / accounts);
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private void measure(
      int kilobytes,
      AvroSerde<InferenceRequest> plain,
      AvroSerde<InferenceRequest> sealed,
      AvroSerde<InferenceRequest> ofAccounts,
      Figures figures) {
    InferenceRequest request = request(kilobytes * 1024, "seat-1");
    int records = megabytes * 1024 / kilobytes;
    List<Cost> plainly = new ArrayList<>();
    List<Cost> encrypted = new ArrayList<>();
    List<Cost> byAccount = new ArrayList<>();
    // The first third warms up.
    for (int round = -rounds / 2; round < rounds; round++) {
      Cost without = round(plain, request, records);
      Cost with = round(sealed, request, records);
      Cost withAccounts = round(ofAccounts, request, records);
      if (round >= 0) {
        plainly.add(without);
        encrypted.add(with);
        byAccount.add(withAccounts);
      }
    }
    Cost without = median(plainly);
    Cost with = median(encrypted);
    Cost withAccounts = median(byAccount);
    int bytes = plain.serialize(TOPIC, request).length;
    int more = sealed.serialize(TOPIC, request).length - bytes;
    int moreByAccount = ofAccounts.serialize(TOPIC, request).length - bytes;
    System.err.printf(
        "%2d KB: plain %.2f us (cpu %.2f), encrypted %.2f us (cpu %.2f), %d bytes more,"
            + " by account %.2f us (cpu %.2f), %d bytes more%n",
        kilobytes,
        without.time(),
        without.cpu(),
        with.time(),
        with.cpu(),
        more,
        withAccounts.time(),
        withAccounts.cpu(),
        moreByAccount);
    String size = "_" + kilobytes + "kb";
    figures
        .put("plain_us" + size, without.time())
        .put("plain_cpu_us" + size, without.cpu())
        .put("encrypted_us" + size, with.time())
        .put("encrypted_cpu_us" + size, with.cpu())
        .put("more_bytes" + size, more)
        .put("by_account_us" + size, withAccounts.time())
        .put("by_account_cpu_us" + size, withAccounts.cpu())
        .put("by_account_more_bytes" + size, moreByAccount);
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

  private static InferenceRequest request(int bytes, String account) {
    String text = WORDS.repeat(bytes / WORDS.length() + 1).substring(0, bytes);
    Instant now = Instant.now();
    return InferenceRequest.newBuilder()
        .setRequestId("req-0123456789abcdef0123456789abcdef")
        .setTenant(TENANT)
        .setAccount(account)
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
