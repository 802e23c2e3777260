package io.dualtrack.gateway.records;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.apache.kafka.common.utils.Utils;

/** Ids of batches, of their requests and files, and keys of commands about them. */
public final class BatchIds {

  private static final int HEX_DIGITS = 32;
  private static final String CANCEL = "/cancel";
  private static final String CREATE = "/create";

  private BatchIds() {}

  /** SHA-256, hex, of some values, each with its length, so that no two lists are the same. */
  public static String fingerprint(List<String> values) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String value : values) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        digest.update(bytes);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  /** The same id for the same seed, so that a create that is repeated elsewhere makes one batch. */
  public static String batch(List<String> seed) {
    return "batch_" + fingerprint(seed).substring(0, HEX_DIGITS);
  }

  public static String messageBatch(List<String> seed) {
    return "msgbatch_" + fingerprint(seed).substring(0, HEX_DIGITS);
  }

  /** A file that a batch makes: the same one again if it is made again. */
  public static String file(String batch, String part) {
    return "file-" + fingerprint(List.of(batch, part)).substring(0, HEX_DIGITS);
  }

  public static String request(String batch, long line) {
    return batch + "-" + line;
  }

  /** The line of a request; -1 where the id is not one of the batch's. */
  public static long line(String batch, String requestId) {
    int digits = batch.length() + 1;
    if (requestId.length() <= digits
        || requestId.charAt(batch.length()) != '-'
        || !requestId.startsWith(batch)) {
      return -1;
    }
    try {
      return Integer.parseInt(requestId, digits, requestId.length(), 10);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  public static String create(String batch) {
    return batch + CREATE;
  }

  public static String cancel(String batch) {
    return batch + CANCEL;
  }

  public static boolean isCancel(String commandKey) {
    return commandKey.endsWith(CANCEL);
  }

  public static String ofCommand(String commandKey) {
    int slash = commandKey.lastIndexOf('/');
    return slash < 0 ? commandKey : commandKey.substring(0, slash);
  }

  /** The partition that Kafka's producers give a key: a batch's state and its results share it. */
  public static int partition(String batch, int partitions) {
    return Utils.toPositive(Utils.murmur2(batch.getBytes(StandardCharsets.UTF_8))) % partitions;
  }
}
