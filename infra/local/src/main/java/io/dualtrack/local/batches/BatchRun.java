package io.dualtrack.local.batches;

import io.dualtrack.gateway.feeder.InputCheck;
import io.dualtrack.gateway.feeder.InputLine.Rejected;
import io.dualtrack.local.batches.BatchClient.Batch;
import io.dualtrack.local.batches.BatchClient.RefusedException;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/**
 * One batch file through a running stack, by its gateway: uploaded, run as a batch, or as several
 * where it is more than a batch may hold, and put together again in its own order.
 */
public final class BatchRun {

  /** Between two questions for a batch: a hundredth of its time so far, within these. */
  private static final Duration SHORTEST_WAIT = Duration.ofMillis(50);

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

  /** Without any answer for this long, the stack is lost. */
  private static final Duration SILENCE = Duration.ofSeconds(45);

  /** How long a run that is stopped waits for what its batches have in flight. */
  private static final Duration STOPPING = Duration.ofSeconds(20);

  /** Batches at the gateway at the same time: while one ends, the next one is fed. */
  private static final int AHEAD = 2;

  private static final int ERRORS_SHOWN = 20;

  private final BatchClient gateway;
  private final KafkaAccess kafka;
  private final SchemaRegistry registry;
  private final RunOptions options;
  private final RunProgress progress;
  private final InputFile.Limits limits;
  private final Path partial;
  private final Downloads downloads;

  private final RunSummary summary = new RunSummary();
  private final List<Batch> ended = new ArrayList<>();
  private final Deque<Part> open = new ArrayDeque<>();
  private long begin;
  private long answered;
  private long errorsSeen;

  /** A part of the input at the gateway; without a batch until the gateway has named it. */
  private static final class Part {
    private final String file;
    private Batch batch;

    Part(String file) {
      this.file = file;
    }

    boolean ended() {
      return batch != null && batch.ended();
    }
  }

  /**
   * @param progress is not closed here
   */
  public BatchRun(
      StackAddress stack, SchemaRegistry registry, RunOptions options, RunProgress progress) {
    this(
        new BatchClient(stack.http(), options.key()),
        stack.kafka(),
        registry,
        options,
        progress,
        new InputFile.Limits(InputCheck.Limits.OPENAI.requests(), InputCheck.MAX_BYTES));
  }

  BatchRun(
      BatchClient gateway,
      KafkaAccess kafka,
      SchemaRegistry registry,
      RunOptions options,
      RunProgress progress,
      InputFile.Limits limits) {
    this.gateway = gateway;
    this.kafka = kafka;
    this.registry = registry;
    this.options = options;
    this.progress = progress;
    this.limits = limits;
    this.partial = OutputFile.partialOf(options.output());
    this.downloads = new Downloads(gateway, partial.toAbsolutePath().getParent(), SILENCE);
  }

  /**
   * Runs the file.
   *
   * @throws UnusableFileException if it cannot begin
   * @throws RefusedException if the gateway does not take the key, with 401 or 403, or the batch
   * @throws StackLostException if the stack stops answering; what came until then is in the partial
   *     file
   * @throws InterruptedException if the thread is interrupted; its batches are cancelled, and what
   *     came until then is in the partial file
   * @throws IOException if reading or writing fails on the way
   */
  public RunSummary execute()
      throws UnusableFileException, StackLostException, InterruptedException, IOException {
    progress.started(
        options.input().toString(), BatchFiles.check(options.input(), options.output()));
    try {
      checkKey();
      RunRecords records = RunRecords.fromNow(kafka, registry);
      begin = System.nanoTime();
      transfer();
      summary.took(Duration.ofNanos(System.nanoTime() - begin));
      records.read(ended, summary, options.costPatience(), progress::say);
    } catch (InterruptException e) {
      throw interrupted(e);
    } catch (KafkaException e) {
      throw new StackLostException("the stack was lost: " + e.getMessage(), e);
    }
    return summary;
  }

  /** Ids of the batches that have ended, in the input's order; keys of their results. */
  public List<String> batches() {
    return ended.stream().map(Batch::id).toList();
  }

  /** Where the output of a broken run is. */
  public Path partialOutput() {
    return partial;
  }

  private void checkKey() throws IOException, InterruptedException, StackLostException {
    try {
      gateway.checkKey();
    } catch (RefusedException e) {
      throw e;
    } catch (IOException e) {
      throw lost(e);
    }
  }

  private void transfer() throws IOException, StackLostException, InterruptedException {
    try (InputFile input = InputFile.open(options.input(), limits, this::report);
        OutputFile output = OutputFile.create(options.output(), partial);
        OutputMerge merge = new OutputMerge(input, output)) {
      try {
        run(input, merge);
      } catch (InterruptedException | RefusedException e) {
        stop(merge);
        throw e;
      }
      merge.rest();
      output.complete();
      if (errorsSeen > ERRORS_SHOWN) {
        progress.say(
            "%,d more lines have errors; each has its line in the output"
                .formatted(errorsSeen - ERRORS_SHOWN));
      }
      summary.lines(input.sent(), input.rejected());
      progress.advanced(answered + input.rejected());
    }
  }

  private void run(InputFile input, OutputMerge merge)
      throws IOException, StackLostException, InterruptedException {
    Optional<InputStream> next = input.nextPart();
    while (next.isPresent() || !open.isEmpty()) {
      if (next.isPresent() && open.size() < AHEAD) {
        submit(input, next.get());
        next = input.nextPart();
      } else {
        pause();
      }
      ask();
      while (!open.isEmpty() && open.getFirst().ended()) {
        collect(merge);
      }
      long ending = open.stream().mapToLong(BatchRun::done).sum();
      progress.advanced(answered + ending + input.rejected());
    }
  }

  private static long done(Part part) {
    return part.batch == null ? 0 : part.batch.completed() + part.batch.failed();
  }

  private void submit(InputFile input, InputStream content)
      throws IOException, StackLostException, InterruptedException {
    try {
      Part part =
          new Part(gateway.upload("run.jsonl", BodyPublishers.ofInputStream(() -> content)));
      open.addLast(part);
      part.batch = gateway.create(part.file, options.deadline());
    } catch (RefusedException e) {
      throw e;
    } catch (IOException e) {
      if (input.failure().isPresent()) {
        throw input.failure().get();
      }
      throw lost(e);
    }
  }

  private void pause() throws InterruptedException {
    long soFar = (System.nanoTime() - begin) / 100;
    Thread.sleep(
        Math.max(SHORTEST_WAIT.toMillis(), Math.min(LONGEST_WAIT.toMillis(), soFar / 1_000_000)));
  }

  /** Asks how the batches stand, and again as long as nobody answers. */
  private void ask() throws IOException, StackLostException, InterruptedException {
    long giveUp = System.nanoTime() + SILENCE.toNanos();
    for (Part part : open) {
      while (!askOnce(part, giveUp)) {
        Thread.sleep(LONGEST_WAIT.toMillis());
      }
    }
  }

  /** Whether there was an answer. */
  private boolean askOnce(Part part, long giveUp)
      throws IOException, StackLostException, InterruptedException {
    try {
      part.batch = gateway.batch(part.batch.id());
      return true;
    } catch (IOException e) {
      if (e instanceof RefusedException refused && refused.isFinal()) {
        throw e;
      }
      boolean tooOften = e instanceof RefusedException refused && refused.status() == 429;
      if (!tooOften && System.nanoTime() > giveUp) {
        throw lost(e);
      }
      return false;
    }
  }

  /** Takes over what came of the batch that is first. */
  private void collect(OutputMerge merge)
      throws IOException, StackLostException, InterruptedException {
    Batch batch = open.getFirst().batch;
    if (batch.error().isPresent()) {
      throw new IOException(
          "the gateway does not run batch %s: %s".formatted(batch.id(), batch.error().get()));
    }
    try (InputStream answers = content(batch.outputFile());
        InputStream errors = content(batch.errorFile())) {
      merge.batch(batch.id(), batch.total(), answers, errors);
    }
    ended.add(batch);
    answered += batch.total();
    cleanUp(open.removeFirst().file, batch);
  }

  private InputStream content(Optional<String> file)
      throws IOException, StackLostException, InterruptedException {
    if (file.isEmpty()) {
      return InputStream.nullInputStream();
    }
    try {
      return downloads.open(file.get());
    } catch (RefusedException e) {
      throw e;
    } catch (IOException e) {
      throw lost(e);
    }
  }

  /** The gateway's copies; the user has the files. */
  private void cleanUp(String input, Batch batch) throws InterruptedException {
    List<String> files = new ArrayList<>(List.of(input));
    batch.outputFile().ifPresent(files::add);
    batch.errorFile().ifPresent(files::add);
    for (String file : files) {
      try {
        gateway.delete(file);
      } catch (IOException e) {
        progress.say("the gateway keeps file %s: %s".formatted(file, e.getMessage()));
      }
    }
  }

  /** Cancels what is at the gateway, and keeps what comes of it within a while. */
  private void stop(OutputMerge merge) throws IOException {
    // The interrupt has been taken note of; a second one ends this.
    Thread.interrupted();
    long until = System.nanoTime() + STOPPING.toNanos();
    try {
      for (Part part : open) {
        if (part.batch == null) {
          // The gateway may have made it although it could not say so: the same call names it.
          part.batch = gateway.create(part.file, options.deadline());
        }
        cancel(part);
      }
      while (!open.isEmpty() && System.nanoTime() < until) {
        Part first = open.getFirst();
        if (first.ended()) {
          collect(merge);
        } else {
          Thread.sleep(SHORTEST_WAIT.toMillis());
          first.batch = gateway.batch(first.batch.id());
        }
      }
      for (Part part : open) {
        progress.say(
            "batch %s still waits for calls that are out; what came of it is at the gateway then"
                .formatted(part.batch.id()));
      }
    } catch (InterruptedException | StackLostException | RefusedException e) {
      progress.say("the batch was not cancelled to its end: " + e.getMessage());
    }
  }

  private void cancel(Part part) throws IOException, InterruptedException {
    try {
      part.batch = gateway.cancel(part.batch.id());
    } catch (RefusedException e) {
      // It has ended by itself.
      part.batch = gateway.batch(part.batch.id());
    }
  }

  private StackLostException lost(IOException cause) {
    String batches =
        open.stream()
            .filter(part -> part.batch != null)
            .map(part -> part.batch.id())
            .reduce("", (all, each) -> all + (all.isEmpty() ? "" : ", ") + each);
    return new StackLostException(
        "the stack does not answer any more (%s)%s"
            .formatted(
                cause,
                batches.isEmpty()
                    ? ""
                    : "; it goes on with batch %s when it is back".formatted(batches)),
        cause);
  }

  private void report(Rejected line) {
    errorsSeen++;
    summary.invalid(line.code());
    if (errorsSeen <= ERRORS_SHOWN) {
      progress.say("%s:%d: %s".formatted(options.input(), line.number(), line.message()));
    }
  }

  private static InterruptedException interrupted(InterruptException e) {
    // Kafka set the flag again; the exception says it now.
    Thread.interrupted();
    InterruptedException interrupted = new InterruptedException(e.getMessage());
    interrupted.initCause(e);
    return interrupted;
  }
}
