package io.dualtrack.inference.adapter;

import java.net.http.HttpHeaders;

/** What came of one call on the wire. */
public sealed interface Reply {

  /** The whole answer. Holds text. */
  @SuppressWarnings("ArrayRecordComponent")
  record Answered(int statusCode, HttpHeaders headers, byte[] body) implements Reply {
    @Override
    public String toString() {
      return "Answered[statusCode=" + statusCode + ", bytes=" + body.length + "]";
    }
  }

  /** The answer passed the limit and was not read to its end. */
  record TooLarge(int statusCode, long limitBytes) implements Reply {}

  record TimedOut() implements Reply {}

  /**
   * @param cause kind of the failure, without any text of the exchange
   */
  record ConnectionFailed(String cause) implements Reply {}

  /** It was not permitted any more when the connection was ready; nothing was written. */
  record NotPermitted() implements Reply {}
}
