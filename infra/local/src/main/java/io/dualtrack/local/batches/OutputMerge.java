package io.dualtrack.local.batches;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.dualtrack.gateway.feeder.InputLines;
import io.dualtrack.gateway.records.BatchIds;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * Puts a run's output together in the order of its input. It comes in three kinds of pieces, each
 * in that order: the answered lines of a batch, those without an answer, and the lines that were
 * never sent.
 */
final class OutputMerge implements Closeable {

  private static final JsonFactory JSON = new JsonFactory();

  private final InputFile input;
  private final OutputFile output;
  private final InputLines rejections;
  private int done;

  OutputMerge(InputFile input, OutputFile output) throws IOException {
    this.input = input;
    this.output = output;
    this.rejections = lines(input.rejections());
  }

  /**
   * Writes the lines of the next batch, and those that were rejected before and between them.
   *
   * @param lines of the batch
   * @param answered its output; closed by the caller
   * @param unanswered its errors; closed by the caller
   * @throws IOException if a line is in neither
   */
  void batch(String batch, long lines, InputStream answered, InputStream unanswered)
      throws IOException {
    Piece answers = new Piece(batch, answered);
    Piece errors = new Piece(batch, unanswered);
    for (long line = 1; line <= lines; line++) {
      rejectedUpTo(nextSent());
      done++;
      if (answers.line == line) {
        output.write(answers.take());
      } else if (errors.line == line) {
        output.write(errors.take());
      } else {
        throw new IOException("the output of batch %s has no line %d".formatted(batch, line));
      }
    }
  }

  /** Writes what was rejected behind the last line that was sent. */
  void rest() throws IOException {
    rejectedUpTo(input.last() + 1);
  }

  private int nextSent() {
    int line = done + 1;
    while (!input.isSent(line)) {
      line++;
    }
    return line;
  }

  private void rejectedUpTo(int end) throws IOException {
    while (done + 1 < end) {
      done++;
      if (input.isRejected(done)) {
        output.write(rejections.next().orElseThrow().bytes());
      }
    }
  }

  @Override
  public void close() throws IOException {
    rejections.close();
  }

  /** Lines of one batch, and the number of the next one. */
  private static final class Piece {
    private final String batch;
    private final InputLines lines;

    /** Null behind the last one. */
    private byte[] text;

    private long line;

    Piece(String batch, InputStream in) throws IOException {
      this.batch = batch;
      this.lines = lines(in);
      advance();
    }

    byte[] take() throws IOException {
      byte[] taken = text;
      advance();
      return taken;
    }

    private void advance() throws IOException {
      text = lines.next().map(InputLines.Line::bytes).orElse(null);
      line = text == null ? 0 : BatchIds.line(batch, id(text));
    }

    /** What the gateway writes first of a line. */
    private static String id(byte[] text) throws IOException {
      try (JsonParser parser = JSON.createParser(text)) {
        while (parser.nextToken() != null) {
          if (parser.currentToken() == JsonToken.FIELD_NAME && parser.currentName().equals("id")) {
            return parser.nextTextValue();
          }
        }
      }
      throw new IOException("a line of output has no id");
    }
  }

  private static InputLines lines(InputStream in) {
    return new InputLines(in, 1, 0, Integer.MAX_VALUE);
  }
}
