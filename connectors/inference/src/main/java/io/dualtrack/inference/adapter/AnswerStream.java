package io.dualtrack.inference.adapter;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Puts one streamed answer together as its bytes arrive, so that a call in flight holds the answer
 * and not the events around it. For one thread at a time.
 */
public interface AnswerStream {

  /**
   * Whether a body of this media type is such a stream; any other is read in one piece.
   *
   * @param contentType the header's value; empty where there was none
   */
  boolean reads(String contentType);

  /** Takes the next bytes. What cannot be read is remembered and told at the end. */
  void accept(ByteBuffer bytes);

  /** Bytes of the answer that are held. */
  int size();

  /** What the answer means, after its last byte. */
  Verdict ended(int statusCode);

  /**
   * What was used of an answer that broke off: the provider's own numbers as far as it told them,
   * and an estimate from the text for the rest. Empty where nothing was generated.
   */
  Optional<Metered> soFar();
}
