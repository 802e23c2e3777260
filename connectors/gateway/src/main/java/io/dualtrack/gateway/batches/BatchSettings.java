package io.dualtrack.gateway.batches;

import java.nio.file.Path;
import java.time.Duration;

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

  /** OpenAI's times, and bounds that fit 256 MB of heap. */
  public static BatchSettings usual(Path spool) {
    return new BatchSettings(
        spool,
        4_000,
        Duration.ofDays(30),
        Duration.ofDays(30),
        Duration.ofMinutes(10),
        Duration.ofMinutes(10),
        Duration.ofMinutes(5),
        Duration.ofMinutes(2),
        Duration.ofDays(90));
  }
}
