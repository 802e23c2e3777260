package io.dualtrack.local.feeder;

import io.dualtrack.local.feeder.BatchLine.Accepted;
import io.dualtrack.local.feeder.BatchLine.Rejected;
import io.dualtrack.local.topics.TopicScan;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One batch file through a running stack.
 *
 * <p>The calling thread reads lines and sends them while fewer than the bound are in flight; a
 * second thread takes the results of this run from their partition and writes them out. Both keep
 * nothing of a line but its number, so memory does not grow with the text of the file.
 */
public final class BatchRun {

  private static final Logger LOG = LoggerFactory.getLogger(BatchRun.class);

  private static final Duration POLL = Duration.ofMillis(200);

  /** Without any result for this long, the stack is asked whether it is there. */
  private static final Duration SILENCE = Duration.ofSeconds(15);

  private static final int QUESTIONS_BEFORE_LOST = 3;

  /** The topology settles what is overdue; beyond this nothing more will come. */
  private static final Duration GRACE_AFTER_DEADLINE = Duration.ofMinutes(5);

  /** How long provider calls are counted after the last result. */
  private static final Duration COUNTING = Duration.ofMinutes(5);

  /** What is still on its way to a broker that does not answer is given up after this. */
  private static final Duration LAST_SENDS = Duration.ofSeconds(5);

  private static final int ERRORS_SHOWN = 20;

  private final String bootstrap;
  private final SchemaRegistry registry;
  private final BooleanSupplier stackAnswers;
  private final RunOptions options;
  private final RunProgress progress;
  private final Clock clock;
  private final String run;

  private final RunSummary summary = new RunSummary();
  private final Outstanding outstanding = new Outstanding();
  private final Semaphore places;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private volatile boolean everythingSent;
  private volatile Instant lastDeadline = Instant.MIN;
  private final AtomicLong done = new AtomicLong();
  private long errorsSeen;

  /**
   * @param stackAnswers asks whether the stack is there; called now and then in a silence
   * @param progress is not closed here
   */
  public BatchRun(
      String bootstrap,
      SchemaRegistry registry,
      BooleanSupplier stackAnswers,
      RunOptions options,
      RunProgress progress,
      Clock clock) {
    this.bootstrap = bootstrap;
    this.registry = registry;
    this.stackAnswers = stackAnswers;
    this.options = options;
    this.progress = progress;
    this.clock = clock;
    this.run = RunId.next(clock, new SecureRandom());
    this.places = new Semaphore(options.inFlight());
  }

  /** The run's id; also the key of its results. */
  public String id() {
    return run;
  }

  /**
   * Runs the file.
   *
   * @throws UnusableFileException if it cannot begin
   * @throws StackLostException if the stack stops answering; what came until then is in the partial
   *     file
   * @throws InterruptedException if the thread is interrupted; as before
   * @throws IOException if reading or writing fails on the way
   */
  public RunSummary execute()
      throws UnusableFileException, StackLostException, InterruptedException, IOException {
    long lines = BatchFiles.check(options.input(), options.output());
    progress.started(options.input().toString(), lines);
    try (TopicScan<InferenceResult> results = new TopicScan<>(bootstrap, registry, Topics.RESULTS);
        TopicScan<LedgerEntry> ledger = new TopicScan<>(bootstrap, registry, Topics.COST_LEDGER);
        TopicScan<Completion> completions =
            new TopicScan<>(bootstrap, registry, Topics.COMPLETIONS)) {
      Map<TopicPartition, Long> completionsBefore = completions.ends();
      Map<TopicPartition, Long> ledgerBefore = ledger.ends();
      results.from(results.ends()).onlyPartitionOf(run);
      feed(results);
      if (!completions
          .from(completionsBefore)
          .toEnd(COUNTING, key -> true, (key, value) -> count(value))) {
        progress.say("provider calls were not counted to the end: it would take too long");
      }
      new LedgerTail(run, options.tenant(), summary)
          .read(
              ledger.from(ledgerBefore),
              summary.results(),
              clock.instant().plus(options.costPatience()));
      // Every line has its result by now, so whatever else there is must not be there.
      results.toEnd(COUNTING, run::equals, (key, result) -> extra(result));
    } catch (InterruptException e) {
      throw interrupted(e);
    } catch (KafkaException e) {
      throw new StackLostException("the stack was lost: " + e.getMessage(), e);
    }
    return summary;
  }

  /** Where the output of a broken run is. */
  public Path partialOutput() {
    return OutputFile.partialOf(options.output(), run);
  }

  private void feed(TopicScan<InferenceResult> results)
      throws IOException, StackLostException, InterruptedException {
    try (OutputFile output = OutputFile.create(options.output(), run)) {
      Thread receiver = new Thread(() -> receive(results, output), "receive-" + run);
      Instant start = clock.instant();
      receiver.start();
      boolean received = false;
      try {
        send(output);
        everythingSent = true;
        receiver.join();
        received = true;
      } finally {
        // Whatever ended the sending, the receiver must be gone before its consumer is closed.
        if (!received) {
          failure.compareAndSet(null, new InterruptedException());
          receiver.join();
        }
      }
      rethrow();
      summary.took(Duration.between(start, clock.instant()));
      output.complete();
    }
  }

  private void send(OutputFile output) throws IOException, InterruptedException {
    LineParser parser = new LineParser();
    KafkaProducer<String, InferenceRequest> producer = producer();
    try (BatchLines lines = BatchLines.open(options.input(), LineParser.LINE_LIMIT_BYTES)) {
      for (var line = lines.next();
          line.isPresent() && failure.get() == null;
          line = lines.next()) {
        if (!line.get().blank()) {
          summary.line();
          send(parser.parse(line.get()), output, producer);
        }
      }
      if (errorsSeen > ERRORS_SHOWN) {
        progress.say(
            "%,d more lines have errors; each has its line in the output"
                .formatted(errorsSeen - ERRORS_SHOWN));
      }
      if (failure.get() == null) {
        producer.flush();
      }
    } finally {
      producer.close(LAST_SENDS);
    }
  }

  private void send(
      BatchLine line, OutputFile output, KafkaProducer<String, InferenceRequest> producer)
      throws IOException, InterruptedException {
    if (line instanceof Rejected rejected) {
      report(rejected);
      summary.invalid(rejected);
      done.incrementAndGet();
      output.write(OutputLine.of(rejected, RequestIds.of(run, rejected.number())));
    } else if (line instanceof Accepted accepted) {
      while (!places.tryAcquire(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        if (failure.get() != null) {
          return;
        }
      }
      send(accepted, producer);
    }
  }

  private void send(Accepted line, KafkaProducer<String, InferenceRequest> producer) {
    Instant now = clock.instant();
    InferenceRequest request =
        InferenceRequest.newBuilder()
            .setRequestId(RequestIds.of(run, line.number()))
            .setTenant(options.tenant())
            .setAccount(options.account())
            .setReplyKey(run)
            .setCustomId(line.customId())
            .setLine(line.number())
            .setServiceClass(ServiceClass.BATCH)
            .setEndpoint(LineParser.URL)
            .setBody(line.body())
            .setAttributes(List.of())
            .setSubmittedAt(now)
            .setDeadline(now.plus(options.deadline()))
            .build();
    lastDeadline = request.getDeadline();
    outstanding.sent(Math.toIntExact(line.number()));
    summary.sent();
    producer.send(
        new ProducerRecord<>(Topics.REQUESTS.name(), request.getRequestId(), request),
        (written, error) -> {
          if (error != null) {
            failure.compareAndSet(
                null,
                new StackLostException(
                    "the stack does not take requests any more: " + error.getMessage(), error));
          }
        });
  }

  private void report(Rejected line) {
    errorsSeen++;
    if (errorsSeen <= ERRORS_SHOWN) {
      progress.say(
          "%s:%d: %s, %s".formatted(options.input(), line.number(), line.what(), line.remedy()));
    }
  }

  private void receive(TopicScan<InferenceResult> results, OutputFile output) {
    try {
      Instant heard = clock.instant();
      int unanswered = 0;
      while (failure.get() == null && !(everythingSent && outstanding.open() == 0)) {
        long before = outstanding.open();
        results.poll(POLL, run::equals, (key, result) -> settle(result, output));
        progress.advanced(done.get());
        Instant now = clock.instant();
        if (outstanding.open() != before || outstanding.open() == 0) {
          heard = now;
          unanswered = 0;
        } else if (now.isAfter(heard.plus(SILENCE))) {
          heard = now;
          unanswered = stackAnswers.getAsBoolean() ? 0 : unanswered + 1;
          if (unanswered == QUESTIONS_BEFORE_LOST) {
            throw new StackLostException(
                "the stack does not answer any more, with %,d requests open"
                    .formatted(outstanding.open()));
          }
        }
        if (everythingSent && now.isAfter(lastDeadline.plus(GRACE_AFTER_DEADLINE))) {
          LOG.error("requests without a result; batch={} open={}", run, outstanding.open());
          return;
        }
      }
    } catch (StackLostException | RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  private void settle(InferenceResult result, OutputFile output) {
    switch (outstanding.settle(RequestIds.line(run, result.getRequestId()))) {
      case FIRST -> {
        try {
          output.write(OutputLine.of(result));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        summary.result(result);
        done.incrementAndGet();
        places.release();
      }
      case AGAIN, UNKNOWN -> extra(result);
    }
  }

  private void extra(InferenceResult result) {
    LOG.error("a result too many; requestId={}", result.getRequestId());
    summary.duplicate();
  }

  private void count(Completion completion) {
    if (RequestIds.line(run, completion.getRequestId()) >= 0) {
      summary.completion(completion);
    }
  }

  private void rethrow() throws IOException, StackLostException, InterruptedException {
    Exception cause = failure.get();
    if (cause instanceof StackLostException lost) {
      throw lost;
    }
    if (cause instanceof InterruptException interrupt) {
      throw interrupted(interrupt);
    }
    if (cause instanceof InterruptedException interrupt) {
      throw interrupt;
    }
    if (cause instanceof UncheckedIOException io) {
      throw io.getCause();
    }
    if (cause instanceof RuntimeException broken) {
      throw broken;
    }
  }

  private static InterruptedException interrupted(InterruptException e) {
    // Kafka set the flag again; the exception says it now.
    Thread.interrupted();
    InterruptedException interrupted = new InterruptedException(e.getMessage());
    interrupted.initCause(e);
    return interrupted;
  }

  private KafkaProducer<String, InferenceRequest> producer() {
    Properties config = new Properties();
    config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    config.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    config.put(ProducerConfig.BATCH_SIZE_CONFIG, 64 * 1024);
    config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.MAX_TEXT_RECORD_BYTES);
    return new KafkaProducer<>(config, new StringSerializer(), Topics.REQUESTS.serde(registry));
  }
}
