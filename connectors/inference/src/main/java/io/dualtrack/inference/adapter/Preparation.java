package io.dualtrack.inference.adapter;

/** Whether an order can be sent to an offering as this process is configured. */
public sealed interface Preparation {

  record Ready(ProviderRequest request) implements Preparation {}

  /**
   * @param code short and machine-readable
   * @param message what is missing, and where; no key and no text of the request
   * @param refused the parameter that the offering cannot do, or the endpoint that it does not
   *     answer; null where it is something else that stands in the way
   */
  record Impossible(String code, String message, String refused) implements Preparation {

    public Impossible(String code, String message) {
      this(code, message, null);
    }
  }
}
