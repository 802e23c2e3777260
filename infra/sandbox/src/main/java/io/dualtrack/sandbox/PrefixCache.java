package io.dualtrack.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * vLLM's prefix cache as it matters to those who call it: blocks of 512 tokens, each told by all
 * that is before it, the least recently used one evicted first. Only whole blocks are kept.
 */
final class PrefixCache {

  static final int BLOCK_TOKENS = 512;

  private final int capacity;
  private final Map<Long, Boolean> blocks = new LinkedHashMap<>(16, 0.75f, true);
  private long lookups;
  private long hits;

  PrefixCache(int capacity) {
    this.capacity = capacity;
  }

  /**
   * @return tokens of the prompt that need no computing
   */
  synchronized long tokensHeld(String prompt) {
    int length = BLOCK_TOKENS * Generation.CHARS_PER_TOKEN;
    long prefix = 0;
    long held = 0;
    boolean warm = true;
    for (int at = 0; at + length <= prompt.length(); at += length) {
      prefix = Hash.of((prefix + prompt.substring(at, at + length)).getBytes(UTF_8));
      lookups++;
      // A block behind one that is missing cannot be used even where it is still there.
      warm &= blocks.get(prefix) != null;
      if (warm) {
        hits++;
        held += BLOCK_TOKENS;
      } else {
        blocks.put(prefix, true);
      }
    }
    var eldest = blocks.entrySet().iterator();
    while (blocks.size() > capacity && eldest.hasNext()) {
      eldest.next();
      eldest.remove();
    }
    return held;
  }

  synchronized long lookups() {
    return lookups;
  }

  synchronized long hits() {
    return hits;
  }
}
