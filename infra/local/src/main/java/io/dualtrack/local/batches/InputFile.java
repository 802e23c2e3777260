package io.dualtrack.local.batches;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.feeder.InputLine.Rejected;
import io.dualtrack.gateway.feeder.InputLines;
import io.dualtrack.gateway.feeder.LineCheck;
import io.dualtrack.gateway.feeder.LineParser;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The input of a run, read once. A gateway takes an input whole or not at all, and no more than so
 * much of it; so the lines that can be sent are handed out as parts that it will take, and the
 * others get their line of output here. Of a line that was read only a bit is kept in memory, and
 * of a rejected one what is said of it, in a file.
 *
 * <p>One thread after the other may use it.
 */
final class InputFile implements Closeable {

  static final String ENDPOINT = "/v1/chat/completions";

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What a part holds at most.
   *
   * @param bytes of lines with their line ends
   */
  record Limits(long lines, long bytes) {}

  private final InputLines lines;
  private final Limits limits;
  private final Consumer<Rejected> onRejected;
  private final LineCheck check = new LineCheck(ENDPOINT);
  private final BitSet sent = new BitSet();
  private final BitSet rejected = new BitSet();
  private final Path rejections;
  private final OutputStream rejectionsOut;
  private int last;

  /** Read, and not handed out yet; null for none. */
  private byte[] next;

  /** What kept the file from being read; null for nothing. */
  private IOException failure;

  private InputFile(InputLines lines, Limits limits, Consumer<Rejected> onRejected, Path rejections)
      throws IOException {
    this.lines = lines;
    this.limits = limits;
    this.onRejected = onRejected;
    this.rejections = rejections;
    this.rejectionsOut = Files.newOutputStream(rejections);
  }

  /**
   * @param onRejected told of each line that cannot be sent
   */
  static InputFile open(Path file, Limits limits, Consumer<Rejected> onRejected)
      throws IOException {
    Path rejections = Files.createTempFile("dualtrack-rejected-", ".jsonl");
    try {
      return new InputFile(
          new InputLines(Files.newInputStream(file), 1, 0, LineParser.LINE_LIMIT_BYTES),
          limits,
          onRejected,
          rejections);
    } catch (IOException e) {
      Files.delete(rejections);
      throw e;
    }
  }

  /** Lines that were handed out. */
  int sent() {
    return sent.cardinality();
  }

  /** Lines that cannot be sent, of those that were read. */
  int rejected() {
    return rejected.cardinality();
  }

  /** Number of the last line that was read. */
  int last() {
    return last;
  }

  boolean isSent(int line) {
    return sent.get(line);
  }

  boolean isRejected(int line) {
    return rejected.get(line);
  }

  /** The next part, to be read before another one is asked for; nothing at the end of the file. */
  Optional<InputStream> nextPart() throws IOException {
    advance();
    return next == null ? Optional.empty() : Optional.of(new Part());
  }

  /** What kept the file from being read, where a part broke off. */
  Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  /** Lines of output for those that were rejected, as they are found; closed by the caller. */
  InputStream rejections() throws IOException {
    return Files.newInputStream(rejections);
  }

  /** Finds the next line that can be sent, unless one is found already. */
  private void advance() throws IOException {
    while (next == null) {
      Optional<InputLines.Line> line = lines.next();
      if (line.isEmpty()) {
        return;
      }
      last = Math.toIntExact(line.get().number());
      if (line.get().blank()) {
        continue;
      }
      if (check.check(line.get()) instanceof Rejected found) {
        reject(found);
      } else {
        next = withEnd(line.get().bytes());
      }
    }
  }

  private static byte[] withEnd(byte[] line) {
    byte[] ended = Arrays.copyOf(line, line.length + 1);
    ended[line.length] = '\n';
    return ended;
  }

  private void reject(Rejected line) throws IOException {
    rejected.set(Math.toIntExact(line.number()));
    rejectionsOut.write(outputLine(line));
    onRejected.accept(line);
  }

  /** In the form of those that a gateway writes; no request has its id. */
  static byte[] outputLine(Rejected line) {
    ObjectNode json = JSON.createObjectNode();
    json.put("id", "line-" + line.number());
    json.put("custom_id", line.customId());
    json.putNull("response");
    json.putObject("error")
        .put("code", line.code())
        .put("message", "line %d: %s".formatted(line.number(), line.message()));
    return (json + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /** Lines up to the limits, as they are read. */
  private final class Part extends InputStream {
    private byte[] line = {};
    private int position;
    private long lineCount;
    private long bytes;

    @Override
    public int read() throws IOException {
      return fill() ? line[position++] & 0xff : -1;
    }

    /** As many lines as fit: what is sent is sent in pieces of this size. */
    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
      int done = 0;
      while (done < length && fill()) {
        int count = Math.min(length - done, line.length - position);
        System.arraycopy(line, position, buffer, from + done, count);
        position += count;
        done += count;
      }
      return done == 0 && length > 0 ? -1 : done;
    }

    /** Whether there is something to hand out. */
    private boolean fill() throws IOException {
      if (position < line.length) {
        return true;
      }
      try {
        advance();
      } catch (IOException e) {
        failure = e;
        throw e;
      }
      if (next == null || lineCount == limits.lines() || bytes + next.length > limits.bytes()) {
        return false;
      }
      line = next;
      next = null;
      position = 0;
      lineCount++;
      bytes += line.length;
      sent.set(last);
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    lines.close();
    rejectionsOut.close();
    Files.deleteIfExists(rejections);
  }
}
