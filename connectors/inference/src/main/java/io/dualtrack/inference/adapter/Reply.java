package io.dualtrack.inference.adapter;

import java.net.http.HttpHeaders;

/**
 * What came of one call on the wire. Where a stream broke off, {@code partial} is what had come of
 * it; null where nothing had, or where no stream was asked for.
 */
public sealed interface Reply {

  /** The whole answer in one piece. Holds text. */
  @SuppressWarnings("ArrayRecordComponent")
  record Answered(int statusCode, HttpHeaders headers, byte[] body) implements Reply {
    @Override
    public String toString() {
      return "Answered[statusCode=" + statusCode + ", bytes=" + body.length + "]";
    }
  }

  /** The whole answer as a stream that has ended. */
  record Streamed(int statusCode, AnswerStream answer) implements Reply {}

  /** The answer passed the limit and was not read to its end. */
  record TooLarge(int statusCode, long limitBytes, AnswerStream partial) implements Reply {
    public TooLarge(int statusCode, long limitBytes) {
      this(statusCode, limitBytes, null);
    }
  }

  record TimedOut(AnswerStream partial) implements Reply {
    public TimedOut() {
      this(null);
    }
  }

  /**
   * @param cause kind of the failure, without any text of the exchange
   */
  record ConnectionFailed(String cause, AnswerStream partial) implements Reply {
    public ConnectionFailed(String cause) {
      this(cause, null);
    }
  }

  /** It was not permitted any more when the connection was ready; nothing was written. */
  record NotPermitted() implements Reply {}
}
