package io.dualtrack.inference.tracking;

/**
 * How far a partition is, as it is committed.
 *
 * @param offset all orders below are completed
 * @param metadata which orders at and above {@code offset} are completed or were handed out, for
 *     {@link CompletionTracker#restore}
 * @param limit first offset that must not be handed out before the next commit
 */
public record Mark(long offset, String metadata, long limit) {}
