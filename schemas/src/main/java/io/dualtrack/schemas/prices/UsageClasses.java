package io.dualtrack.schemas.prices;

import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.Usage;

/** Usage by the token classes that are priced. */
public final class UsageClasses {

  private UsageClasses() {}

  /** What was used of one class, as it was counted; seconds for AUDIO_SECOND. */
  public static long tokens(Usage usage, TokenClass tokenClass) {
    return switch (tokenClass) {
      case UNCACHED_INPUT -> usage.getUncachedInput();
      case CACHE_READ -> usage.getCacheRead();
      case CACHE_WRITE_5M -> usage.getCacheWrite5m();
      case CACHE_WRITE_1H -> usage.getCacheWrite1h();
      case OUTPUT -> usage.getOutput();
      case AUDIO_INPUT -> usage.getAudioInput();
      case AUDIO_CACHE_READ -> usage.getAudioCacheRead();
      case AUDIO_OUTPUT -> usage.getAudioOutput();
      case IMAGE_INPUT -> usage.getImageInput();
      case IMAGE_OUTPUT -> usage.getImageOutput();
      case AUDIO_SECOND -> usage.getAudioSeconds();
      case MISMATCH -> usage.getMismatch();
      case NONE, ALLOCATION -> 0;
    };
  }

  /** The whole input, which selects among context thresholds. */
  public static long input(Usage usage) {
    return counted(usage.getUncachedInput())
        + counted(usage.getCacheRead())
        + counted(usage.getCacheWrite5m())
        + counted(usage.getCacheWrite1h())
        + counted(usage.getAudioInput())
        + counted(usage.getAudioCacheRead())
        + counted(usage.getImageInput());
  }

  /** Counts out of range are refused one by one; here they only must not overflow. */
  private static long counted(long tokens) {
    return Math.max(0, Math.min(tokens, PriceBook.MOST_TOKENS));
  }
}
