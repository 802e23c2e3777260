package io.dualtrack.bodies;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Hashes of pieces of text under one secret. Words are hashed with SipHash-2-4 (Aumasson and
 * Bernstein, 2012); what is made of several words only mixes their hashes, which needs no key of
 * its own.
 */
final class KeyedHashes {

  /** Minima of a MinHash. */
  static final int MINIMA = 64;

  /** Tokens in a row that are one shingle: about half a sentence of a template. */
  static final int SHINGLE_TOKENS = 6;

  /** Shingles of a text. */
  static final int SHINGLES = 8;

  private final SipHash words;
  private final SipHash skeletons;
  private final long[] multipliers = new long[MINIMA];
  private final long[] offsets = new long[MINIMA];
  private final long shingleKey;

  KeyedHashes(byte[] secret) {
    ByteBuffer keys =
        ByteBuffer.wrap(
            Hashing.hmacSha512(secret)
                .hashString("dualtrack features", StandardCharsets.UTF_8)
                .asBytes());
    this.words = new SipHash(keys.getLong(), keys.getLong());
    this.skeletons = new SipHash(keys.getLong(), keys.getLong());
    HashFunction family = Hashing.sipHash24(keys.getLong(), keys.getLong());
    for (int i = 0; i < MINIMA; i++) {
      multipliers[i] = family.hashLong(2L * i).asLong() | 1;
      offsets[i] = family.hashLong(2L * i + 1).asLong();
    }
    this.shingleKey = keys.getLong();
  }

  /** Hashes of words, in their order. */
  long[] of(List<String> texts) {
    long[] hashes = new long[texts.size()];
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = words.of(texts.get(i));
    }
    return hashes;
  }

  /** Hashes of the parts of a skeleton; those of its gaps are all the same. */
  long[] ofSkeleton(Wording wording, long[] wordHashes) {
    long[] hashes = new long[wording.origins().length()];
    for (int i = 0; i < hashes.length; i++) {
      int origin = wording.origins().get(i);
      hashes[i] = origin == Wording.GAP ? shingleKey : wordHashes[origin];
    }
    return hashes;
  }

  /** One hash of tokens in a row. */
  long ofRow(List<String> tokens) {
    return skeletons.of(String.join(" ", tokens));
  }

  /**
   * MinHash of word 3-grams: Broder, "On the resemblance and containment of documents", 1997.
   *
   * @return {@value #MINIMA} big-endian 32-bit minima; empty where there are no words
   */
  ByteBuffer minHash(long[] wordHashes) {
    int count = wordHashes.length;
    if (count == 0) {
      return ByteBuffer.allocate(0);
    }
    long[] grams = new long[Math.max(1, count - 2)];
    for (int i = 0; i < grams.length; i++) {
      long gram = wordHashes[i];
      for (int next = i + 1; next < Math.min(i + 3, count); next++) {
        gram = mix(Long.rotateLeft(gram, 23) + wordHashes[next]);
      }
      grams[i] = gram;
    }
    ByteBuffer bytes = ByteBuffer.allocate(MINIMA * Integer.BYTES);
    for (int m = 0; m < MINIMA; m++) {
      bytes.putInt(minimum(grams, multipliers[m], offsets[m]));
    }
    return bytes.flip();
  }

  /** The lowest unsigned value; {@code ^ MIN_VALUE} puts unsigned values in the order of signed. */
  private static int minimum(long[] grams, long multiplier, long offset) {
    int lowest = Integer.MAX_VALUE;
    for (long gram : grams) {
      int hash = (int) ((multiplier * gram + offset) >>> 32);
      lowest = Math.min(lowest, hash ^ Integer.MIN_VALUE);
    }
    return lowest ^ Integer.MIN_VALUE;
  }

  /**
   * The runs of {@value #SHINGLE_TOKENS} tokens with the lowest hashes. Which ones that are does
   * not depend on where they stand, so texts that share a run choose it alike, and a template's
   * lowest runs come through whatever fills its gap. How rare one is, is for the reader to count.
   *
   * @return at most {@value #SHINGLES}, all different; none where there is no run
   */
  List<Long> shingles(long[] tokenHashes) {
    long[] lowest = new long[SHINGLES];
    int known = 0;
    for (int i = 0; i + SHINGLE_TOKENS <= tokenHashes.length; i++) {
      long run = shingleKey;
      for (int k = i; k < i + SHINGLE_TOKENS; k++) {
        run = mix(Long.rotateLeft(run, 23) + tokenHashes[k]);
      }
      known = insert(lowest, known, run);
    }
    // Chosen for being low: mixed once more, they are spread over all values again.
    List<Long> spread = new ArrayList<>(known);
    for (int i = 0; i < known; i++) {
      spread.add(mix(lowest[i]));
    }
    return spread;
  }

  /** Keeps the lowest values in their order. */
  private static int insert(long[] lowest, int known, long value) {
    int at = known;
    while (at > 0 && value < lowest[at - 1]) {
      at--;
    }
    if (at == lowest.length || (at > 0 && lowest[at - 1] == value)) {
      return known;
    }
    int end = Math.min(known, lowest.length - 1);
    System.arraycopy(lowest, at, lowest, at + 1, end - at);
    lowest[at] = value;
    return end + 1;
  }

  /** Finalizer of SplitMix64 (Steele, Lea, Flood 2014). */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
