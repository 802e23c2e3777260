package io.dualtrack.audit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * The hashes of the trail, all SHA-256. Leaves and inner nodes begin with different bytes, as in
 * RFC 6962, so that neither can stand for the other. Every part of variable length is preceded by
 * its length, so that no byte can move from one part to the next unnoticed.
 *
 * <p>For one thread.
 */
final class Hashes {

  static final int BYTES = 32;

  /** What the chain of a partition begins with. */
  static final byte[] START = new byte[BYTES];

  private static final byte LEAF = 0;
  private static final byte NODE = 1;
  private static final byte LINK = 2;

  private final MessageDigest digest = sha256();
  private final ByteBuffer numbers = ByteBuffer.allocate(Long.BYTES);

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  /** Of everything that a record says, whatever its place. */
  byte[] content(ConsumerRecord<byte[], byte[]> record) {
    number(record.timestamp());
    bytes(record.key());
    bytes(record.value());
    for (Header header : record.headers()) {
      bytes(header.key().getBytes(StandardCharsets.UTF_8));
      bytes(header.value());
    }
    return digest.digest();
  }

  /** Of a record in its place. */
  byte[] leaf(String topic, int partition, SealedRecord record) {
    digest.update(LEAF);
    bytes(topic.getBytes(StandardCharsets.UTF_8));
    number(partition);
    number(record.offset());
    bytes(record.key().getBytes(StandardCharsets.UTF_8));
    digest.update(record.content());
    return digest.digest();
  }

  /** The chain, one record longer. */
  byte[] link(byte[] head, byte[] leaf) {
    digest.update(LINK);
    digest.update(head);
    digest.update(leaf);
    return digest.digest();
  }

  /**
   * The Merkle root of one leaf or more; where their number is odd, the last one goes up as it is.
   */
  byte[] root(List<byte[]> leaves) {
    List<byte[]> level = leaves;
    while (level.size() > 1) {
      List<byte[]> above = new ArrayList<>((level.size() + 1) / 2);
      for (int i = 0; i + 1 < level.size(); i += 2) {
        digest.update(NODE);
        digest.update(level.get(i));
        digest.update(level.get(i + 1));
        above.add(digest.digest());
      }
      if (level.size() % 2 == 1) {
        above.add(level.get(level.size() - 1));
      }
      level = above;
    }
    return level.get(0);
  }

  private void number(long number) {
    numbers.clear();
    digest.update(numbers.putLong(number).flip());
  }

  private void bytes(byte[] bytes) {
    number(bytes == null ? -1 : bytes.length);
    if (bytes != null) {
      digest.update(bytes);
    }
  }
}
