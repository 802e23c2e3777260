package io.dualtrack.gateway.output;

import io.dualtrack.files.FileDraft;
import io.dualtrack.files.FileStore;
import io.dualtrack.gateway.feeder.InputLine;
import io.dualtrack.gateway.feeder.InputLines;
import io.dualtrack.gateway.feeder.LineParser;
import io.dualtrack.gateway.output.Ended.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/**
 * Writes a batch's output into the file store: every line of the input once, in its order. Lines
 * that have not ended are read from the input again, for their custom_id, and lines of answers that
 * repeat what was asked.
 */
public final class OutputWriter {

  /**
   * Which batch it is.
   *
   * @param requestId of a line
   * @param rest how lines end that have no result: EXPIRED or CANCELLED
   */
  public record Job(
      String input,
      String endpoint,
      long total,
      LongFunction<String> requestId,
      LineForm form,
      Kind rest,
      String outputFile,
      String errorFile) {}

  /**
   * What was written.
   *
   * @param outputBytes empty where no line was answered, and so there is no file
   * @param errorBytes empty where every line was answered
   * @param rest lines that ended as the job says
   */
  public record Written(OptionalLong outputBytes, OptionalLong errorBytes, long rest) {}

  private final FileStore store;

  public OutputWriter(FileStore store) {
    this.store = store;
  }

  /**
   * @param abandoned asked now and then; nothing is written once it says so
   * @return nothing if it was abandoned
   */
  public Optional<Written> write(Job job, Spool spool, BooleanSupplier abandoned)
      throws IOException {
    boolean reads = spool.size() < job.total() || job.form().repeatsInput();
    long rest = 0;
    try (Part output = new Part(job.outputFile());
        Part errors = new Part(job.errorFile());
        InputStream input = reads ? store.open(job.input(), 0) : InputStream.nullInputStream();
        InputLines lines = new InputLines(input, 1, 0, LineParser.LINE_LIMIT_BYTES)) {
      LineParser parser = new LineParser(job.endpoint());
      for (long line = 1; line <= job.total(); line++) {
        Optional<InputLines.Line> source = reads ? lines.next() : Optional.empty();
        Optional<Ended> ended = spool.read(line);
        if (ended.isEmpty()) {
          rest++;
          ended =
              Optional.of(
                  job.form()
                      .unanswered(
                          line,
                          job.requestId().apply(line),
                          asked(job, line, source, parser).customId(),
                          job.rest()));
        }
        byte[] text = ended.get().text();
        if (ended.get().kind() == Kind.ANSWERED && job.form().repeatsInput()) {
          text = job.form().answer(text, asked(job, line, source, parser));
        }
        boolean answered = ended.get().kind() == Kind.ANSWERED || !job.form().separatesErrors();
        (answered ? output : errors).write(text);
        if (abandoned.getAsBoolean()) {
          return Optional.empty();
        }
      }
      return Optional.of(new Written(output.commit(), errors.commit(), rest));
    }
  }

  private static InputLine.Accepted asked(
      Job job, long line, Optional<InputLines.Line> source, LineParser parser) throws IOException {
    if (source.isPresent() && parser.parse(source.get()) instanceof InputLine.Accepted accepted) {
      return accepted;
    }
    throw new IOException(
        "line %d of input %s is not what it was when it was validated"
            .formatted(line, job.input()));
  }

  /** A file that is only begun with its first line. */
  private final class Part implements AutoCloseable {
    private final String id;
    private FileDraft draft;
    private long bytes;

    Part(String id) {
      this.id = id;
    }

    void write(byte[] line) throws IOException {
      if (draft == null) {
        draft = store.begin(id);
      }
      draft.write(line);
      bytes += line.length;
    }

    OptionalLong commit() throws IOException {
      if (draft == null) {
        return OptionalLong.empty();
      }
      draft.commit();
      return OptionalLong.of(bytes);
    }

    @Override
    public void close() throws IOException {
      if (draft != null) {
        draft.close();
      }
    }
  }
}
