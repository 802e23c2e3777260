package io.dualtrack.operations.focus;

import java.util.Optional;

/** Which names columns have; the values are the same. */
public enum FocusVersion {
  V1_2("1.2", "ProviderName", "PublisherName"),
  V1_4("1.4", "ServiceProviderName", "HostProviderName");

  private final String number;
  private final String provider;
  private final String publisher;

  FocusVersion(String number, String provider, String publisher) {
    this.number = number;
    this.provider = provider;
    this.publisher = publisher;
  }

  public String number() {
    return number;
  }

  /** Whom the service is bought from. */
  String provider() {
    return provider;
  }

  /** In 1.2 who made the service, in 1.4 whose machines it runs on. */
  String publisher() {
    return publisher;
  }

  public static Optional<FocusVersion> of(String number) {
    for (FocusVersion version : values()) {
      if (version.number.equals(number)) {
        return Optional.of(version);
      }
    }
    return Optional.empty();
  }
}
