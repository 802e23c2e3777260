package io.dualtrack.jobs.abuse;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.flink.core.memory.DataInputDeserializer;

/**
 * That an account has been seen with an item, or, where the item is 0, that its traits changed. It
 * goes from task to task as bytes, in which the counting of an item's accounts needs no more than
 * the beginning.
 *
 * <pre>
 * item, account, time, accounts of the item   32
 * whether it has a portrait                    1
 * whether it is new, exemption, traits gone and come; the portrait
 * </pre>
 */
final class Claim {

  private static final int ACCOUNT = 8;
  private static final int AT = 16;
  private static final int ACCOUNTS = 24;
  private static final int NAMED = 32;

  long item;
  long account;
  long at;

  /** Null where the account was named with another of its claims or will be. */
  Portrait portrait;

  /** Exemption because of which the item is no evidence; null for none. */
  String exemption;

  /** Traits that the account had when it was last told of and has no more; for item 0 only. */
  long[] gone = {};

  /** Traits it did not have then; for item 0 only. */
  long[] come = {};

  /** Whether the account is told of for the first time; for item 0 only. */
  boolean isNew;

  /** Estimated accounts with the item, itself included; 0 before anyone has counted. */
  long accounts;

  /**
   * @param portrait as {@link Portraits} writes it; null for none
   */
  byte[] bytes(byte[] portrait) {
    return Bytes.of(out -> write(out, portrait));
  }

  private void write(DataOutput out, byte[] known) throws IOException {
    out.writeLong(item);
    out.writeLong(account);
    out.writeLong(at);
    out.writeLong(accounts);
    out.writeBoolean(known != null);
    out.writeBoolean(isNew);
    Bytes.write(exemption, out);
    Bytes.write(gone, out);
    Bytes.write(come, out);
    if (known != null) {
      out.write(known);
    }
  }

  static Claim of(byte[] bytes) {
    try {
      DataInput in = new DataInputDeserializer(bytes);
      Claim claim = new Claim();
      claim.item = in.readLong();
      claim.account = in.readLong();
      claim.at = in.readLong();
      claim.accounts = in.readLong();
      boolean isNamed = in.readBoolean();
      claim.isNew = in.readBoolean();
      claim.exemption = Bytes.text(in);
      claim.gone = Bytes.longs(in);
      claim.come = Bytes.longs(in);
      claim.portrait = isNamed ? Portraits.read(in) : null;
      return claim;
    } catch (IOException e) {
      throw new UncheckedIOException("a claim is cut off", e);
    }
  }

  /** Keyed by this a claim meets all others of its item, and an item few others. */
  static int shard(byte[] claim, int shards) {
    long item = Bytes.key(claim);
    return (int) Math.floorMod((item == 0 ? account(claim) : item) >>> 16, (long) shards);
  }

  static long account(byte[] claim) {
    return ByteBuffer.wrap(claim).getLong(ACCOUNT);
  }

  static long at(byte[] claim) {
    return ByteBuffer.wrap(claim).getLong(AT);
  }

  /** Whether it has the account's portrait. */
  static boolean isNamed(byte[] claim) {
    return claim[NAMED] != 0;
  }

  /** The same claim, of an item with so many accounts. */
  static byte[] counted(byte[] claim, long accounts) {
    byte[] counted = claim.clone();
    ByteBuffer.wrap(counted).putLong(ACCOUNTS, accounts);
    return counted;
  }

  /** Nothing but that an item has so many accounts. */
  static byte[] ofNumber(byte[] claim, long accounts) {
    Claim number = new Claim();
    number.item = Bytes.key(claim);
    number.account = account(claim);
    number.at = at(claim);
    number.accounts = accounts;
    return number.bytes(null);
  }
}
