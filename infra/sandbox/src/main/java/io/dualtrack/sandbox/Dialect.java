package io.dualtrack.sandbox;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;

/** A provider's wire: what it takes, what it rejects, and the form of its answers. */
interface Dialect {

  /**
   * An answer as it goes out.
   *
   * @param parts one for an answer in one piece; a stream's events otherwise
   */
  record Body(String contentType, List<byte[]> parts) {}

  /** A call that was understood. */
  interface Call {
    String model();

    long hash();

    long promptTokens();

    boolean streamed();

    /** All text of the request, for a prefix cache; empty where there is nothing to cache. */
    String prompt();

    long completionTokens(long fixed);

    /**
     * @param behaviour in force
     * @param cachedTokens of the prompt
     */
    Body answer(Behaviour behaviour, long cachedTokens);

    /** The event that tells of an error in the middle of a stream. */
    byte[] errorEvent();
  }

  /**
   * Reads a call.
   *
   * @param path behind the dialect's and the offering's part, without a version
   * @param query empty where there is none
   * @throws Refusal where the provider would reject it
   */
  Call read(String path, String query, HttpHeaders headers, byte[] body);

  /** The provider's form of an error. */
  byte[] error(Refusal refusal);
}
