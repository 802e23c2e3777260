package io.dualtrack.jobs.abuse;

import java.io.DataInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.apache.flink.core.memory.DataInputDeserializer;

/**
 * What one exchange claims, as far as it concerns one task: one record for up to 18 items, with the
 * account's portrait once for all of them. It goes from task to task as bytes, in which the
 * counting of an item's accounts needs no more than the beginning.
 *
 * <pre>
 * shard of the first item: the key              4
 * account, time                                16
 * number of items                               2
 * whether there is a portrait, and a census     1
 * item, its accounts, what it is there for     17 each
 * exemption and portrait; is new, traits gone and come
 * </pre>
 */
final class Claims {

  /** What an item is there for: to be counted, to be examined too, and that as exempt. */
  static final byte COUNTED = 0;

  static final byte NAMED = 1;
  static final byte EXEMPT = 2;

  private static final int ACCOUNT = 4;
  private static final int AT = 12;
  private static final int SIZE = 20;
  private static final int TOLD = 22;
  private static final int ITEMS = 23;
  private static final int ITEM_BYTES = 17;
  private static final int ACCOUNTS = 8;
  private static final int KIND = 16;

  private static final int HAS_PORTRAIT = 1;
  private static final int HAS_CENSUS = 2;

  private final byte[] bytes;
  private final ByteBuffer at;

  Claims(byte[] bytes) {
    this.bytes = bytes;
    this.at = ByteBuffer.wrap(bytes);
  }

  /**
   * A record of which nothing is counted yet.
   *
   * @param kinds what each item is there for
   * @param size how many items there are
   * @param portrait as {@link #portrait} writes it; null where no item is named and there is no
   *     census
   * @param census as {@link #census} writes it; null for none
   */
  static byte[] bytes(
      long account, long at, long[] items, byte[] kinds, int size, byte[] portrait, byte[] census) {
    int told = (portrait == null ? 0 : portrait.length) + (census == null ? 0 : census.length);
    ByteBuffer out = ByteBuffer.allocate(ITEMS + size * ITEM_BYTES + told);
    out.putInt(shardOf(size == 0 ? account : items[0]));
    out.putLong(account).putLong(at).putShort((short) size);
    out.put((byte) ((portrait == null ? 0 : HAS_PORTRAIT) | (census == null ? 0 : HAS_CENSUS)));
    for (int i = 0; i < size; i++) {
      out.putLong(items[i]).putLong(0).put(kinds[i]);
    }
    if (portrait != null) {
      out.put(portrait);
    }
    if (census != null) {
      out.put(census);
    }
    return out.array();
  }

  /**
   * @param exemption of the exempt items; null where there are none
   */
  static byte[] portrait(String exemption, Portrait portrait) {
    return Bytes.of(
        out -> {
          Bytes.write(exemption, out);
          Portraits.write(portrait, out);
        });
  }

  /** That an account is new, or its traits are others. */
  static byte[] census(boolean isNew, long[] gone, long[] come) {
    return Bytes.of(
        out -> {
          out.writeBoolean(isNew);
          Bytes.write(gone, out);
          Bytes.write(come, out);
        });
  }

  /** The key of a record. */
  static int shard(byte[] claims) {
    return ByteBuffer.wrap(claims).getInt();
  }

  /** Keyed by this an item's claims meet each other, and those of few other items. */
  static int shardOf(long item) {
    return (int) (item >>> 16) & (Items.SHARDS - 1);
  }

  long account() {
    return at.getLong(ACCOUNT);
  }

  long time() {
    return at.getLong(AT);
  }

  int size() {
    return at.getShort(SIZE);
  }

  long item(int index) {
    return at.getLong(ITEMS + index * ITEM_BYTES);
  }

  byte kind(int index) {
    return bytes[ITEMS + index * ITEM_BYTES + KIND];
  }

  private long accounts(int index) {
    return at.getLong(ITEMS + index * ITEM_BYTES + ACCOUNTS);
  }

  private boolean has(int what) {
    return (bytes[TOLD] & what) != 0;
  }

  /**
   * What of these claims others have to know.
   *
   * @param accounts of each item, by its index; 0 for an item that is left out
   * @param kinds what each item is there for from now on
   * @return null for nothing
   */
  byte[] counted(long[] accounts, byte[] kinds) {
    int all = size();
    int left = 0;
    boolean isTold = has(HAS_CENSUS);
    for (int i = 0; i < all; i++) {
      left += accounts[i] > 0 ? 1 : 0;
      isTold |= accounts[i] > 0 && kinds[i] != COUNTED;
    }
    if (left == 0 && !isTold) {
      return null;
    }
    int end = ITEMS + all * ITEM_BYTES;
    int told = isTold ? bytes.length - end : 0;
    ByteBuffer out = ByteBuffer.allocate(ITEMS + left * ITEM_BYTES + told);
    out.put(bytes, 0, SIZE).putShort((short) left).put(isTold ? bytes[TOLD] : 0);
    for (int i = 0; i < all; i++) {
      if (accounts[i] > 0) {
        out.putLong(item(i)).putLong(accounts[i]).put(kinds[i]);
      }
    }
    return out.put(bytes, end, told).array();
  }

  /** One after the other as objects, the census first. */
  void forEach(Consumer<Claim> out) {
    Portrait portrait = null;
    String exemption = null;
    if (has(HAS_PORTRAIT)) {
      int end = ITEMS + size() * ITEM_BYTES;
      try {
        DataInput in = new DataInputDeserializer(bytes, end, bytes.length - end);
        exemption = Bytes.text(in);
        portrait = Portraits.read(in);
        if (has(HAS_CENSUS)) {
          Claim census = new Claim(0, account(), time());
          census.portrait = portrait;
          census.isNew = in.readBoolean();
          census.gone = Bytes.longs(in);
          census.come = Bytes.longs(in);
          out.accept(census);
        }
      } catch (IOException e) {
        throw new UncheckedIOException("a record of claims is cut off", e);
      }
    }
    for (int i = 0; i < size(); i++) {
      Claim claim = new Claim(item(i), account(), time());
      claim.accounts = accounts(i);
      claim.portrait = kind(i) == COUNTED ? null : portrait;
      claim.exemption = kind(i) == EXEMPT ? exemption : null;
      out.accept(claim);
    }
  }
}
