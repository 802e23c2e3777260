package io.dualtrack.inference.adapter;

/** Whether an order can be sent to an offering as this process is configured. */
public sealed interface Preparation {

  record Ready(ProviderRequest request) implements Preparation {}

  /**
   * @param code short and machine-readable
   * @param message what is missing, and where; no key and no text of the request
   */
  record Impossible(String code, String message) implements Preparation {}
}
