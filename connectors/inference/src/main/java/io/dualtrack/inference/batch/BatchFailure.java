package io.dualtrack.inference.batch;

/** The provider's batch API did not do as it was asked. */
final class BatchFailure extends Exception {

  private final boolean again;

  /**
   * @param message without any text of requests or answers
   * @param again whether the same may succeed later, or may even have been done
   */
  BatchFailure(String message, boolean again) {
    super(message);
    this.again = again;
  }

  boolean again() {
    return again;
  }
}
