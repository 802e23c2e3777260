package io.dualtrack.jobs.abuse;

import java.nio.ByteBuffer;

/**
 * Items that one account alone has shown, in a fixed number of bytes: when they are full, the least
 * recently shown item makes room. Most items are never shown again, and so no state of their own is
 * ever made for them. What is lost when the table turns over fast is shown again within minutes by
 * whoever lives on it.
 */
final class Singles {

  private static final int ENTRY_BYTES = 12;

  private final byte[] bytes;
  private final ByteBuffer entries;

  Singles(byte[] bytes) {
    this.bytes = bytes;
    this.entries = ByteBuffer.wrap(bytes);
  }

  static Singles ofSize(int entries) {
    return new Singles(new byte[entries * ENTRY_BYTES]);
  }

  byte[] bytes() {
    return bytes;
  }

  /**
   * Whether another account has shown the item; if so, the item is no single any more and leaves.
   */
  boolean isShared(long item, long account) {
    int size = bytes.length / ENTRY_BYTES;
    int owner = (int) account;
    for (int i = 0; i < size; i++) {
      if (entries.getLong(i * ENTRY_BYTES) != item) {
        continue;
      }
      boolean isShared = entries.getInt(i * ENTRY_BYTES + 8) != owner;
      if (isShared) {
        System.arraycopy(
            bytes, (i + 1) * ENTRY_BYTES, bytes, i * ENTRY_BYTES, (size - i - 1) * ENTRY_BYTES);
        entries.putLong((size - 1) * ENTRY_BYTES, 0);
      }
      return isShared;
    }
    System.arraycopy(bytes, 0, bytes, ENTRY_BYTES, (size - 1) * ENTRY_BYTES);
    entries.putLong(0, item);
    entries.putInt(8, owner);
    return false;
  }
}
