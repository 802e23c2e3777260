package io.dualtrack.bodies;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * A text's place in a space of {@value #DIMENSIONS} dimensions in which texts about the same are
 * near each other, without a model: words and pairs of words, thrown at random.
 *
 * <p>Each of them adds its weight, with a sign, to one coordinate of each of {@value #BLOCKS}
 * blocks, all drawn from its keyed hash: a sparse random projection (Kane and Nelson, "Sparser
 * Johnson-Lindenstrauss transforms", 2014) of the hashed bag of words (Weinberger et al., "Feature
 * hashing for large scale multitask learning", 2009), which keeps angles but for noise of about
 * 1/√{@value #DIMENSIONS}. Weights grow with the logarithm of the count, and short words, which
 * bind more than they mean, weigh little.
 */
final class RandomFeatures {

  static final int DIMENSIONS = 128;
  private static final int BLOCKS = 8;
  private static final int BITS = 4;
  private static final int BLOCK = 1 << BITS;
  private static final double SCALE = 256;

  private static final int SHORT = 3;
  private static final double OF_SHORT_WORD = 0.2;
  private static final double OF_PAIR = 0.5;

  /** More words of one text tell nothing new. */
  private static final int MAX_WORDS = 2_048;

  private RandomFeatures() {}

  /**
   * @param words of the text, and their keyed hashes
   * @return {@value #DIMENSIONS} signed bytes, a unit vector times {@value #SCALE}, clipped; empty
   *     where there are no words
   */
  static ByteBuffer of(List<String> words, long[] hashes) {
    int count = Math.min(MAX_WORDS, hashes.length);
    if (count == 0) {
      return ByteBuffer.allocate(0);
    }
    double[] sum = new double[DIMENSIONS];
    addWords(words, hashes, count, sum);
    addPairs(hashes, count, sum);
    double square = 0;
    for (double coordinate : sum) {
      square += coordinate * coordinate;
    }
    double factor = square == 0 ? 0 : SCALE / Math.sqrt(square);
    ByteBuffer bytes = ByteBuffer.allocate(DIMENSIONS);
    for (double coordinate : sum) {
      long scaled = Math.round(coordinate * factor);
      bytes.put((byte) Math.max(Byte.MIN_VALUE, Math.min(Byte.MAX_VALUE, scaled)));
    }
    return bytes.flip();
  }

  private static void addWords(List<String> words, long[] hashes, int count, double[] sum) {
    long[] all = new long[count];
    for (int i = 0; i < count; i++) {
      // The lowest bit tells short words once their hashes are sorted.
      all[i] = (hashes[i] & ~1L) | (words.get(i).length() <= SHORT ? 1 : 0);
    }
    addAll(all, sum, 1);
  }

  private static void addPairs(long[] hashes, int count, double[] sum) {
    long[] all = new long[count - 1];
    for (int i = 0; i + 1 < count; i++) {
      all[i] = KeyedHashes.mix(Long.rotateLeft(hashes[i], 29) + hashes[i + 1]) & ~1L;
    }
    addAll(all, sum, OF_PAIR);
  }

  private static void addAll(long[] hashes, double[] sum, double weight) {
    Arrays.sort(hashes);
    int i = 0;
    while (i < hashes.length) {
      int end = i + 1;
      while (end < hashes.length && hashes[end] == hashes[i]) {
        end++;
      }
      double each = weight * ((hashes[i] & 1) == 1 ? OF_SHORT_WORD : 1);
      add(hashes[i], each * (1 + Math.log(end - i)), sum);
      i = end;
    }
  }

  private static void add(long hash, double weight, double[] sum) {
    long bits = KeyedHashes.mix(hash);
    for (int block = 0; block < BLOCKS; block++) {
      int coordinate = block * BLOCK + (int) (bits & (BLOCK - 1));
      sum[coordinate] += (bits & BLOCK) == 0 ? weight : -weight;
      bits >>>= BITS + 1;
    }
  }
}
