package io.dualtrack.sandbox;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What is wrong with a call that fails. */
public enum Fault {
  /** An error with the status that is set. */
  @JsonProperty("status")
  STATUS,
  /** Read, and never answered. */
  @JsonProperty("hang")
  HANG,
  /** The connection is closed in the middle of the answer. */
  @JsonProperty("half_body")
  HALF_BODY,
  /** The answer begins, and does not go on. */
  @JsonProperty("stall")
  STALL,
  /** A stream is ended in good order before the answer is whole; any other answer as half_body. */
  @JsonProperty("truncated")
  TRUNCATED,
  /** The connection is reset before the answer. */
  @JsonProperty("reset")
  RESET,
  /** The answer's JSON is broken. */
  @JsonProperty("malformed")
  MALFORMED,
  /** A page of HTML with status 200. */
  @JsonProperty("content_type")
  CONTENT_TYPE,
  /** A stream breaks off with the provider's event for an error; any other answer is a 500. */
  @JsonProperty("error_event")
  ERROR_EVENT
}
