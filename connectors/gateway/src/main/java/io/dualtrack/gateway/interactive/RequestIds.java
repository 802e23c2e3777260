package io.dualtrack.gateway.interactive;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.apache.kafka.common.utils.Utils;

/**
 * Makes request ids whose results come back on one partition, by the partitioner that every Kafka
 * client has by default. So an instance reads its own replies and nobody else's.
 */
final class RequestIds {

  private static final int RANDOM_BYTES = 16;

  private final SecureRandom random = new SecureRandom();
  private final int partition;
  private final int partitions;

  RequestIds(int partition, int partitions) {
    this.partition = partition;
    this.partitions = partitions;
  }

  /** A partition that stays the same for an instance, and differs between most. */
  static int partitionOf(String instance, int partitions) {
    return partitionOfKey("gateway-" + instance, partitions);
  }

  /** Takes as many tries as there are partitions, on average; a try is less than a microsecond. */
  String next() {
    byte[] bytes = new byte[RANDOM_BYTES];
    while (true) {
      random.nextBytes(bytes);
      String id = "req_" + HexFormat.of().formatHex(bytes);
      if (partitionOfKey(id, partitions) == partition) {
        return id;
      }
    }
  }

  private static int partitionOfKey(String key, int partitions) {
    return Utils.toPositive(Utils.murmur2(key.getBytes(StandardCharsets.UTF_8))) % partitions;
  }
}
