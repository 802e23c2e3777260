package io.dualtrack.jobs.abuse;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** Portraits in claims and in checkpoints. */
final class Portraits {

  private Portraits() {}

  static void write(Portrait portrait, DataOutput out) throws IOException {
    out.writeLong(portrait.key);
    out.writeUTF(portrait.tenant);
    out.writeUTF(portrait.account);
    out.writeLong(portrait.payer);
    out.writeLong(portrait.at);
    out.writeLong(portrait.exchanges);
    Bytes.write(portrait.verified, out);
    Bytes.write(portrait.traits, out);
    Bytes.write(portrait.texts, out);
    out.writeInt(portrait.mean.length);
    out.write(portrait.mean);
  }

  static Portrait read(DataInput in) throws IOException {
    Portrait portrait = new Portrait();
    portrait.key = in.readLong();
    portrait.tenant = Bytes.name(in);
    portrait.account = Bytes.name(in);
    portrait.payer = in.readLong();
    portrait.at = in.readLong();
    portrait.exchanges = in.readLong();
    portrait.verified = Bytes.text(in);
    portrait.traits = Bytes.longs(in);
    portrait.texts = Bytes.longs(in);
    portrait.mean = new byte[in.readInt()];
    in.readFully(portrait.mean);
    return portrait;
  }
}
