package io.dualtrack.files;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A draft's bytes on local disk, until they are committed by {@link #keep}. */
final class TemporaryFile extends FileDraft {

  /** What becomes of the file when it is whole; it is deleted afterwards if it is still there. */
  interface Keep {
    void keep(Path whole) throws IOException;
  }

  private final Path path;
  private final Keep keep;
  private final FileChannel channel;
  private final OutputStream out;

  TemporaryFile(Path folder, String id, Keep keep) throws IOException {
    this.path = Files.createTempFile(folder, id + ".", ".tmp");
    this.keep = keep;
    this.channel = FileChannel.open(path, StandardOpenOption.WRITE);
    this.out = new BufferedOutputStream(Channels.newOutputStream(channel), 64 * 1024);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    out.write(bytes, from, length);
  }

  @Override
  public void commit() throws IOException {
    out.flush();
    channel.force(true);
    channel.close();
    keep.keep(path);
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(path);
  }
}
