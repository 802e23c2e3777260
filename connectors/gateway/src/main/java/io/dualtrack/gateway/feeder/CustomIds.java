package io.dualtrack.gateway.feeder;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * The custom_ids of a batch so far, as the first 128 bits of their SHA-256: 32 bytes each at most,
 * however long they are. Two that differ are taken for the same once in 10²⁸ batches.
 */
public final class CustomIds {

  private final MessageDigest digest;
  private long[] slots = new long[2 * 1024];
  private int size;

  public CustomIds() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  /** Whether it was not there before. */
  public boolean add(String customId) {
    ByteBuffer hash = ByteBuffer.wrap(digest.digest(customId.getBytes(StandardCharsets.UTF_8)));
    long high = hash.getLong();
    // 0 0 marks a free slot.
    long low = hash.getLong() | 1;
    if (2 * (size + 1) > slots.length / 2) {
      grow();
    }
    return put(slots, high, low) && ++size > 0;
  }

  private void grow() {
    long[] old = slots;
    slots = new long[2 * old.length];
    for (int i = 0; i < old.length; i += 2) {
      if (old[i + 1] != 0) {
        put(slots, old[i], old[i + 1]);
      }
    }
    Arrays.fill(old, 0);
  }

  private static boolean put(long[] slots, long high, long low) {
    int mask = slots.length / 2 - 1;
    int slot = (int) high & mask;
    while (slots[2 * slot + 1] != 0) {
      if (slots[2 * slot] == high && slots[2 * slot + 1] == low) {
        return false;
      }
      slot = (slot + 1) & mask;
    }
    slots[2 * slot] = high;
    slots[2 * slot + 1] = low;
    return true;
  }
}
