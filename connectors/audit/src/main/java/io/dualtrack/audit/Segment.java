package io.dualtrack.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/**
 * The records of one partition that one checkpoint seals.
 *
 * @param from first offset that is sealed here: where the partition's segment before ended
 * @param to offset behind the last record
 * @param firstMillis timestamp of the first record, milliseconds since 1970
 * @param lastMillis the highest timestamp of its records
 * @param previousHead of the partition's chain before these records
 * @param head of the chain behind them
 * @param root Merkle root of the records' leaves
 * @param records never empty
 */
record Segment(
    TopicPartition partition,
    long from,
    long to,
    long firstMillis,
    long lastMillis,
    byte[] previousHead,
    byte[] head,
    byte[] root,
    List<SealedRecord> records) {

  /** Whether the list of records is the one that head and root were made of. */
  boolean isConsistent(Hashes hashes) {
    if (records.isEmpty()) {
      return false;
    }
    byte[] chain = previousHead;
    List<byte[]> leaves = new ArrayList<>(records.size());
    for (SealedRecord record : records) {
      byte[] leaf = hashes.leaf(partition.topic(), partition.partition(), record);
      leaves.add(leaf);
      chain = hashes.link(chain, leaf);
    }
    return Arrays.equals(chain, head) && Arrays.equals(hashes.root(leaves), root);
  }
}
