package io.dualtrack.gateway;

import io.dualtrack.gateway.http.TlsFiles;
import io.dualtrack.schemas.KafkaAccess;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How a gateway is set up.
 *
 * @param kafka where the brokers are
 * @param instance name of this process, stable over restarts and unique among gateways
 * @param host address to listen on
 * @param port 0 for a free one
 * @param tls null for plain HTTP, where something in front ends TLS
 * @param idleTimeout after which a connection without a byte is closed
 * @param requestTimeout within which a request's head must be there; of its body, {@code
 *     minBytesPerSecond} must arrive on average
 * @param minBytesPerSecond of a request's body
 * @param answerTimeout deadline of an interactive call whose caller names none
 * @param drain how long a stop waits for calls that are being answered
 * @param trustedProxies addresses whose {@code X-Forwarded-For} is believed
 */
public record GatewayConfig(
    KafkaAccess kafka,
    String instance,
    String host,
    int port,
    TlsFiles tls,
    Duration idleTimeout,
    Duration requestTimeout,
    long minBytesPerSecond,
    Duration answerTimeout,
    Duration drain,
    List<String> trustedProxies) {

  public static final int DEFAULT_PORT = 8080;

  /** Name of gateways in traces. */
  public static final String TRACED_AS = "dualtrack-gateway";

  private static final Duration DEFAULT_IDLE = Duration.ofSeconds(60);
  private static final Duration DEFAULT_REQUEST = Duration.ofSeconds(20);
  private static final long DEFAULT_BYTES_PER_SECOND = 512;
  private static final Duration DEFAULT_ANSWER = Duration.ofMinutes(10);
  private static final Duration DEFAULT_DRAIN = Duration.ofSeconds(20);

  public GatewayConfig {
    trustedProxies = List.copyOf(trustedProxies);
    if (instance.isBlank() || port < 0 || port > 65_535 || minBytesPerSecond < 0) {
      throw new IllegalArgumentException(
          "instance must not be blank, and port must be within 0 and 65535");
    }
  }

  /** The usual bounds, in plain HTTP on loopback. */
  public static GatewayConfig of(KafkaAccess kafka, String instance, int port) {
    return new GatewayConfig(
        kafka,
        instance,
        "127.0.0.1",
        port,
        null,
        DEFAULT_IDLE,
        DEFAULT_REQUEST,
        DEFAULT_BYTES_PER_SECOND,
        DEFAULT_ANSWER,
        DEFAULT_DRAIN,
        List.of());
  }

  /**
   * Reads {@code DUALTRACK_BOOTSTRAP}, {@code DUALTRACK_INSTANCE}, {@code DUALTRACK_HOST}, {@code
   * DUALTRACK_PORT}, {@code DUALTRACK_IDLE_SECONDS}, {@code DUALTRACK_REQUEST_SECONDS}, {@code
   * DUALTRACK_MIN_BYTES_PER_SECOND}, {@code DUALTRACK_ANSWER_SECONDS}, {@code
   * DUALTRACK_DRAIN_SECONDS}, {@code DUALTRACK_TRUSTED_PROXIES} and what {@link TlsFiles} reads.
   *
   * @throws IllegalArgumentException naming the variable that is missing or wrong
   */
  public static GatewayConfig fromEnvironment(Map<String, String> environment) {
    return new GatewayConfig(
        KafkaAccess.fromEnvironment(environment),
        environment.getOrDefault("DUALTRACK_INSTANCE", "0"),
        environment.getOrDefault("DUALTRACK_HOST", "127.0.0.1"),
        Math.toIntExact(number(environment, "DUALTRACK_PORT", DEFAULT_PORT, 65_535)),
        TlsFiles.fromEnvironment(environment).orElse(null),
        seconds(environment, "DUALTRACK_IDLE_SECONDS", DEFAULT_IDLE),
        seconds(environment, "DUALTRACK_REQUEST_SECONDS", DEFAULT_REQUEST),
        number(
            environment,
            "DUALTRACK_MIN_BYTES_PER_SECOND",
            DEFAULT_BYTES_PER_SECOND,
            Integer.MAX_VALUE),
        seconds(environment, "DUALTRACK_ANSWER_SECONDS", DEFAULT_ANSWER),
        seconds(environment, "DUALTRACK_DRAIN_SECONDS", DEFAULT_DRAIN),
        Stream.of(environment.getOrDefault("DUALTRACK_TRUSTED_PROXIES", "").split(",", -1))
            .map(String::strip)
            .filter(address -> !address.isEmpty())
            .toList());
  }

  /**
   * @throws IllegalArgumentException naming the variable where it is not set
   */
  public static String required(Map<String, String> environment, String variable) {
    String value = environment.get(variable);
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(variable + " is not set");
    }
    return value.strip();
  }

  private static Duration seconds(
      Map<String, String> environment, String variable, Duration usual) {
    return Duration.ofSeconds(
        number(environment, variable, usual.toSeconds(), Duration.ofDays(1).toSeconds()));
  }

  /**
   * A whole number from 0 up.
   *
   * @param usual where the variable is not set
   * @throws IllegalArgumentException naming the variable where it is something else, or above most
   */
  public static long number(
      Map<String, String> environment, String variable, long usual, long most) {
    String text = environment.get(variable);
    if (text == null) {
      return usual;
    }
    try {
      long value = Long.parseLong(text.strip());
      if (value >= 0 && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s must be a whole number within 0 and %d, not %s".formatted(variable, most, text), e);
    }
    throw new IllegalArgumentException(
        "%s must be a whole number within 0 and %d, not %s".formatted(variable, most, text));
  }
}
