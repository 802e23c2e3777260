package io.dualtrack.audit;

/**
 * Something that is not as it was sealed.
 *
 * @param topic empty where a checkpoint itself is at fault
 * @param partition -1 where a checkpoint itself is at fault
 * @param offset -1 where no single record can be named
 * @param requestId key of the record; empty where it is not known
 * @param checkpoint number of the checkpoint that tells; 0 where none does
 * @param text what is wrong, for people
 */
public record Finding(
    Kind kind,
    String topic,
    int partition,
    long offset,
    String requestId,
    long checkpoint,
    String text) {

  /** What can be wrong. */
  public enum Kind {
    /** The record at this place is not the one that was sealed: changed, or moved here. */
    ALTERED,
    /** A record that was sealed is gone, and was not old enough to expire. */
    REMOVED,
    /** A record that was not sealed stands among those that were. */
    ADDED,
    /** The record cannot be read; the broker's own check sum may have failed. */
    UNREADABLE,
    /** A checkpoint is not what the key has signed, or cannot be read. */
    CHECKPOINT_ALTERED,
    /** A checkpoint is gone from between two others. */
    CHECKPOINT_REMOVED,
    /** Records were never sealed, or the checkpoint that sealed them is gone. */
    NOT_SEALED
  }

  static Finding ofCheckpoint(Kind kind, long checkpoint, String text) {
    return new Finding(kind, "", -1, -1, "", checkpoint, text);
  }

  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(kind.name());
    if (!topic.isEmpty()) {
      line.append(" topic=").append(topic).append(" partition=").append(partition);
    }
    if (offset >= 0) {
      line.append(" offset=").append(offset);
    }
    if (!requestId.isEmpty()) {
      line.append(" request=").append(requestId);
    }
    if (checkpoint > 0) {
      line.append(" checkpoint=").append(checkpoint);
    }
    return line.append(": ").append(text).toString();
  }
}
