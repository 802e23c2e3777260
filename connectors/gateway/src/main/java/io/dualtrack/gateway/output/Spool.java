package io.dualtrack.gateway.output;

import io.dualtrack.gateway.output.Ended.Kind;
import io.dualtrack.schemas.BatchUsage;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Optional;

/**
 * The lines of a batch that have ended, on local disk in the order in which they came, and where
 * each one is. Results come in any order and the output is wanted in the input's; in memory there
 * is one bit for a line. What is here can be made again from the results topic, so it may be lost.
 *
 * <p>One thread adds and one reads.
 */
public final class Spool implements Closeable {

  private static final int ENTRY_BYTES = Long.BYTES + Integer.BYTES + Integer.BYTES;

  private final Path folder;
  private final FileChannel texts;
  private final FileChannel index;
  private final BitSet ended = new BitSet();
  private final long[] counts = new long[Kind.values().length];
  private final BatchUsage usage = new BatchUsage(0L, 0L, 0L, 0L);
  private long size;

  /** Begins an empty spool in a folder that is this spool's own. */
  public Spool(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.texts = open("texts");
    this.index = open("index");
  }

  private FileChannel open(String name) throws IOException {
    return FileChannel.open(
        folder.resolve(name),
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE);
  }

  /** Keeps a line; false if it has ended already, and then the first one stays. */
  public boolean add(Ended line) throws IOException {
    int bit = Math.toIntExact(line.line());
    if (ended.get(bit)) {
      return false;
    }
    write(texts, ByteBuffer.wrap(line.text()), size);
    ByteBuffer entry =
        ByteBuffer.allocate(ENTRY_BYTES)
            .putLong(size)
            .putInt(line.text().length)
            .putInt(line.kind().ordinal())
            .flip();
    write(index, entry, line.line() * ENTRY_BYTES);
    size += line.text().length;
    ended.set(bit);
    counts[line.kind().ordinal()]++;
    usage.setInput(usage.getInput() + line.usage().getInput());
    usage.setCached(usage.getCached() + line.usage().getCached());
    usage.setOutput(usage.getOutput() + line.usage().getOutput());
    usage.setReasoning(usage.getReasoning() + line.usage().getReasoning());
    return true;
  }

  private static void write(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
    long position = at;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
  }

  /** A line as it was kept; nothing if it has not ended. Its usage is counted and not kept. */
  public Optional<Ended> read(long line) throws IOException {
    if (!ended.get(Math.toIntExact(line))) {
      return Optional.empty();
    }
    ByteBuffer entry = read(index, line * ENTRY_BYTES, ENTRY_BYTES);
    long at = entry.getLong();
    int length = entry.getInt();
    Kind kind = Kind.values()[entry.getInt()];
    return Optional.of(
        new Ended(line, kind, read(texts, at, length).array(), new BatchUsage(0L, 0L, 0L, 0L)));
  }

  private static ByteBuffer read(FileChannel channel, long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        throw new EOFException("a spool file is shorter than its index says");
      }
    }
    return bytes.flip();
  }

  /** Lines that have ended. */
  public long size() {
    return ended.cardinality();
  }

  public long count(Kind kind) {
    return counts[kind.ordinal()];
  }

  /** What all answers used. */
  public BatchUsage usage() {
    return BatchUsage.newBuilder(usage).build();
  }

  /** Closes the files; they stay. */
  @Override
  public void close() throws IOException {
    try (texts;
        index) {
      ended.clear();
    }
  }

  /** Closes and removes the files. */
  public void delete() throws IOException {
    close();
    Files.deleteIfExists(folder.resolve("texts"));
    Files.deleteIfExists(folder.resolve("index"));
    Files.deleteIfExists(folder);
  }
}
