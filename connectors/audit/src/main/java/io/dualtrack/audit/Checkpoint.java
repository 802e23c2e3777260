package io.dualtrack.audit;

import io.dualtrack.schemas.SigningKey;
import io.dualtrack.schemas.TrustedKeys;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;

/**
 * What the trail held at one moment, signed. The lists of records are not under the signature
 * themselves: each segment's root and head are, and the list must lead to them.
 *
 * @param number counts up by one
 * @param at when it was made, to the millisecond
 * @param previous hash of the checkpoint before; zeros for the first one
 * @param segments at most one of each partition; never empty
 * @param keyId of the key that signed
 */
record Checkpoint(
    long number,
    Instant at,
    byte[] previous,
    List<Segment> segments,
    String keyId,
    byte[] signature) {

  private static final String FORMAT = "dualtrack-audit-checkpoint-1";

  static Checkpoint sign(
      long number, Instant at, byte[] previous, List<Segment> segments, SigningKey key) {
    byte[] signature = key.sign(content(number, at, previous, segments));
    return new Checkpoint(number, at, previous, segments, key.id(), signature);
  }

  boolean isSigned(TrustedKeys keys) {
    return keys.verify(keyId, content(number, at, previous, segments), signature);
  }

  /** What the next checkpoint names this one by. */
  byte[] hash() {
    MessageDigest digest = Hashes.sha256();
    digest.update(content(number, at, previous, segments));
    digest.update(signature);
    return digest.digest();
  }

  private static byte[] content(long number, Instant at, byte[] previous, List<Segment> segments) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeUTF(FORMAT);
      out.writeLong(number);
      out.writeLong(at.toEpochMilli());
      write(previous, out);
      out.writeInt(segments.size());
      for (Segment segment : segments) {
        out.writeUTF(segment.partition().topic());
        out.writeInt(segment.partition().partition());
        out.writeLong(segment.from());
        out.writeLong(segment.to());
        out.writeLong(segment.firstMillis());
        out.writeLong(segment.lastMillis());
        write(segment.previousHead(), out);
        write(segment.head(), out);
        write(segment.root(), out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  private static void write(byte[] bytes, DataOutputStream out) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }
}
