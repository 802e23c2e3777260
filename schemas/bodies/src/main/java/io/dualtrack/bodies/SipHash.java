package io.dualtrack.bodies;

/**
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) of a text's UTF-16
 * units, little-endian: what Guava's {@code sipHash24} makes of {@code hashUnencodedChars}. A text
 * has a hundred words, and the objects that a general hasher makes for each of them cost more than
 * its hash.
 *
 * @param k0 first half of the key
 * @param k1 second half of the key
 */
record SipHash(long k0, long k1) {

  private static final int CHARS_OF_BLOCK = Long.BYTES / Character.BYTES;
  private static final int ROUNDS_OF_BLOCK = 2;
  private static final int ROUNDS_AT_END = 4;

  long of(String text) {
    long v0 = k0 ^ 0x736f6d6570736575L;
    long v1 = k1 ^ 0x646f72616e646f6dL;
    long v2 = k0 ^ 0x6c7967656e657261L;
    long v3 = k1 ^ 0x7465646279746573L;
    int last = text.length() / CHARS_OF_BLOCK;
    // The end is one more block, of zeros, with more rounds.
    for (int block = 0; block <= last + 1; block++) {
      boolean end = block > last;
      long message = end ? 0 : block(text, block);
      v3 ^= message;
      v2 ^= end ? 0xff : 0;
      for (int round = end ? ROUNDS_AT_END : ROUNDS_OF_BLOCK; round > 0; round--) {
        v0 += v1;
        v2 += v3;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 = Long.rotateLeft(v2, 32);
      }
      v0 ^= message;
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }

  /** Four characters; of the last block what is left of them, and the number of all bytes. */
  private static long block(String text, int block) {
    int from = block * CHARS_OF_BLOCK;
    int to = from + CHARS_OF_BLOCK;
    long message = 0;
    if (to > text.length()) {
      to = text.length();
      message = (long) (text.length() * Character.BYTES) << 56;
    }
    for (int i = from; i < to; i++) {
      message |= (long) text.charAt(i) << Character.SIZE * (i - from);
    }
    return message;
  }
}
