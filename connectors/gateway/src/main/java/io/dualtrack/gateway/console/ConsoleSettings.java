package io.dualtrack.gateway.console;

import io.dualtrack.gateway.GatewayConfig;
import io.dualtrack.schemas.KafkaAccess;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether this gateway serves the console, and what it may hold.
 *
 * @param on whether {@code DUALTRACK_CONSOLE} is {@code on} or {@code on-demand}
 * @param onDemand whether the topics are followed only once somebody has signed in
 * @param kafka under the console's own user where {@code DUALTRACK_CONSOLE_KAFKA_CONFIG} names its
 *     settings, else under the gateway's
 * @param decisions how many of the latest decisions can be searched
 */
public record ConsoleSettings(boolean on, boolean onDemand, KafkaAccess kafka, int decisions) {

  private static final String SWITCH = "DUALTRACK_CONSOLE";
  private static final String ON_DEMAND = "on-demand";
  private static final String DECISIONS = "DUALTRACK_CONSOLE_DECISIONS";
  private static final String KAFKA_FILE = "DUALTRACK_CONSOLE_KAFKA_CONFIG";
  private static final int USUAL_DECISIONS = 100_000;
  private static final int MOST_DECISIONS = 2_000_000;

  /**
   * @throws IllegalArgumentException naming the variable that is wrong
   */
  public static ConsoleSettings of(GatewayConfig config, Map<String, String> environment) {
    String text = environment.getOrDefault(SWITCH, "off").strip();
    if (!List.of("on", ON_DEMAND, "off").contains(text)) {
      throw new IllegalArgumentException(
          "%s is on, %s or off, not %s".formatted(SWITCH, ON_DEMAND, text));
    }
    int decisions =
        Math.toIntExact(
            GatewayConfig.number(environment, DECISIONS, USUAL_DECISIONS, MOST_DECISIONS));
    return new ConsoleSettings(
        !text.equals("off"), text.equals(ON_DEMAND), kafka(config, environment), decisions);
  }

  private static KafkaAccess kafka(GatewayConfig config, Map<String, String> environment) {
    String file = environment.get(KAFKA_FILE);
    if (file == null || file.isBlank()) {
      return config.kafka();
    }
    Map<String, String> own = new HashMap<>(environment);
    own.put("DUALTRACK_KAFKA_CONFIG", file);
    return KafkaAccess.of(config.kafka().bootstrap(), own);
  }
}
