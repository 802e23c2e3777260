package io.dualtrack.inference.adapter.stream;

import java.nio.ByteBuffer;

/** Takes a body apart into events as it arrives. For one thread at a time. */
public interface Framing {

  /** Takes one event. */
  @FunctionalInterface
  interface Sink {
    /**
     * @param event the event's type; empty where it has none
     * @param data its payload
     */
    void event(String event, byte[] data);
  }

  /**
   * @throws IllegalArgumentException where the bytes are no events
   */
  void accept(ByteBuffer bytes);

  /** Bytes of the event that has not ended. */
  int pending();
}
