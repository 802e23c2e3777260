package io.dualtrack.gateway.batches;

import io.dualtrack.gateway.GatewayConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * Bounds of the work on batches.
 *
 * @param spool local folder for results on their way into output files; may be lost
 * @param maxInFlight lines of all tenants together that one gateway has released and that have no
 *     result
 * @param inputLifetime how long an uploaded batch file is kept
 * @param outputLifetime how long an output file is kept where its batch does not say
 * @param repeatWindow within which a create that says the same as another one is a repetition
 * @param cancelPatience how long a cancelled batch waits for lines that are in flight
 * @param expiryGrace how long after its deadline a batch waits for the last results
 * @param silence after which a gateway that hangs has lost its batches to others
 * @param recordLifetime how long an ended batch can be asked for
 */
public record BatchSettings(
    Path spool,
    int maxInFlight,
    Duration inputLifetime,
    Duration outputLifetime,
    Duration repeatWindow,
    Duration cancelPatience,
    Duration expiryGrace,
    Duration silence,
    Duration recordLifetime) {

  private static final String IN_FLIGHT = "DUALTRACK_BATCH_IN_FLIGHT";
  private static final long USUAL_IN_FLIGHT = 16_000;
  private static final long MOST_IN_FLIGHT = 1_000_000;

  public BatchSettings {
    if (maxInFlight < 1) {
      throw new IllegalArgumentException(IN_FLIGHT + " must be 1 or more");
    }
  }

  /**
   * OpenAI's times. {@code DUALTRACK_BATCH_IN_FLIGHT} bounds the lines in flight; they are on the
   * topics and not in the gateway's memory.
   *
   * @throws IllegalArgumentException naming the variable if it is wrong
   */
  public static BatchSettings usual(Path spool, Map<String, String> environment) {
    return new BatchSettings(
        spool,
        Math.toIntExact(
            GatewayConfig.number(environment, IN_FLIGHT, USUAL_IN_FLIGHT, MOST_IN_FLIGHT)),
        Duration.ofDays(30),
        Duration.ofDays(30),
        Duration.ofMinutes(10),
        Duration.ofMinutes(10),
        Duration.ofMinutes(5),
        Duration.ofMinutes(2),
        Duration.ofDays(90));
  }
}
