package io.dualtrack.jobs.abuse;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * What the job looks at of an exchange, everything as numbers. Zero stands for what is unknown. It
 * goes to its account's task as {@link Bytes}.
 */
final class Observation {

  /** Hash of tenant and account. */
  long key;

  String tenant = "";
  String account = "";

  /** Milliseconds since 1970, as all times here. */
  long at;

  long exchange;
  long tenantKey;
  long model;

  long payment;
  long device;
  long network;
  boolean hosting;
  long createdAt;

  /** Two letters in the lower 16 bits. */
  int country;

  int language;

  /** Keys of content {@link Trait}s. */
  long[] contents = {};

  long system;

  /** One bit each: agentic, coding, reasoning, long-horizon, anything else. */
  int capabilities;

  boolean elicits;
  byte[] vector = {};

  /** Equal for equal texts. */
  long text;

  /** Exemption of the organisation, and of the published text; null for none. */
  String verified;

  String publicText;

  /** The key is first, so that {@link Bytes#key} finds it. */
  void write(DataOutput out) throws IOException {
    out.writeLong(key);
    out.writeLong(at);
    out.writeLong(exchange);
    out.writeLong(tenantKey);
    out.writeLong(model);
    out.writeLong(payment);
    out.writeLong(device);
    out.writeLong(network);
    out.writeLong(createdAt);
    out.writeLong(system);
    out.writeLong(text);
    out.writeInt(country);
    out.writeInt(language);
    out.writeInt(capabilities);
    out.writeBoolean(hosting);
    out.writeBoolean(elicits);
    Bytes.write(contents, out);
    out.writeInt(vector.length);
    out.write(vector);
    out.writeUTF(tenant);
    out.writeUTF(account);
    Bytes.write(verified, out);
    Bytes.write(publicText, out);
  }

  static Observation read(DataInput in) throws IOException {
    Observation seen = new Observation();
    seen.key = in.readLong();
    seen.at = in.readLong();
    seen.exchange = in.readLong();
    seen.tenantKey = in.readLong();
    seen.model = in.readLong();
    seen.payment = in.readLong();
    seen.device = in.readLong();
    seen.network = in.readLong();
    seen.createdAt = in.readLong();
    seen.system = in.readLong();
    seen.text = in.readLong();
    seen.country = in.readInt();
    seen.language = in.readInt();
    seen.capabilities = in.readInt();
    seen.hosting = in.readBoolean();
    seen.elicits = in.readBoolean();
    seen.contents = Bytes.longs(in);
    seen.vector = new byte[in.readInt()];
    in.readFully(seen.vector);
    seen.tenant = Bytes.name(in);
    seen.account = Bytes.name(in);
    seen.verified = Bytes.text(in);
    seen.publicText = Bytes.text(in);
    return seen;
  }
}
