package io.dualtrack.inference.adapter;

import io.dualtrack.schemas.Usage;

/**
 * What a call used.
 *
 * @param usage null where the provider gave no usage, or none that can be billed
 * @param raw the provider's usage object as JSON text; null where there was none, and where {@code
 *     usage} is an estimate
 * @param problem why {@code usage} is not to be trusted; null where it adds up
 */
public record Metered(Usage usage, String raw, String problem) {

  /** A usage object is some hundred bytes; a longer one is not copied into the record. */
  private static final int LONGEST_RAW = 16_384;

  public Metered {
    raw = raw == null || raw.length() > LONGEST_RAW ? null : raw;
  }

  /**
   * What was used where the provider's own figures contradict each other: that many tokens, billed
   * as nobody knows what.
   */
  public static Metered unclear(long tokens, String raw, String problem) {
    return new Metered(Usage.newBuilder().setMismatch(tokens).build(), raw, problem);
  }

  /** The classes of two calls together. */
  public static Usage sum(Usage one, Usage other) {
    return Usage.newBuilder()
        .setUncachedInput(one.getUncachedInput() + other.getUncachedInput())
        .setCacheRead(one.getCacheRead() + other.getCacheRead())
        .setCacheWrite5m(one.getCacheWrite5m() + other.getCacheWrite5m())
        .setCacheWrite1h(one.getCacheWrite1h() + other.getCacheWrite1h())
        .setOutput(one.getOutput() + other.getOutput())
        .setReasoning(one.getReasoning() + other.getReasoning())
        .setAudioInput(one.getAudioInput() + other.getAudioInput())
        .setAudioCacheRead(one.getAudioCacheRead() + other.getAudioCacheRead())
        .setAudioOutput(one.getAudioOutput() + other.getAudioOutput())
        .setImageInput(one.getImageInput() + other.getImageInput())
        .setImageOutput(one.getImageOutput() + other.getImageOutput())
        .setAudioSeconds(one.getAudioSeconds() + other.getAudioSeconds())
        .setMismatch(one.getMismatch() + other.getMismatch())
        .build();
  }
}
