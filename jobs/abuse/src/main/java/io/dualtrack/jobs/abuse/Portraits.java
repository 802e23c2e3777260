package io.dualtrack.jobs.abuse;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Portraits in checkpoints. */
final class Portraits {

  private Portraits() {}

  static void write(Portrait portrait, DataOutput out) throws IOException {
    out.writeLong(portrait.key);
    out.writeUTF(portrait.tenant);
    out.writeUTF(portrait.account);
    out.writeLong(portrait.payer);
    out.writeLong(portrait.at);
    out.writeLong(portrait.exchanges);
    out.writeUTF(portrait.verified == null ? "" : portrait.verified);
    write(portrait.traits, out);
    write(portrait.texts, out);
    out.writeInt(portrait.mean.length);
    out.write(portrait.mean);
  }

  static Portrait read(DataInput in) throws IOException {
    Portrait portrait = new Portrait();
    portrait.key = in.readLong();
    portrait.tenant = in.readUTF();
    portrait.account = in.readUTF();
    portrait.payer = in.readLong();
    portrait.at = in.readLong();
    portrait.exchanges = in.readLong();
    String verified = in.readUTF();
    portrait.verified = verified.isEmpty() ? null : verified;
    portrait.traits = longs(in);
    portrait.texts = longs(in);
    portrait.mean = new byte[in.readInt()];
    in.readFully(portrait.mean);
    return portrait;
  }

  private static void write(long[] values, DataOutput out) throws IOException {
    out.writeInt(values.length);
    for (long value : values) {
      out.writeLong(value);
    }
  }

  private static long[] longs(DataInput in) throws IOException {
    long[] values = new long[in.readInt()];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.readLong();
    }
    return values;
  }
}
