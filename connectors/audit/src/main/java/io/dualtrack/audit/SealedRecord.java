package io.dualtrack.audit;

/**
 * What a checkpoint remembers of one record: enough to find it when it is gone, and to tell whether
 * it is still the same.
 *
 * @param key of the record: for a decision, the id of its request
 * @param content hash of everything that the record says
 */
record SealedRecord(long offset, String key, byte[] content) {}
