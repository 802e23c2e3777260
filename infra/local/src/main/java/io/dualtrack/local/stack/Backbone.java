package io.dualtrack.local.stack;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The Kafka and the schema registry of a stack. Where they are is known before they run. */
interface Backbone {

  /** Brokers, {@code host:port} separated by commas. */
  String bootstrap();

  /** Base of the registry's Confluent API. */
  URI registry();

  /**
   * Starts what is the stack's own.
   *
   * @return each completes when it works
   */
  List<CompletableFuture<?>> start(Starter starter, Parts parts);

  /** The registry's process, where it is the stack's own and has started. */
  Optional<RegistryServer> ownRegistry();

  /** Called when the topics are made and before anything works on them. */
  void provisioned() throws IOException;
}
