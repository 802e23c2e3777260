package io.dualtrack.files;

import java.io.IOException;
import java.io.OutputStream;

/** A content on its way into a store. Closed without {@link #commit}, it leaves nothing behind. */
public abstract class FileDraft extends OutputStream {

  /** Makes what was written the content: durable when this returns, as far as the store can. */
  public abstract void commit() throws IOException;

  @Override
  public abstract void write(byte[] bytes, int from, int length) throws IOException;

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }
}
