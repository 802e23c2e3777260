package io.dualtrack.gateway.error;

/** Ends a call with an error that its caller is told. */
public final class ApiException extends RuntimeException {

  private final transient ApiError error;

  public ApiException(ApiError error) {
    // A refused call is no fault of the gateway: nobody looks at the stack.
    super(error.message(), null, false, false);
    this.error = error;
  }

  public ApiError error() {
    return error;
  }
}
