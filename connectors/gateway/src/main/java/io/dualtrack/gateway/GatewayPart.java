package io.dualtrack.gateway;

import io.dualtrack.gateway.http.Routes;

/** A group of endpoints with what works behind them. */
public interface GatewayPart extends AutoCloseable {

  /** In words, for {@code /readyz} and logs. */
  String name();

  /** Adds the endpoints. Called once, before {@link #start}. */
  void addTo(Routes routes);

  /** Starts what works behind the endpoints and returns; {@link #isReady} tells when it does. */
  void start();

  /** Whether calls can be answered now. */
  boolean isReady();

  /** The gateway is stopping: ends what would wait for long. Calls are still being answered. */
  default void drain() {}

  /** No call comes any more. */
  @Override
  void close();
}
