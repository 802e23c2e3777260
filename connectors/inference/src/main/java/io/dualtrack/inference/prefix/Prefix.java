package io.dualtrack.inference.prefix;

import java.util.Arrays;

/**
 * Which beginnings a prompt shares with others, as a chain of hashes: the hash of a block covers
 * all text before it, so that two prompts have as many equal hashes in front as they have equal
 * blocks.
 *
 * <p>A model server keeps what it computed of a prompt by such blocks and need not compute them
 * again for the next prompt that begins the same. The hashes are of this process's memory only.
 */
public final class Prefix implements Comparable<Prefix> {

  /** No whole block: nothing that could be shared. */
  public static final Prefix NONE = new Prefix(new long[0]);

  /** About 512 tokens. */
  static final int BLOCK_CHARACTERS = 2_048;

  /** Longer prompts are told apart by their beginning. */
  private static final int MOST_BLOCKS = 512;

  private static final long OFFSET = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private final long[] blocks;

  private Prefix(long[] blocks) {
    this.blocks = blocks;
  }

  /**
   * @param blocks hashes of the blocks, each covering those before it
   */
  public static Prefix ofBlocks(long[] blocks) {
    return blocks.length == 0 ? NONE : new Prefix(blocks.clone());
  }

  /**
   * Of a request's body in OpenAI's form. It is not parsed: what stands in front of the prompt
   * (model, temperature) is skipped, and from there on equal text means an equal prompt.
   */
  public static Prefix ofBody(String body) {
    int start = start(body);
    int count = Math.min(MOST_BLOCKS, (body.length() - start) / BLOCK_CHARACTERS);
    if (count <= 0) {
      return NONE;
    }
    long[] blocks = new long[count];
    long hash = OFFSET;
    int at = start;
    for (int block = 0; block < count; block++) {
      for (int end = at + BLOCK_CHARACTERS; at < end; at++) {
        hash = (hash ^ body.charAt(at)) * PRIME;
      }
      blocks[block] = mixed(hash);
    }
    return new Prefix(blocks);
  }

  private static int start(String body) {
    int first = Integer.MAX_VALUE;
    for (String field : new String[] {"\"messages\"", "\"input\"", "\"prompt\""}) {
      int at = body.indexOf(field);
      if (at >= 0) {
        first = Math.min(first, at);
      }
    }
    return first == Integer.MAX_VALUE ? 0 : first;
  }

  /** FNV leaves its high bits weak, and blocks are ordered by all of them. */
  private static long mixed(long hash) {
    long mixed = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
    return mixed ^ mixed >>> 33;
  }

  public int length() {
    return blocks.length;
  }

  long block(int index) {
    return blocks[index];
  }

  /** How many blocks two prompts have in common. */
  int common(Prefix other) {
    int mismatch = Arrays.mismatch(blocks, other.blocks);
    return mismatch < 0 ? blocks.length : mismatch;
  }

  /** An order in which prompts that share their beginning are neighbours. */
  @Override
  public int compareTo(Prefix other) {
    return Arrays.compare(blocks, other.blocks);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Prefix prefix && Arrays.equals(blocks, prefix.blocks);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(blocks);
  }
}
